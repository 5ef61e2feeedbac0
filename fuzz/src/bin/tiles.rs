//! The fuzz target `tiles`: see [`guildhall_fuzz::tiles`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| guildhall_fuzz::tiles(data));
