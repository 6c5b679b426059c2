//! candor-intake
fn main() {}
