//! Signed directory, key cards and routing.
