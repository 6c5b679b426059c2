#![no_main]

candor_fuzz::target!("age_file");
