//! The fuzz target `money`: see [`guildhall_fuzz::money`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| guildhall_fuzz::money(data));
