//! A governed run of a skill that only computes, against the same call on the raw engine; one caller, then many.

use crate::floor::{self, Floor};
use crate::guests;
use crate::table::{Line, Table, Times};
use guildhall_host::{Answered, Host, Invocation, Outcome, Retention, RunStatus, Skill};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use wasmtime::component::Val;

/// Turns, and calls of each row in a turn.
const TURNS: usize = 60;
const CALLS: usize = 50;
/// Callers at the same time.
pub const CALLERS: usize = 64;
/// Other components that are loaded: some costs grow with their number.
const LOADED: usize = 100;

pub fn sum(answered: Answered, retention: Retention) -> Invocation {
    Invocation::new("sum", json!({ "a": 1, "b": 2 }))
        .retention(retention)
        .answered(answered)
}

fn completed(outcome: &Outcome) {
    assert!(outcome.status == RunStatus::Completed, "{outcome:?}");
}

pub async fn run(host: &Host, skill: &Skill, invocation: Invocation) {
    completed(&host.invoke(skill, invocation).await.expect("it runs"));
}

/// What one caller asks for again and again.
pub struct Subject {
    title: &'static str,
    folder: &'static str,
    /// All are loaded, the first is called.
    components: Vec<Vec<u8>>,
    operation: &'static str,
    input: Value,
    /// The same as values of the engine.
    arguments: Vec<Val>,
}

impl Subject {
    fn invocation(&self, answered: Answered, retention: Retention) -> Invocation {
        Invocation::new(self.operation, self.input.clone())
            .retention(retention)
            .answered(answered)
    }

    async fn host(&self, state: Option<&Path>) -> (Host, Vec<Skill>) {
        let builder = Host::builder();
        let builder = match state {
            Some(folder) => builder.state_dir(folder.join(self.folder)),
            None => builder,
        };
        let host = builder.build().await.expect("the host starts");
        let mut skills = Vec::new();
        for bytes in &self.components {
            skills.push(host.load(bytes).await.expect("it loads"));
        }
        (host, skills)
    }
}

/// The cheapest call there is.
pub fn cheapest() -> Subject {
    Subject {
        title: "One caller, a component that adds two numbers, 100 components loaded",
        folder: "adds",
        components: (0..LOADED).map(guests::sum).collect(),
        operation: "sum",
        input: json!({ "a": 1, "b": 2 }),
        arguments: vec![Val::U32(1), Val::U32(2)],
    }
}

/// A skill as authors make theirs.
pub fn skill() -> Subject {
    let others = (1..LOADED).map(guests::sum);
    Subject {
        title: "One caller, a Rust skill that sums up an invoice of 5 lines, 100 components loaded",
        folder: "totals",
        components: std::iter::once(guests::totals()).chain(others).collect(),
        operation: "total",
        input: guests::invoice_json(5),
        arguments: guests::invoice_values(5),
    }
}

/// Rows are measured in turns in one process, so that a noisy machine moves them together: read the ratios.
pub async fn one_caller(table: &mut Table, folder: &Path, subject: &Subject) {
    let engine = floor::engine();
    let floors: Vec<Floor> = subject
        .components
        .iter()
        .enumerate()
        .map(|(n, bytes)| {
            Floor::new(
                &engine,
                bytes,
                if n == 0 { subject.operation } else { "sum" },
            )
        })
        .collect();
    let floor = floors.first().expect("there is one");
    let (memory, kept_in_memory) = subject.host(None).await;
    let (disk, kept_on_disk) = subject.host(Some(folder)).await;
    let (in_memory, on_disk) = (&kept_in_memory[0], &kept_on_disk[0]);
    let arguments = &subject.arguments;
    let expected = floor.call_without_fiber(arguments);
    let mut times: [Times; 6] = Default::default();
    for turn in 0..TURNS {
        let [raw, sync, hashes, full, inside, durable] = &mut times;
        raw.measure(CALLS, || async {
            assert_eq!(floor.call(arguments).await, expected);
        })
        .await;
        sync.measure(CALLS, || async {
            assert_eq!(floor.call_without_fiber(arguments), expected);
        })
        .await;
        // The floor has its arguments, and these have their request, before the clock starts.
        let quick = |retention| move || subject.invocation(Answered::AtOnce, retention);
        let settle = |host, skill| {
            run(
                host,
                skill,
                subject.invocation(Answered::WhenDurable, Retention::Hashes),
            )
        };
        hashes
            .measure_with(CALLS, quick(Retention::Hashes), |request| {
                run(&disk, on_disk, request)
            })
            .await;
        settle(&disk, on_disk).await;
        full.measure_with(CALLS, quick(Retention::Full), |request| {
            run(&disk, on_disk, request)
        })
        .await;
        settle(&disk, on_disk).await;
        inside
            .measure_with(CALLS, quick(Retention::Hashes), |request| {
                run(&memory, in_memory, request)
            })
            .await;
        settle(&memory, in_memory).await;
        durable.measure(CALLS / 5, || settle(&disk, on_disk)).await;
        if turn == 0 {
            times.iter_mut().for_each(Times::clear);
        }
    }
    let names = [
        "raw engine: store, instance, call, drop (the floor)",
        "raw engine without a fiber (can't be interrupted)",
        "governed, `hashes`, answered at once",
        "governed, `full`, answered at once",
        "governed, `hashes`, answered at once, journal in memory",
        "governed, `hashes`, answered when durable",
    ];
    let base = times[0].at(0.5);
    let aims = ["", "", "aim 1.5, at most 2", "", "", "stated"];
    let mut lines = Vec::new();
    for ((name, times), aim) in names.iter().zip(&times).zip(aims) {
        lines.push(Line::new(format!("{name}, p50"), times.at(0.5), "µs").against(base, aim));
        lines.push(Line::new("  p99", times.at(0.99), "µs"));
    }
    table.section(subject.title, lines);
    memory.shutdown().await;
    disk.shutdown().await;
}

