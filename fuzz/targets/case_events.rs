#![no_main]

candor_fuzz::target!("case_events");
