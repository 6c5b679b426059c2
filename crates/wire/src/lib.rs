//! What servers parse: envelope frame, addresses, sizes, desk API types, problem types.
