//! The fuzz target `manifest`: see [`guildhall_fuzz::manifest`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| guildhall_fuzz::manifest(data));
