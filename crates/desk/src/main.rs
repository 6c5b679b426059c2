//! candor-desk
fn main() {}