/// One thing again and again, for a profiler.
pub async fn spin(host: &Host, skill: &Skill, request: impl Fn(Answered) -> Invocation) {
    let until = Instant::now() + Duration::from_secs(4);
    let mut runs = 0_u64;
    while Instant::now() < until {
        run(host, skill, request(Answered::AtOnce)).await;
        runs += 1;
        // What is on its way is bounded, and is waited for now and then.
        if runs.is_multiple_of(200) {
            run(host, skill, request(Answered::WhenDurable)).await;
        }
    }
    println!("{runs} runs");
}

/// The fastest governed run of a subject.
pub async fn spin_subject(folder: &Path, subject: &Subject) {
    let (host, skills) = subject.host(Some(folder)).await;
    let request = |answered| subject.invocation(answered, Retention::Hashes);
    spin(&host, &skills[0], request).await;
    host.shutdown().await;
}

/// Many callers again and again, for a profiler: a guest that computes so many rounds.
pub async fn spin_many(folder: &Path, rounds: u32) {
    const CALLS: usize = 4_000;
    let (host, work) = rounds_work(folder).await;
    let work = work(rounds);
    let before = cpu_time();
    let request = work.clone();
    together(CALLS, move || {
        let work = request.clone();
        async move { run(&work.host, &work.skill, work.request()).await }
    })
    .await;
    let last = work.request().answered(Answered::WhenDurable);
    run(&host, &work.skill, last).await;
    let took = cpu_time().saturating_sub(before).as_secs_f64() * 1e6;
    let runs = u32::try_from(CALLERS * CALLS).unwrap_or(u32::MAX);
    println!(
        "{runs} runs, {:.1} µs of a core each",
        took / f64::from(runs)
    );
    host.shutdown().await;
}

/// Runs in a second with many callers, for guests that compute for a while, and for skills as they are shipped.
pub async fn many_callers(table: &mut Table, folder: &Path) {
    let (host, work) = rounds_work(folder).await;
    let mut lines = Vec::new();
    for (rounds, calls) in [(1_u32, 400), (30_000, 200), (150_000, 60), (600_000, 20)] {
        lines.extend(work(rounds).rates("raw engine", calls).await);
    }
    let title = format!(
        "{CALLERS} callers, `hashes`, answered at once, by the time that the guest computes"
    );
    table.section(&title, lines);
    host.shutdown().await;
}

/// A host, and what callers ask it for: a guest that computes so many rounds.
async fn rounds_work(folder: &Path) -> (Host, impl Fn(u32) -> Work) {
    let engine = floor::engine();
    let floor = Arc::new(Floor::new(&engine, &guests::rounds(), "rounds"));
    let host = Host::builder()
        .state_dir(folder.join("many-callers"))
        .build()
        .await
        .expect("the host starts");
    let skill = host.load(&guests::rounds()).await.expect("it loads");
    let of_host = host.clone();
    let work = move |rounds| Work {
        floor: floor.clone(),
        host: of_host.clone(),
        skill: skill.clone(),
        operation: "rounds",
        input: json!({ "count": rounds, "seed": 7 }),
        arguments: vec![Val::U32(rounds), Val::U32(7)],
    };
    (host, work)
}

