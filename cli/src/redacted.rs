//! Where services write their log: standard error, without what opens doors.

use guildhall_console::doors::redact;
use std::io::{self, Write};
use tracing_subscriber::fmt::MakeWriter;

/// Standard error for logs. Each line arrives whole.
#[derive(Debug, Clone, Copy)]
pub struct Redacted;

impl Write for Redacted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        io::stderr().write_all(redact(&text).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

impl MakeWriter<'_> for Redacted {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        *self
    }
}
