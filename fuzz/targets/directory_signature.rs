#![no_main]

candor_fuzz::target!("directory_signature");
