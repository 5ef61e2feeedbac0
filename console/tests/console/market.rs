//! A marketplace that a test can ask everything of.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use futures::FutureExt as _;
use futures::future::{self, BoxFuture};
use guildhall_console::buying::{Bought, Licence, Paid, Standing as Licensing, Wanted};
use guildhall_console::consent::{Standing, asks};
use guildhall_console::market::{Gone, Known, Market, Offer, Root, Update};
use guildhall_console::people::Person;
use guildhall_console::shelf::ShelfError;
use guildhall_host::{Hold, Host, OwnPayment, Purpose, RunStatus, Tenant};
use guildhall_package::market::money::Price;
use guildhall_package::market::search::{SearchQuery, SearchResults};
use guildhall_package::{Digest, SkillName, SkillPackage};
use semver::Version;

use super::skills::component;

/// A marketplace with one release, which remembers what was asked of it.
pub struct FakeMarket {
    offer: Offer,
    pub asked: Mutex<Vec<String>>,
    /// What it sells; nothing unless a test says so.
    pub sale: OnceLock<Sale>,
}

/// What the one skill costs, and who pays for it.
pub struct Sale {
    pub host: Host,
    pub price: Mutex<Price>,
    /// Whether it gives licences for what was paid, or does not answer.
    pub answers: AtomicBool,
    pub licensed: AtomicBool,
    /// How it stands to what was paid and has no licence.
    pub paid: Mutex<Paid>,
}

/// Where it is paid to.
pub const PAYEE: &str = "payable/market.test/eur";
const ORDER: &str = "order-1";

impl Sale {
    pub fn new(host: &Host, price: Price) -> Self {
        Self {
            host: host.clone(),
            price: Mutex::new(price),
            answers: AtomicBool::new(true),
            licensed: AtomicBool::new(false),
            paid: Mutex::new(Paid::Open),
        }
    }

    pub fn is_licensed(&self) -> bool {
        self.licensed.load(Ordering::Relaxed)
    }

    /// The payment, and where it stands.
    pub async fn payment(&self) -> Option<(String, Hold)> {
        let me = Tenant::local();
        self.host.payment_of(&me, PAYEE, ORDER).await.unwrap()
    }

    async fn licence(&self) -> Licence {
        let payment = self.payment().await;
        let of = |hold: Hold| {
            let found = payment.as_ref().filter(|(_, known)| *known == hold);
            found.map(|(run, _)| run.clone())
        };
        Licence {
            waits: of(Hold::None),
            paid: match of(Hold::Captured) {
                Some(_) if !self.is_licensed() => self.paid.lock().unwrap().clone(),
                _ => Paid::Nothing,
            },
            standing: match self.is_licensed() {
                true => Licensing::Counts {
                    until_ms: 1_893_456_000_000,
                    is_grace: false,
                },
                false => Licensing::Missing,
            },
        }
    }

    async fn buy(&self, price: &Price) -> Result<Bought, ShelfError> {
        let now = self.price.lock().unwrap().clone();
        if now != *price {
            return Err(refused("price.changed", "it costs something else"));
        }
        if self.is_licensed() {
            return Ok(Bought::Licensed);
        }
        let outcome = match self.payment().await {
            Some((run, Hold::None)) => return Ok(Bought::Waits(run)),
            Some((_, Hold::Captured)) => {
                return self.settle().map(|_| Bought::Licensed);
            }
            _ => {
                let amount = now.amount().unwrap().unwrap();
                self.host
                    .open_payable(PAYEE, amount.currency)
                    .await
                    .unwrap();
                let payment = OwnPayment {
                    tenant: Tenant::local(),
                    purpose: Purpose {
                        from: "market.test".to_owned(),
                        what: "licence of acme/shop".to_owned(),
                    },
                    operation: "buy".to_owned(),
                    payee: PAYEE.to_owned(),
                    payee_name: "market.test".to_owned(),
                    amount,
                    document: ORDER.to_owned(),
                    reason: "acme/shop for a month".to_owned(),
                    approver: None,
                    use_mandates: true,
                };
                self.host.pay(payment).await.unwrap()
            }
        };
        // Somebody else was a moment earlier.
        if let (RunStatus::Refused, Some((run, Hold::None))) =
            (outcome.status, self.payment().await)
        {
            return Ok(Bought::Waits(run));
        }
        Ok(match outcome.status {
            RunStatus::AwaitingApproval => Bought::Waits(outcome.invocation),
            RunStatus::Committed => self.settle().map(|_| Bought::Licensed)?,
            _ => Bought::NotPaid(outcome.invocation),
        })
    }

    fn settle(&self) -> Result<Vec<SkillName>, ShelfError> {
        if !self.answers.load(Ordering::Relaxed) {
            return Err(refused("unreachable", "market.test does not answer"));
        }
        self.licensed.store(true, Ordering::Relaxed);
        Ok(vec!["acme/shop".parse().unwrap()])
    }
}

fn refused(rule: &str, message: &str) -> ShelfError {
    ShelfError {
        rule: rule.to_owned(),
        message: message.to_owned(),
        fix: Some("buy it: guildhall buy acme/shop".to_owned()),
        is_fault: false,
    }
}

