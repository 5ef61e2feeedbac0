//! Raw bindings to the contract's imports. What is not called is not imported by the built component.
#![allow(missing_docs, unsafe_code, dead_code, unused_imports, clippy::all)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

guildhall_sdk_macros::contract_imports!();
