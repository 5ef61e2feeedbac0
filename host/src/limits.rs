//! Limits: each has a default, and each is always on.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Limits of one invocation. Every field is enforced; there is no "off".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Limits {
    /// Instructions, in wasmtime's fuel units. Default 20,000,000,000: about two seconds of a tight loop on the
    /// machine this was written on, and room for an interpreter in the guest, whose fuel per call is up to 1,000
    /// times that of compiled code.
    pub fuel: u64,
    /// Wall clock of the whole run in milliseconds, waiting included. Default 60,000.
    pub wall_ms: u64,
    /// Linear memory in bytes, summed over all memories of the run. Default 256 MiB.
    pub memory_bytes: u64,
    /// Table elements, summed over all tables. Default 100,000.
    pub table_elements: u64,
    /// Core instances, memories and tables, each. Default 64.
    pub instances: u64,
    /// Host calls of every kind. Default 10,000.
    pub host_calls: u64,
    /// Bytes that come into the guest from files, state and network, summed. Default 256 MiB.
    pub bytes_in: u64,
    /// Bytes that leave through the network, summed. Default 16 MiB.
    pub bytes_out: u64,
    /// Bytes of staged file content, summed. Default 64 MiB.
    pub staged_bytes: u64,
    /// Staged effects. Default 1,000.
    pub effects: u64,
    /// Bytes of log messages; what is over is dropped and counted. Default 64 KiB.
    pub log_bytes: u64,
    /// Bytes of the JSON input. Default 16 MiB.
    pub input_bytes: u64,
    /// Bytes of the JSON output. Default 16 MiB.
    pub output_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            fuel: 20_000_000_000,
            wall_ms: 60_000,
            memory_bytes: 256 << 20,
            table_elements: 100_000,
            instances: 64,
            host_calls: 10_000,
            bytes_in: 256 << 20,
            bytes_out: 16 << 20,
            staged_bytes: 64 << 20,
            effects: 1_000,
            log_bytes: 64 << 10,
            input_bytes: 16 << 20,
            output_bytes: 16 << 20,
        }
    }
}

impl Limits {
    /// The most that a host gives by default, however much is asked for: ten times the fuel and time of
    /// [`Limits::default`], four times its memory and bytes.
    #[must_use]
    pub fn ceiling() -> Self {
        let default = Self::default();
        Self {
            fuel: default.fuel * 10,
            wall_ms: default.wall_ms * 10,
            memory_bytes: default.memory_bytes * 4,
            table_elements: default.table_elements,
            instances: default.instances,
            host_calls: default.host_calls * 100,
            bytes_in: default.bytes_in * 4,
            bytes_out: default.bytes_out * 4,
            staged_bytes: default.staged_bytes * 4,
            effects: default.effects * 10,
            log_bytes: default.log_bytes * 16,
            input_bytes: default.input_bytes * 4,
            output_bytes: default.output_bytes * 4,
        }
    }

    /// The names that [`Limits::set`] takes, with their units.
    pub const NAMES: [(&'static str, &'static str); 13] = [
        ("fuel", "instructions"),
        ("wall-ms", "milliseconds"),
        ("memory-bytes", "bytes"),
        ("table-elements", "elements"),
        ("instances", "count"),
        ("host-calls", "count"),
        ("bytes-in", "bytes"),
        ("bytes-out", "bytes"),
        ("staged-bytes", "bytes"),
        ("effects", "count"),
        ("log-bytes", "bytes"),
        ("input-bytes", "bytes"),
        ("output-bytes", "bytes"),
    ];

    /// Sets one limit by name. `false` if there is no such limit.
    pub fn set(&mut self, name: &str, value: u64) -> bool {
        let field = match name {
            "fuel" => &mut self.fuel,
            "wall-ms" => &mut self.wall_ms,
            "memory-bytes" => &mut self.memory_bytes,
            "table-elements" => &mut self.table_elements,
            "instances" => &mut self.instances,
            "host-calls" => &mut self.host_calls,
            "bytes-in" => &mut self.bytes_in,
            "bytes-out" => &mut self.bytes_out,
            "staged-bytes" => &mut self.staged_bytes,
            "effects" => &mut self.effects,
            "log-bytes" => &mut self.log_bytes,
            "input-bytes" => &mut self.input_bytes,
            "output-bytes" => &mut self.output_bytes,
            _ => return false,
        };
        *field = value;
        true
    }

    /// The stricter of the two, limit by limit.
    #[must_use]
    pub fn min(self, other: Self) -> Self {
        Self {
            fuel: self.fuel.min(other.fuel),
            wall_ms: self.wall_ms.min(other.wall_ms),
            memory_bytes: self.memory_bytes.min(other.memory_bytes),
            table_elements: self.table_elements.min(other.table_elements),
            instances: self.instances.min(other.instances),
            host_calls: self.host_calls.min(other.host_calls),
            bytes_in: self.bytes_in.min(other.bytes_in),
            bytes_out: self.bytes_out.min(other.bytes_out),
            staged_bytes: self.staged_bytes.min(other.staged_bytes),
            effects: self.effects.min(other.effects),
            log_bytes: self.log_bytes.min(other.log_bytes),
            input_bytes: self.input_bytes.min(other.input_bytes),
            output_bytes: self.output_bytes.min(other.output_bytes),
        }
    }

    /// The wall-clock limit as a duration.
    #[must_use]
    pub const fn wall(&self) -> Duration {
        Duration::from_millis(self.wall_ms)
    }
}

/// Limits of the host as a whole, and of each tenant in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostLimits {
    /// Size of a component in bytes. Default 32 MiB.
    pub component_bytes: u64,
    /// Threads that guests compute on. Default 2.
    pub guest_threads: usize,
    /// Runs of one tenant at the same time; more wait their turn. Default 16.
    pub runs_at_once_per_tenant: usize,
    /// Bytes that one tenant may keep in the journal (inputs, outputs, host calls, pending content). Default 1 GiB.
    pub journal_bytes_per_tenant: u64,
    /// Journal writes that may wait in the queue; more wait for room. Default 4,096.
    pub writer_queue: usize,
    /// How long an effect set waits for a person, in seconds. Default 7 days.
    pub approval_seconds: u64,
    /// How long an approval may be used, in seconds: what has not been performed by then is void. Default 1 hour.
    pub commit_seconds: u64,
}

impl Default for HostLimits {
    fn default() -> Self {
        Self {
            component_bytes: 32 << 20,
            guest_threads: 2,
            runs_at_once_per_tenant: 16,
            journal_bytes_per_tenant: 1 << 30,
            writer_queue: 4_096,
            approval_seconds: 7 * 24 * 3_600,
            commit_seconds: 3_600,
        }
    }
}
