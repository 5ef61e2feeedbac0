//! How the engine is set up. Everything that changes compiled code is in one place, and in the cache key.

use super::EngineError;
use guildhall_package::Digest;
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

/// Changes whenever a setting below changes the code that is generated. wasmtime's own compatibility hash
/// does not cover all of them (an artefact without NaN canonicalisation is accepted silently).
const CODE_SETTINGS: &str = "guildhall-1;fuel;epoch;nan-canonical;relaxed-simd-deterministic;no-unwind-info;\
no-address-map;stack-512k;no-threads;component-model";

/// Stack of a guest in bytes; deeper recursion ends the run.
const MAX_WASM_STACK: usize = 512 << 10;
/// Stack of the fiber that an asynchronous call runs on: the guest's stack and room for host calls.
const ASYNC_STACK: usize = 2 << 20;
/// Slots of the instance pool: as many guests as can be alive at once.
const POOL_SLOTS: u32 = 256;
/// Linear memory kept resident in a pool slot between runs; what is above is given back.
const KEEP_RESIDENT: usize = 256 << 10;

/// Settings that decide which code is generated. The compiling child uses these alone: a pool reserves
/// terabytes of address space, which a limit on it would refuse.
pub(super) fn code_config() -> Config {
    let mut config = Config::new();
    config
        .consume_fuel(true)
        .epoch_interruption(true)
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        // A store dropped after an asynchronous call may capture a backtrace whose cost grows with the
        // number of loaded components; without unwind tables it does not.
        .native_unwind_info(false)
        .generate_address_map(false)
        .max_wasm_stack(MAX_WASM_STACK)
        .async_stack_size(ASYNC_STACK)
        .memory_init_cow(true)
        .wasm_component_model(true);
    config
}

/// The engine that compiles and does not run.
pub(super) fn compile_engine() -> Result<Engine, EngineError> {
    Engine::new(&code_config()).map_err(EngineError::setup)
}

/// The engine that runs: with a pool where the machine allows one, without otherwise.
pub(super) fn run_engine() -> Result<(Engine, bool), EngineError> {
    let mut pooled = code_config();
    pooled.allocation_strategy(InstanceAllocationStrategy::Pooling(pool()));
    if let Ok(engine) = Engine::new(&pooled) {
        return Ok((engine, true));
    }
    compile_engine().map(|engine| (engine, false))
}

fn pool() -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(POOL_SLOTS)
        .total_core_instances(POOL_SLOTS * 8)
        .total_memories(POOL_SLOTS * 2)
        .total_tables(POOL_SLOTS * 8)
        .total_stacks(POOL_SLOTS)
        .max_core_instances_per_component(64)
        .max_memories_per_component(16)
        .max_tables_per_component(64)
        .max_memories_per_module(16)
        .max_tables_per_module(64)
        .max_component_instance_size(1 << 20)
        .max_core_instance_size(1 << 20)
        .table_elements(100_000)
        .linear_memory_keep_resident(KEEP_RESIDENT)
        .table_keep_resident(16 << 10)
        .async_stack_keep_resident(64 << 10)
        .max_unused_warm_slots(POOL_SLOTS)
        .pagemap_scan(Enabled::Auto);
    pool
}

/// Key of everything that decides whether compiled code fits this engine.
pub(super) fn engine_key(engine: &Engine) -> String {
    use std::hash::{Hash, Hasher};
    let mut hasher = std::hash::DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    let text = format!("{CODE_SETTINGS};{:016x}", hasher.finish());
    Digest::of(text.as_bytes()).short()
}
