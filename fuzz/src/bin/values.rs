//! The fuzz target `values`: see [`guildhall_fuzz::values`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| guildhall_fuzz::values(data));
