#![no_main]

candor_fuzz::target!("device_list");
