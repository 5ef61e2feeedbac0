//! Whether a URL is covered by grants: the question that every request of a guest asks.

use crate::counted::allocations;
use crate::table::{Line, Table};
use guildhall_package::{Target, UrlGrant};
use std::hint::black_box;
use std::time::Instant;

const GRANTS: usize = 64;
const CHECKS: u32 = 200_000;

/// Grants and a URL that none of them covers, so that all are looked at.
struct Case {
    name: &'static str,
    grants: Vec<UrlGrant>,
    target: Target,
}

fn cases() -> Vec<Case> {
    let grants = |text: &dyn Fn(usize) -> String| -> Vec<UrlGrant> {
        (0..GRANTS)
            .map(|n| text(n).parse().expect("it is a grant"))
            .collect()
    };
    let target = Target::parse(
        "GET",
        "https://api.example.com/v1/accounts/2026/reports/none",
    )
    .expect("it is a URL");
    vec![
        Case {
            name: "64 other hosts",
            grants: grants(&|n| format!("GET https://api{n}.example.com/v1/*")),
            target: target.clone(),
        },
        Case {
            name: "the same host, other paths",
            grants: grants(&|n| format!("GET https://api.example.com/v1/{n}/*")),
            target: target.clone(),
        },
        Case {
            name: "the same host and path but for its last segment",
            grants: grants(&|n| {
                format!("GET https://api.example.com/v1/accounts/2026/reports/r{n:03}")
            }),
            target: target.clone(),
        },
        Case {
            name: "the same, with a segment that may be anything",
            grants: grants(&|n| format!("GET https://api.example.com/v1/*/2026/reports/r{n:03}")),
            target,
        },
    ]
}

/// The worst misses that we could think of.
pub fn policy(table: &mut Table) {
    let mut lines = Vec::new();
    for case in cases() {
        let covered = || case.grants.iter().any(|grant| grant.allows(&case.target));
        assert!(!covered(), "{}", case.name);
        let before = allocations();
        let mut best = f64::INFINITY;
        for _ in 0..5 {
            let start = Instant::now();
            for _ in 0..CHECKS {
                black_box(black_box(&covered)());
            }
            best = best.min(start.elapsed().as_secs_f64() * 1e6 / f64::from(CHECKS));
        }
        let made = allocations() - before;
        lines.push(
            Line::new(format!("a miss, {}", case.name), best, "µs")
                .against(0.5, "at most 1 (0.5 µs)"),
        );
        lines.push(Line::new(
            "  allocations",
            f64::from(u32::try_from(made).unwrap_or(u32::MAX)),
            "",
        ));
    }
    table.section(&format!("A normalised URL against {GRANTS} grants"), lines);
}
