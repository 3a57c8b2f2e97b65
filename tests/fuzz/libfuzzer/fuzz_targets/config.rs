#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| eggroll_fuzz::config(data));
