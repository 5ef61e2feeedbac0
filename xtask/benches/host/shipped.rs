//! The skills that are shipped and only compute: each with a typical call, which is one of its golden cases, against the same call on
//! the raw engine.

use crate::floor::{self, Floor};
use crate::governed::{self, Work, run};
use crate::guests;
use crate::table::{Line, Table, Times};
use guildhall_host::{Answered, Host};
use guildhall_package::SkillPackage;
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;

/// Turns of one caller, and calls of each row in a turn.
const TURNS: usize = 30;
const CALLS: usize = 40;

/// Calls of each of many callers.
const CALLS_OF_MANY: usize = 40;

/// Name, operation, and the golden case that is a typical call.
const TYPICAL: [(&str, &str, &str); 4] = [
    ("tax-id", "check", "company-number"),
    ("vat-rate", "find", "books-in-france"),
    ("rfq-negotiate", "next-move", "holds-out"),
    ("landed-cost", "landed-cost", "fob-to-germany"),
];

/// One caller's wait, and what many callers get in a second.
pub async fn shipped(table: &mut Table, folder: &Path) {
    let host = host(folder).await;
    let (mut waits, mut rates) = (Vec::new(), Vec::new());
    let mut all = Vec::new();
    for typical in TYPICAL {
        let work = work(&host, typical).await;
        waits.extend(one_caller(typical.0, &work).await);
        rates.extend(work.rates(typical.0, CALLS_OF_MANY).await);
        all.push(work);
    }
    rates.extend(governed::rates("all four in turns", &all, CALLS_OF_MANY).await);
    table.section(
        "One caller, skills as they are shipped, `hashes`, answered at once",
        waits,
    );
    table.section(
        "64 callers, skills as they are shipped, `hashes`, answered at once",
        rates,
    );
    host.shutdown().await;
}

/// The typical call of one skill again and again, for a profiler.
pub async fn spin(folder: &Path, name: &str) {
    let host = host(folder).await;
    let typical = TYPICAL.into_iter().find(|typical| typical.0 == name);
    let work = work(&host, typical.expect("a skill that is measured")).await;
    governed::spin(&host, &work.skill, |answered| {
        work.request().answered(answered)
    })
    .await;
    host.shutdown().await;
}

async fn host(folder: &Path) -> Host {
    let builder = Host::builder().state_dir(folder.join("shipped"));
    builder.build().await.expect("the host starts")
}

async fn work(host: &Host, (name, operation, case): (&str, &'static str, &str)) -> Work {
    let bytes = guests::built(name);
    let package = SkillPackage::read(&bytes).expect("it can be read");
    let known = { package.operations.iter() }.find(|known| known.name == operation);
    let params = &known.expect("an operation").params;
    let input = golden(name, case);
    Work {
        floor: Arc::new(Floor::new(&floor::engine(), &bytes, operation)),
        host: host.clone(),
        skill: host.load(&bytes).await.expect("it loads"),
        operation,
        arguments: guildhall_host::values::arguments(params, &input).expect("it fits"),
        input,
    }
}

async fn one_caller(name: &str, work: &Work) -> Vec<Line> {
    let (mut raw, mut governed) = (Times::default(), Times::default());
    for turn in 0..=TURNS {
        raw.measure(CALLS, || async {
            work.floor.call(&work.arguments).await;
        })
        .await;
        governed
            .measure_with(
                CALLS,
                || work.request(),
                |request| run(&work.host, &work.skill, request),
            )
            .await;
        // What is left to write is written before the next turn.
        let settled = work.request().answered(Answered::WhenDurable);
        run(&work.host, &work.skill, settled).await;
        if turn == 0 {
            raw.clear();
            governed.clear();
        }
    }
    let base = raw.at(0.5);
    vec![
        Line::new(format!("{name}, raw engine, p50"), base, "µs"),
        Line::new("  governed, p50", governed.at(0.5), "µs").against(base, "aim 1.5, at most 2"),
    ]
}

/// The input of a golden case.
fn golden(skill: &str, case: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../skills-examples");
    let file = folder
        .join(skill)
        .join("golden")
        .join(case)
        .join("case.toml");
    let text = std::fs::read_to_string(file).expect("a golden case");
    let case: toml::Value = toml::from_str(&text).expect("a golden case");
    serde_json::to_value(&case["input"]).expect("plain values")
}