/// What many callers ask for.
#[derive(Clone)]
pub struct Work {
    pub floor: Arc<Floor>,
    pub host: Host,
    pub skill: Skill,
    pub operation: &'static str,
    pub input: Value,
    /// The same as values of the engine.
    pub arguments: Vec<Val>,
}

impl Work {
    /// A request for it, which the host answers at once.
    pub fn request(&self) -> Invocation {
        Invocation::new(self.operation, self.input.clone())
            .retention(Retention::Hashes)
            .answered(Answered::AtOnce)
    }

    /// Runs in a second of this work alone.
    pub async fn rates(&self, name: &str, calls: usize) -> Vec<Line> {
        rates(name, std::slice::from_ref(self), calls).await
    }
}

/// What there is to call, in turns: every caller begins elsewhere.
fn in_turns(work: &[Work], calls: usize) -> impl Iterator<Item = Vec<&Work>> {
    (0..CALLERS).map(move |caller| {
        let turns = work.iter().cycle().skip(caller % work.len());
        turns.take(calls).collect()
    })
}

/// Runs in a second, against the raw engine. The first count until the last caller has its answer, the second until everything
/// is on the disk as well. Requests are there before: whoever calls has read them.
pub async fn rates(name: &str, work: &[Work], calls: usize) -> Vec<Line> {
    let (mut raw, mut burst, mut sustained) = (Vec::new(), Vec::new(), Vec::new());
    let (mut cores_raw, mut cores) = (Duration::ZERO, Duration::ZERO);
    let Work { host, skill, .. } = &work[0];
    for _ in 0..5 {
        let of_callers = in_turns(work, calls)
            .map(|turns| turns.into_iter().cloned().collect())
            .collect();
        let before = cpu_time();
        let floor = |work: Work| async move {
            work.floor.call(&work.arguments).await;
        };
        raw.push(together_with(of_callers, floor).await);
        cores_raw += cpu_time().saturating_sub(before);
        let of_callers = in_turns(work, calls)
            .map(|turns| {
                let request = |work: &Work| (work.host.clone(), work.skill.clone(), work.request());
                turns.into_iter().map(request).collect()
            })
            .collect();
        let (begun, start) = (cpu_time(), Instant::now());
        let call = |(host, skill, request): (Host, Skill, Invocation)| async move {
            run(&host, &skill, request).await;
        };
        burst.push(together_with(of_callers, call).await);
        let last = work[0].request().answered(Answered::WhenDurable);
        run(host, skill, last).await;
        sustained.push(start.elapsed());
        cores += cpu_time().saturating_sub(begun);
    }
    let total = f64::from(u32::try_from(CALLERS * calls).unwrap_or(u32::MAX));
    let rate = |times: &mut Vec<Duration>| {
        times.sort_unstable();
        times
            .get(times.len() / 2)
            .map_or(f64::NAN, |time| total / time.as_secs_f64())
    };
    let base = rate(&mut raw);
    let each = 1e6 / base;
    let of_a_core = |time: Duration| time.as_secs_f64() * 1e6 / (5.0 * total);
    let added = of_a_core(cores.saturating_sub(cores_raw));
    vec![
        Line::new(format!("{name}, {each:.0} µs a run"), base, "runs/s"),
        Line::new("  governed, until answered", rate(&mut burst), "runs/s")
            .against(base, "at least 0.7"),
        Line::new(
            "  governed, until all is on the disk",
            rate(&mut sustained),
            "runs/s",
        )
        .against(base, "stated"),
        Line::new("  time of a core that governing a run adds", added, "µs"),
    ]
}

/// Time that this process has had of all cores.
fn cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

/// So many callers at once, each with so many calls; returns the time until the last has ended.
pub async fn together<F>(calls: usize, call: impl Fn() -> F + Clone + Send + 'static) -> Duration
where
    F: Future<Output = ()> + Send,
{
    together_with(vec![vec![(); calls]; CALLERS], move |()| call()).await
}

/// The same for callers that each have a list of what to call with.
async fn together_with<T, F>(
    callers: Vec<Vec<T>>,
    call: impl Fn(T) -> F + Clone + Send + 'static,
) -> Duration
where
    T: Send + 'static,
    F: Future<Output = ()> + Send,
{
    let start = Instant::now();
    let callers: Vec<_> = callers
        .into_iter()
        .map(|list| {
            let call = call.clone();
            tokio::spawn(async move {
                for one in list {
                    call(one).await;
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.expect("no caller fails");
    }
    start.elapsed()
}
