//! The public intake: forwards sealed exchanges and serves public files.
