//! The fuzz target `json`: see [`guildhall_fuzz::json`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| guildhall_fuzz::json(data));
