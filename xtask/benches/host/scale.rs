//! Much in one host: skills loaded, runs that wait for a person, runs in the journal.

use crate::effects::{Payer, committed};
use crate::governed::{CALLERS, run, sum, together};
use crate::guests;
use crate::table::{Line, Table, Times};
use guildhall_host::{Answered, Host, Retention, RunStatus, Skill, Tenant};
use std::path::Path;

const SKILLS: usize = 1_000;
const WAITING: usize = 10_000;
const INSTALLED: usize = 10_000;
const RUNS: usize = 1_000_000;

/// Resident memory with many skills loaded, and with many runs that wait for approval.
pub async fn memory(table: &mut Table, folder: &Path) {
    let mut lines = Vec::new();
    let host = Host::builder()
        .state_dir(folder.join("many-skills"))
        .build()
        .await
        .expect("the host starts");
    let before = resident();
    lines.push(Line::new("a host, nothing loaded", before, "MB"));
    let mut kept: Vec<Skill> = Vec::new();
    for number in 0..SKILLS {
        kept.push(host.load(&guests::sum(number)).await.expect("it loads"));
    }
    let loaded = resident();
    lines.push(Line::new(
        format!("{SKILLS} small skills loaded"),
        loaded,
        "MB",
    ));
    lines.push(Line::new("  each", (loaded - before) * 1e3 / 1e3, "kB"));
    drop(kept);
    host.shutdown().await;

    let payer = Payer::new(&folder.join("many-waiting")).await;
    let before = resident();
    let ours = payer.clone();
    together(WAITING.div_ceil(CALLERS), move || {
        let payer = ours.clone();
        async move {
            let waits = payer.run(payer.invocation().without_mandates()).await;
            assert!(waits.status == RunStatus::AwaitingApproval, "{waits:?}");
        }
    })
    .await;
    let after = resident();
    let waiting = payer
        .host
        .pending(&Tenant::local())
        .await
        .expect("they are listed")
        .len();
    assert!(waiting >= WAITING.min(1_000), "{waiting} wait");
    lines.push(Line::new(
        format!("{WAITING} runs that wait for approval: memory more than without"),
        after - before,
        "MB",
    ));
    lines.push(Line::new("  each", (after - before) * 1e3 / 1e4, "kB"));
    payer.host.shutdown().await;
    table.section(
        "Memory (the pool has room for 256 instances: those that wait have none)",
        lines,
    );
}

/// What a run costs in a host with much in its journal, against one with nothing.
pub async fn journal(table: &mut Table, folder: &Path) {
    let empty = Payer::new(&folder.join("empty")).await;
    let full = Payer::new(&folder.join("full")).await;
    for number in 0..INSTALLED {
        drop(
            full.host
                .load(&guests::sum(number))
                .await
                .expect("it loads"),
        );
    }
    let adds = full.host.load(&guests::sum(0)).await.expect("it loads");
    let few = empty.host.load(&guests::sum(0)).await.expect("it loads");
    let ours = (full.host.clone(), adds.clone());
    together(RUNS.div_ceil(CALLERS), move || {
        let (host, skill) = ours.clone();
        async move { run(&host, &skill, sum(Answered::AtOnce, Retention::Hashes)).await }
    })
    .await;
    settle(&full.host, &adds).await;
    let mut times: [Times; 8] = Default::default();
    for turn in 0..40 {
        let sides = [(&empty, &few), (&full, &adds)];
        // Whoever comes second finds the machine as the other one left it: they take turns in that, too.
        let order = if turn % 2 == 0 { [0, 1] } else { [1, 0] };
        let at_once = || sum(Answered::AtOnce, Retention::Hashes);
        let durable = || sum(Answered::WhenDurable, Retention::Hashes);
        for side in order {
            let (payer, adds) = sides[side];
            times[side]
                .measure(50, || run(&payer.host, adds, at_once()))
                .await;
            settle(&payer.host, adds).await;
        }
        for side in order {
            let (payer, adds) = sides[side];
            times[2 + side]
                .measure(10, || run(&payer.host, adds, durable()))
                .await;
        }
        for side in order {
            let (payer, _) = sides[side];
            times[4 + side]
                .measure(5, || async {
                    committed(&payer.run(payer.invocation()).await)
                })
                .await;
        }
        for side in order {
            let (payer, _) = sides[side];
            times[6 + side].measure(5, || waiting(&payer.host)).await;
        }
        if turn == 0 {
            times.iter_mut().for_each(Times::clear);
        }
    }
    let names = [
        "a run answered at once",
        "a run answered when durable",
        "a run with a payment",
        "the list of what waits for approval",
    ];
    let mut lines = Vec::new();
    for (name, pair) in names.iter().zip(times.chunks(2)) {
        let base = pair[0].at(0.5);
        lines.push(Line::new(format!("{name}, empty host"), base, "µs"));
        lines
            .push(Line::new("  the full host", pair[1].at(0.5), "µs").against(base, "at most 1.1"));
    }
    table.section(
        &format!(
            "{INSTALLED} skills compiled and {RUNS} runs in the journal, against an empty host, p50"
        ),
        lines,
    );
    empty.host.shutdown().await;
    full.host.shutdown().await;
}

/// What a person is shown first.
async fn waiting(host: &Host) {
    drop(host.pending(&Tenant::local()).await.expect("a list"));
}

async fn settle(host: &Host, skill: &Skill) {
    run(host, skill, sum(Answered::WhenDurable, Retention::Hashes)).await;
}

/// Resident memory of this process, in megabytes.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells");
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kilobytes: f64 = line
        .and_then(|line| line.split_whitespace().nth(1))
        .and_then(|number| number.parse().ok())
        .expect("it is a number");
    kilobytes / 1e3
}
