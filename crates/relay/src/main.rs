//! `candor-relay`: see the library of this crate.

use candor_service::Exit;

fn main() -> Exit {
    candor_relay::cli()
}
