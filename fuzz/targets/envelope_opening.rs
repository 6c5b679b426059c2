#![no_main]

candor_fuzz::target!("envelope_opening");
