//! The fuzz target `notes`: see [`guildhall_fuzz::notes`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| guildhall_fuzz::notes(data));
