//! `payments`: part of the contract; this host does not stage payments yet and says so.

use crate::capabilities::bindings::guildhall::skill::{payments, types};
use crate::guest::Guest;
use guildhall_package::text::plain;

impl payments::Host for Guest {
    async fn stage(
        &mut self,
        order: payments::Order,
    ) -> wasmtime::Result<Result<u32, types::Refusal>> {
        let summary = format!(
            "stage a payment to {}:{}",
            plain(&order.payee.scheme, 16),
            plain(&order.payee.id, 64)
        );
        self.unavailable("payments", "stage", summary)
    }
}
