//! Memory, tables and instances, summed over everything a run creates.

use super::LimitHit;
use crate::limits::Limits;
use wasmtime::ResourceLimiter;

/// Counts what a run's store holds.
pub(crate) struct Limiter {
    memory_limit: u64,
    table_limit: u64,
    instance_limit: usize,
    memory: u64,
    table: u64,
    /// Largest sum of linear memory so far, in bytes.
    pub(crate) peak_memory: u64,
    /// The limit that was refused last: a guest that is refused memory usually traps by itself.
    pub(crate) refused: Option<LimitHit>,
}

impl Limiter {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            memory_limit: limits.memory_bytes,
            table_limit: limits.table_elements,
            instance_limit: usize::try_from(limits.instances).unwrap_or(usize::MAX),
            memory: 0,
            table: 0,
            peak_memory: 0,
            refused: None,
        }
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let sum = self
            .memory
            .saturating_add(desired.saturating_sub(current) as u64);
        if sum > self.memory_limit {
            self.refused = Some(LimitHit {
                limit: "memory-bytes",
            });
            return Ok(false);
        }
        self.memory = sum;
        self.peak_memory = self.peak_memory.max(sum);
        Ok(true)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let sum = self
            .table
            .saturating_add(desired.saturating_sub(current) as u64);
        if sum > self.table_limit {
            self.refused = Some(LimitHit {
                limit: "table-elements",
            });
            return Ok(false);
        }
        self.table = sum;
        Ok(true)
    }

    fn instances(&self) -> usize {
        self.instance_limit
    }

    fn tables(&self) -> usize {
        self.instance_limit
    }

    fn memories(&self) -> usize {
        self.instance_limit
    }
}
