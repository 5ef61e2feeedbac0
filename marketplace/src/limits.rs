//! How often somebody may ask: by client address and by account.

use std::net::IpAddr;

use guildhall_web::limits::Rate;
pub use guildhall_web::limits::{client, network};

use crate::config::Limits;
use crate::error::ApiError;

/// Burst of reads as a multiple of what is allowed per second.
const BURST: u32 = 4;

/// The limiters of one process.
#[derive(Debug)]
pub struct RateLimits {
    reads: Rate<IpAddr>,
    logins: Rate<IpAddr>,
    orders: Rate<IpAddr>,
    writes: Rate<String>,
    reports: Rate<IpAddr>,
}

impl RateLimits {
    /// Limiters after the operator's figures.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        let burst = limits.reads_per_second.saturating_mul(BURST);
        Self {
            reads: Rate::per_second(limits.reads_per_second, burst, "requests from your address"),
            logins: Rate::per_minute(limits.logins_per_minute, "attempts from your address"),
            orders: Rate::per_minute(limits.orders_per_minute, "orders from your address"),
            writes: Rate::per_minute(limits.writes_per_minute, "changes by your account"),
            reports: Rate::per_hour(limits.reports_per_hour, "reports from your address"),
        }
    }

    /// A request of this address that needs the database.
    ///
    /// # Errors
    /// 429 if there were too many.
    pub fn read(&self, client: IpAddr) -> Result<(), ApiError> {
        self.reads.check(&network(client))
    }

    /// An attempt to log in or to make an account from this address.
    ///
    /// # Errors
    /// 429 if there were too many.
    pub fn login(&self, client: IpAddr) -> Result<(), ApiError> {
        self.logins.check(&network(client))
    }

    /// A request about money from this address: anybody can make a key and sign with it.
    ///
    /// # Errors
    /// 429 if there were too many.
    pub fn order(&self, client: IpAddr) -> Result<(), ApiError> {
        self.orders.check(&network(client))
    }

    /// A report of abuse from this address.
    ///
    /// # Errors
    /// 429 if there were too many.
    pub fn report(&self, client: IpAddr) -> Result<(), ApiError> {
        self.reports.check(&network(client))
    }

    /// A request of this account that changes something.
    ///
    /// # Errors
    /// 429 if there were too many.
    pub fn write(&self, account: &str) -> Result<(), ApiError> {
        self.writes.check(&account.to_owned())
    }
}
