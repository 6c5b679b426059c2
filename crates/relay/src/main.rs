//! candor-relay
fn main() {}