impl FakeMarket {
    pub fn new() -> Self {
        let package = Arc::new(SkillPackage::read(&component()).unwrap());
        Self {
            offer: Offer {
                id: Digest::of(b"offer"),
                name: "acme/shop".parse().unwrap(),
                version: "1.0.0".parse().unwrap(),
                facts: vec![("Log".to_owned(), "entry 7 of 9".to_owned())],
                findings: Vec::new(),
                price: None,
                asks: asks(&package)
                    .into_iter()
                    .map(|ask| (ask, Standing::New))
                    .collect(),
                declined: Vec::new(),
                replaces: None,
                gained: Vec::new(),
                lost: Vec::new(),
                package,
            },
            asked: Mutex::default(),
            sale: OnceLock::new(),
        }
    }

    fn note<T: Send + 'static>(
        &self,
        what: String,
        answer: T,
    ) -> BoxFuture<'_, Result<T, ShelfError>> {
        self.asked.lock().unwrap().push(what);
        future::ready(Ok(answer)).boxed()
    }
}

impl Market for FakeMarket {
    fn known(&self) -> BoxFuture<'_, Result<Vec<Known>, ShelfError>> {
        future::ready(Ok(Vec::new())).boxed()
    }

    fn look<'a>(&'a self, address: &'a str) -> BoxFuture<'a, Result<Root, ShelfError>> {
        let root = Root {
            address: address.to_owned(),
            fingerprint: Digest::of(b"root"),
            log: "log".to_owned(),
            witnesses: "1 of w".to_owned(),
            is_pinned: false,
        };
        future::ready(Ok(root)).boxed()
    }

    fn connect<'a>(
        &'a self,
        address: &'a str,
        fingerprint: Digest,
        by: &'a Person,
    ) -> BoxFuture<'a, Result<(), ShelfError>> {
        self.note(format!("connect {address} {fingerprint} {}", by.name()), ())
    }

    fn search<'a>(
        &'a self,
        query: &'a SearchQuery,
    ) -> BoxFuture<'a, Result<SearchResults, ShelfError>> {
        let _ = query;
        let none = ShelfError {
            rule: "no-marketplace".to_owned(),
            message: "none is known".to_owned(),
            fix: None,
            is_fault: false,
        };
        future::ready(Err(none)).boxed()
    }

    fn offer<'a>(
        &'a self,
        _name: &'a SkillName,
        _version: Option<&'a Version>,
    ) -> BoxFuture<'a, Result<Offer, ShelfError>> {
        future::ready(Ok(self.offer.clone())).boxed()
    }

    fn install<'a>(
        &'a self,
        offer: Digest,
        declined: &'a [String],
        by: &'a Person,
    ) -> BoxFuture<'a, Result<(), ShelfError>> {
        if offer != self.offer.id {
            let unknown = ShelfError {
                rule: "offer.unknown".to_owned(),
                message: "nobody offered this".to_owned(),
                fix: None,
                is_fault: false,
            };
            return future::ready(Err(unknown)).boxed();
        }
        self.note(
            format!("install without {} by {}", declined.join(" "), by.name()),
            (),
        )
    }

    fn update<'a>(&'a self, _name: &'a SkillName) -> BoxFuture<'a, Result<Update, ShelfError>> {
        let newer = Offer {
            version: "1.1.0".parse().unwrap(),
            replaces: Some("1.0.0".parse().unwrap()),
            gained: vec![guildhall_package::market::authority::Wider::Capability {
                capability: guildhall_package::Capability::Network,
            }],
            ..self.offer.clone()
        };
        future::ready(Ok(Update::Newer(Box::new(newer)))).boxed()
    }

    fn consent<'a>(
        &'a self,
        name: &'a SkillName,
        declined: &'a [String],
        by: &'a Person,
    ) -> BoxFuture<'a, Result<Gone, ShelfError>> {
        let gone = Gone {
            void: vec!["0198c0de".to_owned()],
            notes: Vec::new(),
        };
        self.note(
            format!("{name} without {} by {}", declined.join(" "), by.name()),
            gone,
        )
    }

    fn licence<'a>(&'a self, _name: &'a SkillName) -> BoxFuture<'a, Result<Licence, ShelfError>> {
        async {
            Ok(match self.sale.get() {
                Some(sale) => sale.licence().await,
                None => Licence {
                    standing: Licensing::Free,
                    waits: None,
                    paid: Paid::Nothing,
                },
            })
        }
        .boxed()
    }

    fn price<'a>(&'a self, _name: &'a SkillName) -> BoxFuture<'a, Result<Price, ShelfError>> {
        let sale = self.sale.get();
        let price = sale.map_or(Price::Free, |sale| sale.price.lock().unwrap().clone());
        future::ready(Ok(price)).boxed()
    }

    fn buy<'a>(
        &'a self,
        wanted: Wanted<'a>,
        _by: &'a Person,
    ) -> BoxFuture<'a, Result<Bought, ShelfError>> {
        async move {
            match self.sale.get() {
                Some(sale) => sale.buy(wanted.price).await,
                None => Ok(Bought::Free),
            }
        }
        .boxed()
    }

    fn settle(&self) -> BoxFuture<'_, Result<Vec<SkillName>, ShelfError>> {
        async {
            match self.sale.get() {
                Some(sale) if sale.licence().await.paid == Paid::Open => sale.settle(),
                _ => Ok(Vec::new()),
            }
        }
        .boxed()
    }

    fn uninstall<'a>(
        &'a self,
        name: &'a SkillName,
        by: &'a Person,
    ) -> BoxFuture<'a, Result<Gone, ShelfError>> {
        let gone = Gone {
            void: Vec::new(),
            notes: vec!["Charges have stopped.".to_owned()],
        };
        self.note(format!("uninstall {name} by {}", by.name()), gone)
    }
}
