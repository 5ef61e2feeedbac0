//! The fuzz target `whatsapp`: see [`guildhall_fuzz::whatsapp`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| guildhall_fuzz::whatsapp(data));
