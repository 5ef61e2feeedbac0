//! `cargo xtask bench host`: what an invocation costs above the raw engine.
//!
//! The floor is the same engine settings without anything of ours: a fresh store and instance, one typed dynamic call,
//! drop. All rows are measured in turns in one process, so that a noisy machine moves them together: read the ratios,
//! not the microseconds.
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::panic,
    reason = "a program for a terminal"
)]

use guildhall_host::{Host, Invocation, RunStatus, Skill};
use serde_json::json;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use wasmtime::component::{Component, ComponentExportIndex, InstancePre, Linker, Val};
use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store,
    UpdateDeadline,
};

/// Turns, and calls of each row in a turn.
const TURNS: usize = 40;
const CALLS: usize = 50;
/// Callers at the same time in the last row.
const CALLERS: usize = 64;
/// Other components that are loaded: some costs grow with their number.
const LOADED: usize = 100;

fn component(number: usize) -> Vec<u8> {
    let text = format!(
        r#"(component
            (@custom "number" "{number}")
            (core module $m
                (memory (export "memory") 2)
                (func (export "sum") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))
            (core instance $i (instantiate $m))
            (func (export "sum") (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $i "sum"))))"#
    );
    wat::parse_str(text).expect("the component is well formed")
}

/// The raw engine, set up as the host sets it up.
struct Floor {
    pre: InstancePre<()>,
    export: ComponentExportIndex,
    _others: Vec<Component>,
}

impl Floor {
    fn new() -> Self {
        let mut pool = PoolingAllocationConfig::new();
        pool.total_component_instances(256)
            .linear_memory_keep_resident(256 << 10)
            .pagemap_scan(Enabled::Auto);
        let mut config = Config::new();
        config
            .consume_fuel(true)
            .epoch_interruption(true)
            .cranelift_nan_canonicalization(true)
            .native_unwind_info(false)
            .generate_address_map(false)
            .allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
        let engine = Engine::new(&config).expect("the engine starts");
        let others = (1..LOADED)
            .map(|n| Component::new(&engine, component(n)).expect("it compiles"))
            .collect();
        let component = Component::new(&engine, component(0)).expect("it compiles");
        let export = component
            .get_export_index(None, "sum")
            .expect("the export is there");
        let pre = Linker::new(&engine)
            .instantiate_pre(&component)
            .expect("nothing is imported");
        Self {
            pre,
            export,
            _others: others,
        }
    }

    async fn call(&self) {
        let mut store = Store::new(self.pre.engine(), ());
        store.epoch_deadline_callback(|_| Ok(UpdateDeadline::Yield(1)));
        store.set_epoch_deadline(1);
        store.set_fuel(1_000_000_000).expect("fuel is on");
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
            .call_async(&mut store, &[Val::U32(1), Val::U32(2)], &mut results)
            .await
            .expect("it returns");
        assert_eq!(results, [Val::U32(3)]);
    }
}

/// A host with the same components.
struct Ours {
    host: Host,
    skill: Skill,
}

impl Ours {
    async fn new(state: Option<PathBuf>) -> Self {
        let builder = match state {
            Some(folder) => Host::builder().state_dir(folder),
            None => Host::builder(),
        };
        let host = builder.build().await.expect("the host starts");
        for number in 1..LOADED {
            host.load(&component(number)).await.expect("it loads");
        }
        let skill = host.load(&component(0)).await.expect("it loads");
        Self { host, skill }
    }

    async fn call(&self) {
        let invocation = Invocation::new("sum", json!({ "a": 1, "b": 2 }));
        let outcome = self
            .host
            .invoke(&self.skill, invocation)
            .await
            .expect("it runs");
        assert!(
            outcome.status == RunStatus::Completed && outcome.output == Some(json!(3)),
            "{outcome:?}"
        );
    }

    /// Many callers at once; returns the time for each run.
    async fn together(&self) -> Duration {
        let start = Instant::now();
        futures(CALLERS, || async {
            for _ in 0..CALLS {
                self.call().await;
            }
        })
        .await;
        start.elapsed() / u32::try_from(CALLERS * CALLS).unwrap_or(u32::MAX)
    }
}

/// Polls so many futures together on this task.
async fn futures<F: Future<Output = ()>>(count: usize, make: impl Fn() -> F) {
    let mut all: Vec<_> = (0..count).map(|_| Some(Box::pin(make()))).collect();
    std::future::poll_fn(|context| {
        for slot in &mut all {
            if slot
                .as_mut()
                .is_some_and(|future| future.as_mut().poll(context).is_ready())
            {
                *slot = None;
            }
        }
        if all.iter().all(Option::is_none) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
}

/// Measurements of one row.
struct Row {
    name: &'static str,
    times: Vec<Duration>,
}

impl Row {
    const fn new(name: &'static str) -> Self {
        Self {
            name,
            times: Vec::new(),
        }
    }

    async fn turn<F: Future<Output = ()>>(&mut self, call: impl Fn() -> F) {
        for _ in 0..CALLS {
            let start = Instant::now();
            call().await;
            self.times.push(start.elapsed());
        }
    }

    fn at(&self, share: f64) -> f64 {
        let mut times = self.times.clone();
        times.sort_unstable();
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss
        )]
        let index = ((times.len() - 1) as f64 * share) as usize;
        times
            .get(index)
            .map_or(0.0, |time| time.as_secs_f64() * 1e6)
    }
}

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let floor = Floor::new();
    let in_memory = Ours::new(None).await;
    let on_disk = Ours::new(Some(folder.path().join("state"))).await;
    let mut rows = [
        Row::new("raw engine: store, instance, call, drop"),
        Row::new("invoke, journal in memory"),
        Row::new("invoke, journal on disk, one caller"),
        Row::new("invoke, journal on disk, 64 callers (per run)"),
    ];
    let [raw, memory, disk, together] = &mut rows;
    for turn in 0..TURNS {
        raw.turn(|| floor.call()).await;
        memory.turn(|| in_memory.call()).await;
        disk.turn(|| on_disk.call()).await;
        together.times.push(on_disk.together().await);
        if turn == 0 {
            // The first turn warms caches up and is not counted.
            for row in [&mut *raw, &mut *memory, &mut *disk, &mut *together] {
                row.times.clear();
            }
        }
    }
    let base = rows.first().map_or(1.0, |row| row.at(0.5));
    println!(
        "{LOADED} components loaded; {} calls a row\n",
        (TURNS - 1) * CALLS
    );
    println!(
        "{:<46} {:>10} {:>10} {:>10}",
        "", "p50 µs", "p99 µs", "× floor"
    );
    let mut report = Vec::new();
    for row in &rows {
        let (p50, p99) = (row.at(0.5), row.at(0.99));
        println!(
            "{:<46} {p50:>10.1} {p99:>10.1} {:>10.1}",
            row.name,
            p50 / base
        );
        report.push(
            json!({ "row": row.name, "p50_us": p50, "p99_us": p99, "times_floor": p50 / base }),
        );
    }
    println!(
        "\n{}",
        json!({ "bench": "host", "components_loaded": LOADED, "rows": report })
    );
    in_memory.host.shutdown().await;
    on_disk.host.shutdown().await;
}
