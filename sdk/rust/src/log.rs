//! Notes for the author and the merchant. Bounded by the host; what is over the limit is dropped and counted.
//!
//! ```
//! # let number = 3;
//! guildhall_sdk::log::info!("read {number} invoices");
//! ```

pub use crate::bindings::guildhall::skill::log::Level;

/// Writes one note. The macros of this module format and call this.
pub fn write(level: Level, message: &str) {
    crate::host::log::write(level, message);
}

/// A note for the author. Takes what `format!` takes.
#[macro_export]
#[doc(hidden)]
macro_rules! __log_debug {
    ($($arg:tt)*) => { $crate::log::write($crate::log::Level::Debug, &::std::format!($($arg)*)) };
}

/// A note on what is going on. Takes what `format!` takes.
#[macro_export]
#[doc(hidden)]
macro_rules! __log_info {
    ($($arg:tt)*) => { $crate::log::write($crate::log::Level::Info, &::std::format!($($arg)*)) };
}

/// A note that a person may want to look at. Takes what `format!` takes.
#[macro_export]
#[doc(hidden)]
macro_rules! __log_warn {
    ($($arg:tt)*) => { $crate::log::write($crate::log::Level::Warn, &::std::format!($($arg)*)) };
}

/// A note that something went wrong. Takes what `format!` takes.
#[macro_export]
#[doc(hidden)]
macro_rules! __log_error {
    ($($arg:tt)*) => { $crate::log::write($crate::log::Level::Error, &::std::format!($($arg)*)) };
}

#[doc(inline)]
pub use crate::{
    __log_debug as debug, __log_error as error, __log_info as info, __log_warn as warn,
};
