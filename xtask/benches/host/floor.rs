//! The floor: the raw engine, set up as the host sets it up, with nothing of ours.
//!
//! The settings repeat `host/src/engine/config.rs`. A store has fuel, an epoch deadline and a limiter, because a host without
//! them could not run a stranger's code at all.

use wasmtime::component::{Component, ComponentExportIndex, InstancePre, Linker, Val};
use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store,
    StoreLimits, StoreLimitsBuilder, UpdateDeadline,
};

/// One exported function on the raw engine.
pub struct Floor {
    pre: InstancePre<StoreLimits>,
    export: ComponentExportIndex,
}

/// What the sweep of the pool varies.
#[derive(Clone, Copy)]
pub struct Pool {
    /// Bytes of linear memory that stay resident in a slot.
    pub memory: usize,
    /// Bytes of a fiber's stack that stay resident.
    pub stack: usize,
    /// Slots that stay warm.
    pub warm: u32,
    /// Whether the kernel is asked which pages were written.
    pub scan: Enabled,
}

/// As the host has it.
pub const POOL: Pool = Pool {
    memory: 256 << 10,
    stack: 64 << 10,
    warm: 256,
    scan: Enabled::Auto,
};

/// The engine of every floor in this process.
pub fn engine() -> Engine {
    engine_with(POOL)
}

/// The same with another pool.
pub fn engine_with(settings: Pool) -> Engine {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(256)
        .total_core_instances(256 * 8)
        .total_memories(256 * 2)
        .total_tables(256 * 8)
        .total_stacks(256)
        .max_component_instance_size(1 << 20)
        .max_core_instance_size(1 << 20)
        .table_elements(100_000)
        .linear_memory_keep_resident(settings.memory)
        .table_keep_resident(16 << 10)
        .async_stack_keep_resident(settings.stack)
        .max_unused_warm_slots(settings.warm)
        .pagemap_scan(settings.scan);
    let mut config = Config::new();
    config
        .consume_fuel(true)
        .epoch_interruption(true)
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        .native_unwind_info(false)
        .generate_address_map(false)
        .max_wasm_stack(512 << 10)
        .async_stack_size(2 << 20)
        .memory_init_cow(true)
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    Engine::new(&config).expect("the engine starts")
}

impl Floor {
    pub fn new(engine: &Engine, bytes: &[u8], function: &str) -> Self {
        let component = Component::new(engine, bytes).expect("it compiles");
        let export = component
            .get_export_index(None, function)
            .expect("the export is there");
        let mut linker = Linker::new(engine);
        // What else is imported is never called here.
        linker
            .define_unknown_imports_as_traps(&component)
            .expect("each import is a function");
        linker.allow_shadowing(true);
        context(&mut linker).expect("the contract has it");
        let pre = linker
            .instantiate_pre(&component)
            .expect("everything is there");
        Self { pre, export }
    }

    /// A fresh store and instance, one dynamic call, drop.
    pub async fn call(&self, arguments: &[Val]) -> Val {
        let mut store = self.store();
        let instance = self
            .pre
            .instantiate_async(&mut store)
            .await
            .expect("it starts");
        let function = instance
            .get_func(&mut store, self.export)
            .expect("it is a function");
        let mut results = [Val::Bool(false)];
        function
            .call_async(&mut store, arguments, &mut results)
            .await
            .expect("it returns");
        let [result] = results;
        result
    }

    /// The same without a fiber: nothing can interrupt it but its fuel.
    pub fn call_without_fiber(&self, arguments: &[Val]) -> Val {
        let mut store = self.store();
        let instance = self.pre.instantiate(&mut store).expect("it starts");
        let function = instance
            .get_func(&mut store, self.export)
            .expect("it is a function");
        let mut results = [Val::Bool(false)];
        function
            .call(&mut store, arguments, &mut results)
            .expect("it returns");
        let [result] = results;
        result
    }

    fn store(&self) -> Store<StoreLimits> {
        let limits = StoreLimitsBuilder::new().memory_size(256 << 20).build();
        let mut store = Store::new(self.pre.engine(), limits);
        store.limiter(|limits| limits);
        store.epoch_deadline_callback(|_| Ok(UpdateDeadline::Yield(1)));
        store.set_epoch_deadline(1);
        store.set_fuel(1_000_000_000).expect("fuel is on");
        store
    }
}

/// The cheapest answers to what skills ask of `context`: one moment, and no setting.
fn context(linker: &mut Linker<StoreLimits>) -> wasmtime::Result<()> {
    let mut context = linker.instance("guildhall:skill/context@1.0.0")?;
    context.func_new("now", |_, _, _, results| {
        let now = [
            ("seconds", Val::S64(1_796_000_000)),
            ("nanoseconds", Val::U32(0)),
        ];
        results[0] = Val::Record(now.map(|(name, value)| (name.to_owned(), value)).to_vec());
        Ok(())
    })?;
    context.func_new("setting", |_, _, _, results| {
        results[0] = Val::Option(None);
        Ok(())
    })
}
