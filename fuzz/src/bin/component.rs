//! The fuzz target `component`: see [`guildhall_fuzz::component`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| guildhall_fuzz::component(data));
