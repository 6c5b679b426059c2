#![no_main]

candor_fuzz::target!("recipient");
