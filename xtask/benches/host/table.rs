//! What was measured, as a table for people and as JSON for programs.

use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Measurements of one thing that is done again and again.
#[derive(Default)]
pub struct Times(Vec<Duration>);

impl Times {
    /// Does it `count` times, one after the other.
    pub async fn measure<F: Future<Output = ()>>(&mut self, count: usize, call: impl Fn() -> F) {
        for _ in 0..count {
            let start = Instant::now();
            call().await;
            self.0.push(start.elapsed());
        }
    }

    /// The same with something prepared before each, outside the clock.
    pub async fn measure_with<T, F: Future<Output = ()>>(
        &mut self,
        count: usize,
        prepare: impl Fn() -> T,
        call: impl Fn(T) -> F,
    ) {
        for _ in 0..count {
            let prepared = prepare();
            let start = Instant::now();
            call(prepared).await;
            self.0.push(start.elapsed());
        }
    }

    /// Takes in what was measured elsewhere.
    #[allow(dead_code, reason = "one of the two benchmarks needs it")]
    pub fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    /// The same for all of it.
    #[allow(dead_code, reason = "one of the benchmarks needs it")]
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Forgets what was measured while caches were cold.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Microseconds that so large a share of the measurements stays within.
    pub fn at(&self, share: f64) -> f64 {
        let mut times = self.0.clone();
        times.sort_unstable();
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss
        )]
        let index = (times.len().saturating_sub(1) as f64 * share) as usize;
        times
            .get(index)
            .map_or(f64::NAN, |time| time.as_secs_f64() * 1e6)
    }
}

/// One line of the table: a value with its unit, and what it is compared with.
pub struct Line {
    name: String,
    value: f64,
    unit: &'static str,
    ratio: Option<(f64, &'static str)>,
}

impl Line {
    pub fn new(name: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self {
            name: name.into(),
            value,
            unit,
            ratio: None,
        }
    }

    /// The value as a multiple of `base`; `aim` says what it should be.
    pub const fn against(mut self, base: f64, aim: &'static str) -> Self {
        self.ratio = Some((self.value / base, aim));
        self
    }
}

/// All lines, by section.
#[derive(Default)]
pub struct Table {
    report: Vec<Value>,
}

impl Table {
    /// Prints a section and keeps it for the JSON at the end.
    pub fn section(&mut self, title: &str, lines: Vec<Line>) {
        println!("\n{title}");
        for line in &lines {
            let ratio = match line.ratio {
                Some((ratio, aim)) => format!("{ratio:>8.2} ×  {aim}"),
                None => String::new(),
            };
            println!(
                "  {:<62} {:>12.2} {:<8} {ratio}",
                line.name, line.value, line.unit
            );
        }
        let rows: Vec<Value> = lines
            .iter()
            .map(|line| {
                json!({
                    "name": line.name, "value": line.value, "unit": line.unit,
                    "ratio": line.ratio.map(|(ratio, _)| ratio), "aim": line.ratio.map(|(_, aim)| aim),
                })
            })
            .collect();
        self.report.push(json!({ "section": title, "rows": rows }));
    }

    /// The JSON, in one line.
    pub fn close(self, bench: &str) {
        println!("\n{}", json!({ "bench": bench, "sections": self.report }));
    }
}
