#![no_main]

candor_fuzz::target!("inner_answer");
