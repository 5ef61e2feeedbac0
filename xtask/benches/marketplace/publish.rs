//! Publishing with the real command: what an author waits for, client and its start included.

use crate::table::{Line, Table};
use guildhall_tests::{Draft, Home, Market, Running};
use std::time::{Duration, Instant};

/// Length of the skill that goes from upload to visible.
const SMALL: usize = 30_000;
/// Bytes of code of the one that is uploaded and read.
const LARGE: usize = 1_000_000;
const TIMES: usize = 15;
/// Publishers, and skills that each publishes at once.
const PUBLISHERS: [&str; 5] = ["fabrikam", "northwind", "contoso", "tailspin", "wingtip"];
const EACH: usize = 20;

/// A marketplace with a witness that must cosign, and somebody who publishes there.
pub struct Author {
    pub market: Market,
    pub home: Home,
}

impl Author {
    pub fn new() -> Self {
        let market = Market::start();
        let home = market.author("ann", "acme");
        Self { market, home }
    }

    /// Publishes a skill of at least this length. Returns its component.
    pub fn publish(&self, name: &str, version: &str, length: usize) -> Vec<u8> {
        let draft = draft(name, version, length);
        draft.release(&self.home);
        draft.component()
    }
}

/// The prober, with golden cases, as long as asked for if it is shorter.
fn draft(name: &str, version: &str, length: usize) -> Draft {
    Draft::new(name, version).padded(length)
}

/// Milliseconds in the middle, and the longest.
fn told(mut times: Vec<Duration>) -> (f64, f64) {
    times.sort_unstable();
    let ms = |time: &Duration| time.as_secs_f64() * 1e3;
    (
        times.get(times.len() / 2).map_or(f64::NAN, ms),
        times.last().map_or(f64::NAN, ms),
    )
}

/// `guildhall publish` until the release is in a checkpoint that the witness has cosigned.
pub fn visible(table: &mut Table) {
    let author = Author::new();
    let length = author.publish("acme/shop", "1.0.0", SMALL).len();
    let times = (1..=TIMES).map(|number| {
        let draft = draft("acme/shop", &format!("1.0.{number}"), SMALL);
        // Folder and component are there before the clock starts.
        let args = draft.publish_args(&author.home);
        let began = Instant::now();
        let done = author.home.guildhall(args).exits(0).json();
        assert_eq!(done["state"], "released", "{done:#}");
        began.elapsed()
    });
    let (middle, longest) = told(times.collect());
    table.section(
        &format!(
            "Publishing a skill of {} kB with review and golden cases, until it is visible",
            length / 1_000
        ),
        vec![
            Line::new("the whole command, p50", middle, "ms")
                .against(1_500.0, "of 1.5 s, at most 1"),
            Line::new("the longest of 15", longest, "ms"),
        ],
    );
}

/// `guildhall publish --no-wait`: start of the command, its own reading and signing, upload, decode, authority, staged.
pub fn uploaded(table: &mut Table) {
    let author = Author::new();
    let times = (1..=TIMES).map(|number| {
        let draft = Draft::new("acme/shop", &format!("1.0.{number}")).code(LARGE);
        let mut args = draft.publish_args(&author.home);
        args.push("--no-wait".to_owned());
        let began = Instant::now();
        let done = author.home.guildhall(args).exits(0).json();
        let took = began.elapsed();
        // The next one is measured when this one's review is over.
        let id = done["id"].as_str().expect("a number").to_owned();
        while author
            .home
            .guildhall(["releases", &id, "--json"])
            .exits(0)
            .word("/state")
            != "released"
        {
            std::thread::sleep(Duration::from_millis(50));
        }
        took
    });
    let (middle, longest) = told(times.collect());
    table.section(
        &format!(
            "Uploading {} kB until it is read, checked and staged",
            LARGE / 1_000
        ),
        vec![
            Line::new("the whole command, p50", middle, "ms")
                .against(150.0, "of 150 ms, at most 1"),
            Line::new("the longest of 15", longest, "ms"),
        ],
    );
}

/// A hundred commands at once, each publishing a skill of its own.
pub fn crowd(table: &mut Table) {
    let market = Market::start();
    let homes: Vec<Home> = PUBLISHERS
        .iter()
        .map(|name| market.author(name, name))
        .collect();
    let prepared: Vec<(&Home, Vec<String>)> = (0..EACH)
        .flat_map(|skill| {
            homes.iter().zip(PUBLISHERS).map(move |(home, publisher)| {
                let draft = draft(&format!("{publisher}/tool-{skill}"), "1.0.0", SMALL);
                (home, draft.publish_args(home))
            })
        })
        .collect();
    let began = Instant::now();
    let clients: Vec<Running> = prepared
        .into_iter()
        .map(|(home, args)| home.start(args))
        .collect();
    let all = clients.len();
    let done = clients
        .into_iter()
        .map(|client| client.wait_at_most(Duration::from_secs(600)))
        .filter(|ran| ran.code == Some(0) && ran.json()["state"] == "released")
        .count();
    let seconds = began.elapsed().as_secs_f64();
    let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    table.section(
        &format!("{all} publishers at once"),
        vec![
            Line::new("failures", number(all - done), "").against(1.0, "none"),
            Line::new("until the last is visible", seconds, "s"),
            Line::new("releases", number(done) / seconds, "/s"),
        ],
    );
}
