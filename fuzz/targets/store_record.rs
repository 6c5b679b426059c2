#![no_main]

candor_fuzz::target!("store_record");
