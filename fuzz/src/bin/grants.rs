//! The fuzz target `grants`: see [`guildhall_fuzz::grants`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| guildhall_fuzz::grants(data));
