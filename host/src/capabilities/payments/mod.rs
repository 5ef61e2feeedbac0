//! `payments`: orders are checked and staged here, held and posted by the ledger, carried out by a rail.

mod bank_file;
mod effect;
mod glue;
mod order;
pub mod pain001;
mod plan;
mod rail;

pub(crate) use bank_file::bank_file_bytes;
pub use pain001::Pain001Error;

pub(crate) use effect::{perform_payment, recover_payment, waits};
pub(crate) use order::check_order;
pub(crate) use plan::Ground;
pub use rail::{PaymentRail, RailOrder, RailReply};
pub(crate) use rail::{Rails, built_in};

use crate::effects::Payment;
use crate::money::Purse;

/// The payments of one run.
#[derive(Debug, Default)]
pub(crate) struct PaymentsView {
    /// What this invocation grants, less what it has staged.
    purse: Purse,
    staged: Vec<StagedPayment>,
}

/// One staged order.
#[derive(Debug, Clone)]
pub(crate) struct StagedPayment {
    pub(crate) effect: u32,
    pub(crate) requires: Vec<u32>,
    pub(crate) payment: Payment,
}

impl PaymentsView {
    pub(crate) fn new(purse: Purse) -> Self {
        Self {
            purse,
            staged: Vec::new(),
        }
    }

    /// What was staged, in order.
    pub(crate) fn take(&mut self) -> Vec<StagedPayment> {
        std::mem::take(&mut self.staged)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.staged.is_empty()
    }
}
