//! JSON to the values of a component and back.

use crate::guests;
use crate::table::{Line, Table};
use guildhall_host::values::{from_json, to_json};
use guildhall_package::SkillPackage;
use serde_json::{Value, json};
use std::hint::black_box;
use std::time::Instant;

const LINES: usize = 2_000;

fn document() -> Value {
    let lines: Vec<Value> = (0..LINES)
        .map(|n| {
            json!({
                "name": format!("Position {n}: a valve, 3/4 inch, nickel plated"),
                "quantity": n,
                "price": 1.25,
                "hs_code": "84818019",
                "tags": ["valve", "export"],
                "weight": { "ok": 12 },
                "note": null,
            })
        })
        .collect();
    Value::Array(lines)
}

/// A list of records, as documents of trade are made of. Megabytes are those of the JSON text.
pub fn json(table: &mut Table) {
    let package = SkillPackage::read(&guests::lines()).expect("it can be read");
    let operation = package.operations.first().expect("it has one");
    let ty = &operation.params.first().expect("it has one").ty;
    let document = document();
    let text = serde_json::to_vec(&document).expect("it is JSON");
    let parse = rate(text.len(), || {
        black_box(serde_json::from_slice::<Value>(&text).expect("it is JSON"));
    });
    let values = from_json(ty, &document).expect("it fits the type");
    let lines = vec![
        Line::new("serde_json: text to Value (the peer)", parse, "MB/s"),
        Line::new(
            "JSON to values, checked against the type",
            rate(text.len(), || {
                black_box(from_json(ty, &document).expect("it fits the type"));
            }),
            "MB/s",
        )
        .against(parse, "stated"),
        Line::new(
            "values to JSON text",
            rate(text.len(), || {
                black_box(to_json(ty, &values).expect("it has the type"));
            }),
            "MB/s",
        )
        .against(parse, "stated"),
    ];
    table.section(
        &format!(
            "JSON and values: {LINES} records, {} kB",
            text.len() / 1_000
        ),
        lines,
    );
}

fn rate(bytes: usize, mut work: impl FnMut()) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..12 {
        let start = Instant::now();
        work();
        best = best.min(start.elapsed().as_secs_f64());
    }
    f64::from(u32::try_from(bytes).unwrap_or(u32::MAX)) / 1e6 / best
}
