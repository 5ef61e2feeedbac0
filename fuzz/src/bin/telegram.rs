//! The fuzz target `telegram`: see [`guildhall_fuzz::telegram`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| guildhall_fuzz::telegram(data));
