#![no_main]

candor_fuzz::target!("segment_headers");
