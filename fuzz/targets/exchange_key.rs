#![no_main]

candor_fuzz::target!("exchange_key");
