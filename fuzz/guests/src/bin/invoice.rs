//! The fuzz target `guests/invoice`: see [`guildhall_fuzz_guests::invoice`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| guildhall_fuzz_guests::invoice(data));
