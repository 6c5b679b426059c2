#![no_main]

candor_fuzz::target!("claim_code");
