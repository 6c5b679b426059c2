#![no_main]

candor_fuzz::target!("relay_keys");
