//! `kill -9`, and a disk that forgets, at the steps of buying, renewing and paying back: the money leaves once and comes back once,
//! and the licence is there.

use guildhall_faults::{Disk, Plan, Seen};
use guildhall_tests::clock::set_wrong;
use guildhall_tests::faulty::OnDisk;
use guildhall_tests::{Draft, Home, Market, Ran, Seed, Value, Watch, json};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

const DAY: i64 = 24 * 60 * 60;
/// What the skill costs, and what the merchant has, in cents.
const PRICE: i64 = 1_200;
const PURSE: i64 = 100_000;
/// Moments at which a command is killed.
const MOMENTS: u64 = 16;

struct Shop {
    market: Market,
    home: Home,
    disk: Disk,
    /// How far the clocks are ahead, in seconds.
    ahead: i64,
}

impl Shop {
    fn new(price: &[&str]) -> Self {
        let market = Market::start();
        let author = market.author("ann", "acme");
        Draft::new("acme/shop", "1.0.0").release(&author);
        let mut args = vec!["price", "acme/shop"];
        args.extend(price);
        let _ = author.guildhall(args).exits(0);
        let home = Home::new();
        home.book("till", "EUR");
        let _ = home
            .guildhall(["wallet", "deposit", "till", "EUR 1000.00", "--json"])
            .exits(0);
        let _ = market.install(&home, "acme/shop", &["--yes"]).exits(0);
        let disk = home.disk();
        Self {
            market,
            home,
            disk,
            ahead: 0,
        }
    }

    fn command(&self, args: &[&str]) -> Command {
        let command = self.home.command(args);
        if self.ahead == 0 {
            return command;
        }
        set_wrong(command, self.ahead)
    }

    fn under(&self, args: &[&str], plan: Plan) -> (Ran, Seen) {
        let ended = OnDisk::start(&self.disk, self.command(args), plan).wait();
        self.disk.switch_on();
        ended
    }

    fn does(&self, args: &[&str]) -> Ran {
        self.under(args, Plan::none()).0
    }

    /// The till has so much by its postings, and the marketplace is owed the rest by its own count.
    #[track_caller]
    fn has(&self, till: i64, context: &str) {
        self.has_of_till(till, context);
        let debts = self
            .market
            .staff()
            .guildhall(["marketplace", "debts", "--json"])
            .exits(0)
            .json();
        let owed: i64 = debts["debts"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|debt| debt["debt"]["minor"].as_i64().expect("minor units"))
            .sum();
        assert_eq!(owed, PURSE - till, "{context}");
        assert_eq!(self.disk.problems(), Vec::<String>::new(), "{context}");
    }

    fn may_run(&self, context: &str) {
        let list = self.does(&["licences", "--json"]).exits(0).json();
        assert_eq!(
            list["licences"][0]["may_run"],
            json!(true),
            "{context}: {list:#}"
        );
    }
}

/// Moments spread over so many, others each time the test runs.
fn moments(seen: &Seen, most: u64, seed: &mut Seed) -> Vec<u64> {
    let events = seen.events;
    let step = (events / most).max(1);
    let first = seed.below(step);
    (0..)
        .map(|n| first + n * step)
        .take_while(|at| *at < events)
        .collect()
}

const BUY: [&str; 4] = ["buy", "acme/shop", "--yes", "--json"];
const REFUND: [&str; 5] = ["licences", "refund", "acme/shop", "--yes", "--json"];
const RENEW: [&str; 5] = ["licences", "renew", "acme/shop", "--yes", "--json"];

