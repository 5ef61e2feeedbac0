//! Load by `wrk`: so many connections, each asking again as soon as it is answered.

use std::process::Command;

/// Connections at once.
pub const CONNECTIONS: usize = 32;
/// Seconds of one measurement.
const SECONDS: u32 = 4;
/// Measurements of each side, in turns.
const ROUNDS: usize = 3;

/// A URL, and what is said with the request.
pub struct Asked<'a> {
    pub url: String,
    pub header: Option<&'a str>,
}

impl Asked<'_> {
    pub const fn plain(url: String) -> Self {
        Self { url, header: None }
    }
}

/// Requests per second of each, the middle of three measurements that were taken in turns.
///
/// # Panics
/// If one is not answered with success each time.
pub fn in_turns(asked: &[Asked]) -> Vec<f64> {
    let mut rates = vec![Vec::new(); asked.len()];
    for one in asked {
        // Caches are warm on both sides.
        rate(one, 1);
    }
    for _ in 0..ROUNDS {
        for (one, rates) in asked.iter().zip(&mut rates) {
            rates.push(rate(one, SECONDS));
        }
    }
    let middle = |mut rates: Vec<f64>| {
        rates.sort_by(f64::total_cmp);
        rates[rates.len() / 2]
    };
    rates.into_iter().map(middle).collect()
}

fn rate(asked: &Asked, seconds: u32) -> f64 {
    let mut wrk = Command::new("wrk");
    wrk.args(["--threads", "1", "--timeout", "10s"])
        .args(["--connections", &CONNECTIONS.to_string()])
        .args(["--duration", &format!("{seconds}s")]);
    if let Some(header) = asked.header {
        wrk.args(["--header", header]);
    }
    let output = wrk.arg(&asked.url).output().expect("wrk starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        !said.contains("Non-2xx") && !said.contains("Socket errors"),
        "{} is not always answered: {said}",
        asked.url
    );
    said.lines()
        .find_map(|line| line.strip_prefix("Requests/sec:"))
        .and_then(|number| number.trim().parse().ok())
        .unwrap_or_else(|| panic!("wrk says no rate: {said}"))
}
