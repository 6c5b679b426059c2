//! `candor-intake`, the public front of a hotline.

use candor_service::Exit;

fn main() -> Exit {
    candor_intake::cli(std::env::args_os())
}
