//! The one integration binary: journeys, leaks, layering and faults over real processes.

mod layering;