#[test]
fn a_purchase_and_a_refund_that_are_killed_at_any_step_move_the_money_once() {
    let shop = Shop::new(&["once", "EUR 12.00"]);
    let mut seed = Seed::new();
    let whole = |args: &[&str]| {
        let (ran, seen) = shop.under(args, Plan::none());
        let _ = ran.exits(0);
        seen
    };
    // The first time opens accounts and makes keys, which takes steps that do not come again: the second one is measured.
    let _ = (whole(&BUY), whole(&REFUND));
    let (whole_buy, whole_refund) = (whole(&BUY), whole(&REFUND));
    shop.has(PURSE, "before");
    let back_at = moments(&whole_refund, MOMENTS, &mut seed);
    let (mut tried, mut killed) = (0, 0);
    for (round, at) in moments(&whole_buy, MOMENTS, &mut seed)
        .into_iter()
        .enumerate()
    {
        let context = format!("buying is killed at {at}");
        killed += u32::from(shop.under(&BUY, Plan::cut_at(at)).1.cut.is_some());
        let again = shop.does(&BUY).exits(0);
        assert_eq!(again.word("/state"), "licensed", "{context}");
        shop.has(PURSE - PRICE, &context);
        shop.may_run(&context);
        let at = back_at[round % back_at.len()];
        let context = format!("paying back is killed at {at}");
        killed += u32::from(shop.under(&REFUND, Plan::cut_at(at)).1.cut.is_some());
        tried += 2;
        let _ = shop.does(&REFUND).exits(0);
        shop.has(PURSE, &context);
    }
    // How many steps there are depends on the machine and on what was killed before, so that late moments may not come.
    assert!(killed * 2 >= tried, "{killed} of {tried}");
    let _ = shop.does(&["audit", "verify", "--json"]).exits(0);
}

#[test]
fn a_renewal_that_is_killed_at_any_step_pays_each_month_once() {
    let mut shop = Shop::new(&["monthly", "EUR 12.00"]);
    let mut seed = Seed::new();
    let bought = shop.does(&BUY).exits(0).json();
    let mut until = ends(&bought["licence"]);
    let mut left = PURSE - PRICE;
    // The first renewal is measured, so that those after it can be killed anywhere.
    let mut plans = vec![None];
    let (mut months, mut killed) = (0, 0);
    while let Some(at) = plans.get(months).copied() {
        shop.goes_to(until / 1_000 - 2 * DAY);
        let context = format!("month {months} is killed at {at:?}");
        let (_, seen) = shop.under(&RENEW, at.map_or_else(Plan::none, Plan::cut_at));
        if at.is_none() {
            plans.extend(moments(&seen, 10, &mut seed).into_iter().take(10).map(Some));
        }
        killed += usize::from(seen.cut.is_some());
        let renewed = shop.does(&RENEW).exits(0).json();
        let next = ends(&renewed["renewed"][0]["licence"]);
        assert!(next > until, "{context}: {renewed:#}");
        until = next;
        left -= PRICE;
        // The author's account at the marketplace is asked with its own clock.
        shop.has_of_till(left, &context);
        // Once more there is nothing to pay.
        let _ = shop.does(&RENEW).exits(0);
        shop.has_of_till(left, &context);
        months += 1;
    }
    assert!(months == 11 && killed * 2 >= 10, "{killed} of {months}");
    shop.has(left, "in the end");
}

/// When a licence ends, in milliseconds since the Unix epoch.
fn ends(licence: &Value) -> i64 {
    licence["until"].as_i64().expect("ms")
}

impl Shop {
    /// Sets all clocks to a time, in seconds since the Unix epoch.
    fn goes_to(&mut self, seconds: i64) {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .expect("after 1970");
        self.ahead = seconds - i64::try_from(now.as_secs()).expect("seconds");
        self.market.restart_at(self.ahead);
    }

    /// The till alone, by its postings.
    #[track_caller]
    fn has_of_till(&self, till: i64, context: &str) {
        let sum = "SELECT CAST(COALESCE(SUM(minor), 0) AS TEXT) FROM postings WHERE account = $1";
        let has = Watch::copy(&self.home).text(sum, "book:till");
        assert_eq!(has, Some(till.to_string()), "{context}");
    }
}
