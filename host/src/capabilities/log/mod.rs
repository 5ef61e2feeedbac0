//! `log`: notes for the author and the merchant, bounded.

use crate::capabilities::bindings::guildhall::skill::log;
use crate::capabilities::trap;
use crate::guest::Guest;
use crate::invocation::LogLevel;

impl log::Host for Guest {
    async fn write(&mut self, level: log::Level, message: String) -> wasmtime::Result<()> {
        self.record.begin().map_err(trap)?;
        let level = match level {
            log::Level::Debug => LogLevel::Debug,
            log::Level::Info => LogLevel::Info,
            log::Level::Warn => LogLevel::Warn,
            log::Level::Error => LogLevel::Error,
        };
        self.record.log(level, message);
        Ok(())
    }
}
