#![no_main]

candor_fuzz::target!("desk_json");
