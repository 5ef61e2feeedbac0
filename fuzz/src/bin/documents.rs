//! The fuzz target `documents`: see [`guildhall_fuzz::documents`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| guildhall_fuzz::documents(data));
