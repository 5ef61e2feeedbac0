//! `messages`: part of the contract; this host does not send messages yet and says so.

use crate::capabilities::bindings::guildhall::skill::{messages, types};
use crate::capabilities::{to_guest, trap};
use crate::guest::{CallFacts, Guest};
use crate::journal::CallClass;
use crate::refusal::{Refusal, RefusalKind};
use guildhall_package::text::plain;

impl messages::Host for Guest {
    async fn stage(
        &mut self,
        message: messages::Message,
    ) -> wasmtime::Result<Result<u32, types::Refusal>> {
        let summary = format!(
            "stage a message to {} by {}",
            plain(&message.recipient, 64),
            plain(&message.channel, 16)
        );
        self.unavailable("messages", "stage", summary)
    }
}

impl Guest {
    /// Answers a call to an interface whose host side does not exist yet.
    pub(in crate::capabilities) fn unavailable<T>(
        &mut self,
        interface: &'static str,
        function: &'static str,
        summary: String,
    ) -> wasmtime::Result<Result<T, types::Refusal>> {
        let open = self.record.begin().map_err(trap)?;
        let refusal = Refusal::new(
            RefusalKind::Unavailable,
            format!("{interface}.unavailable"),
            format!("this host does not serve `{interface}` yet; nothing was staged"),
        )
        .with_fix("use a host version that serves it; the skill has to do without until then");
        let answer = to_guest(&refusal);
        let facts = CallFacts {
            interface,
            function,
            class: CallClass::Staged,
            summary,
            request: Vec::new(),
            response: Vec::new(),
            bytes_in: 0,
            bytes_out: 0,
        };
        self.record.end(open, facts, Some(&refusal));
        Ok(Err(answer))
    }
}
