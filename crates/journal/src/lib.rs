//! A durable, append-only, checksummed log with group commit.
