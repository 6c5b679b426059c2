#![no_main]

candor_fuzz::target!("http_signature");
