//! The inert part of WASI 0.2: served, with nothing behind it.
//!
//! No arguments, environment or folders; input is empty; output goes to the log; clock and randomness are the
//! run's own. Sockets, HTTP and everything else are not linked and are refused by name when a skill is loaded.

use super::{Guest, GuestClock};
use crate::invocation::{LogLevel, LogLine};
use bytes::Bytes;
use chacha20::ChaCha20Rng;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::AsyncWrite;
use wasmtime::component::{HasData, Linker, ResourceTable};
use wasmtime_wasi::cli::{IsTerminal, StdoutStream, WasiCli};
use wasmtime_wasi::clocks::{HostMonotonicClock, HostWallClock, WasiClocks};
use wasmtime_wasi::filesystem::WasiFilesystem;
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult, bindings};
use wasmtime_wasi::random::WasiRandom;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

/// WASI state of one run.
pub(crate) struct Wasi {
    context: WasiCtx,
    table: ResourceTable,
    output: Output,
}

/// Standard output and error of a guest, cut into lines, bounded.
#[derive(Clone)]
struct Output {
    level: LogLevel,
    shared: Arc<Mutex<Collected>>,
}

struct Collected {
    lines: Vec<LogLine>,
    partial: Vec<u8>,
    left: usize,
    dropped: u64,
}

impl Wasi {
    pub(crate) fn new(clock: &GuestClock, rngs: [ChaCha20Rng; 2], log_bytes: u64) -> Self {
        let [secure, insecure] = rngs;
        let output = Output {
            level: LogLevel::Info,
            shared: Arc::new(Mutex::new(Collected {
                lines: Vec::new(),
                partial: Vec::new(),
                left: usize::try_from(log_bytes).unwrap_or(usize::MAX),
                dropped: 0,
            })),
        };
        let mut errors = output.clone();
        errors.level = LogLevel::Warn;
        let mut builder = WasiCtx::builder();
        builder
            .stdout(output.clone())
            .stderr(errors)
            .wall_clock(Clock(clock.clone()))
            .monotonic_clock(Clock(clock.clone()))
            .secure_random(secure)
            .insecure_random(insecure)
            .insecure_random_seed(0)
            .allow_tcp(false)
            .allow_udp(false)
            .allow_ip_name_lookup(false)
            .max_random_size(1 << 20);
        let mut table = ResourceTable::new();
        // A guest can make resources without end; each costs host memory.
        table.set_max_capacity(10_000);
        Self {
            context: builder.build(),
            table,
            output,
        }
    }

    /// The lines that were written, and how many bytes were dropped.
    pub(crate) fn finish(&self) -> (Vec<LogLine>, u64) {
        let mut collected = lock(&self.output.shared);
        collected.end_line(LogLevel::Info);
        (std::mem::take(&mut collected.lines), collected.dropped)
    }
}

impl WasiView for Guest {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        // Every call of a WASI interface comes here for its state.
        if self.record.begin().is_err()
            && let Some(overrun) = &self.overrun
        {
            overrun.cancel();
        }
        let clock = self.record.clock().clone();
        let log_bytes = self.record.limits().log_bytes;
        let rngs = [self.context.rng(1), self.context.rng(2)];
        let wasi = self
            .wasi
            .get_or_insert_with(|| Box::new(Wasi::new(&clock, rngs, log_bytes)));
        WasiCtxView {
            ctx: &mut wasi.context,
            table: &mut wasi.table,
        }
    }
}

/// Links the inert part, and nothing more.
pub(crate) fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    use bindings::{cli, clocks, filesystem, random};
    use wasmtime_wasi::cli::WasiCliView as _;
    use wasmtime_wasi::clocks::WasiClocksView as _;
    use wasmtime_wasi::filesystem::WasiFilesystemView as _;
    use wasmtime_wasi::random::WasiRandomView as _;
    use wasmtime_wasi_io::bindings::wasi::io;
    let l = linker;
    io::error::add_to_linker::<Guest, Io>(l, |guest| guest.ctx().table)?;
    io::poll::add_to_linker::<Guest, Io>(l, |guest| guest.ctx().table)?;
    io::streams::add_to_linker::<Guest, Io>(l, |guest| guest.ctx().table)?;
    clocks::wall_clock::add_to_linker::<Guest, WasiClocks>(l, Guest::clocks)?;
    clocks::monotonic_clock::add_to_linker::<Guest, WasiClocks>(l, Guest::clocks)?;
    filesystem::preopens::add_to_linker::<Guest, WasiFilesystem>(l, Guest::filesystem)?;
    filesystem::types::add_to_linker::<Guest, WasiFilesystem>(l, Guest::filesystem)?;
    random::random::add_to_linker::<Guest, WasiRandom>(l, Guest::random)?;
    random::insecure::add_to_linker::<Guest, WasiRandom>(l, Guest::random)?;
    random::insecure_seed::add_to_linker::<Guest, WasiRandom>(l, Guest::random)?;
    cli::exit::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    cli::environment::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    cli::stdin::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    cli::stdout::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    cli::stderr::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    cli::terminal_input::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    cli::terminal_output::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    cli::terminal_stdin::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    cli::terminal_stdout::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    cli::terminal_stderr::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    Ok(())
}

/// Says which data the `wasi:io` interfaces work on.
struct Io;

impl HasData for Io {
    type Data<'a> = &'a mut ResourceTable;
}

struct Clock(GuestClock);

impl Clock {
    fn elapsed(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.now_ms()).unwrap_or_default())
    }
}

impl HostWallClock for Clock {
    fn resolution(&self) -> Duration {
        Duration::from_millis(1)
    }

    fn now(&self) -> Duration {
        self.elapsed()
    }
}

impl HostMonotonicClock for Clock {
    fn resolution(&self) -> u64 {
        1_000_000
    }

    fn now(&self) -> u64 {
        u64::try_from(self.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

/// A panicking holder leaves lines that are still lines.
fn lock(shared: &Mutex<Collected>) -> std::sync::MutexGuard<'_, Collected> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Collected {
    fn write(&mut self, level: LogLevel, bytes: &[u8]) {
        let kept = bytes.len().min(self.left);
        self.left -= kept;
        self.dropped += (bytes.len() - kept) as u64;
        for byte in bytes.iter().take(kept) {
            if *byte == b'\n' {
                self.end_line(level);
            } else {
                self.partial.push(*byte);
            }
        }
    }

    fn end_line(&mut self, level: LogLevel) {
        if !self.partial.is_empty() {
            let message = String::from_utf8_lossy(&self.partial).into_owned();
            self.lines.push(LogLine { level, message });
            self.partial.clear();
        }
    }
}

impl IsTerminal for Output {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Output {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Output {
    async fn ready(&mut self) {}
}

impl OutputStream for Output {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        lock(&self.shared).write(self.level, &bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        // Always ready: what is over the limit is dropped and counted.
        Ok(64 << 10)
    }
}

impl AsyncWrite for Output {
    fn poll_write(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        lock(&self.shared).write(self.level, bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
