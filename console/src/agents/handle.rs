//! Handles of runs: an agent can only ask about a run that it was given the handle of.
//!
//! A handle is the run's identifier with a code under a key of the host, made for one agent. It needs no table, outlives every
//! process, and nobody can make one for a run of somebody else.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use guildhall_host::SecretKey32;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Bytes of the code.
const CODE: usize = 16;
/// Longest identifier of a run.
const MAX_RUN: usize = 64;

/// The handle is none, or one of somebody else's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no run of yours with this handle; give the handle that the tool's answer named")]
pub struct NotYours;

/// Makes and opens handles.
#[derive(Debug, Clone)]
pub struct Handles(SecretKey32);

impl Handles {
    /// With this key, which must stay the same for as long as handles shall be good.
    #[must_use]
    pub const fn new(key: SecretKey32) -> Self {
        Self(key)
    }

    /// The handle of a run for one agent.
    #[must_use]
    pub fn seal(&self, agent: &str, run: &str) -> String {
        let code = self.mac(agent, run).finalize().into_bytes();
        let code = code.get(..CODE).unwrap_or_default();
        format!("{run}.{}", URL_SAFE_NO_PAD.encode(code))
    }

    /// The run of a handle.
    ///
    /// # Errors
    /// [`NotYours`] for whatever was not made here for this agent.
    pub fn open<'h>(&self, agent: &str, handle: &'h str) -> Result<&'h str, NotYours> {
        let (run, code) = handle.split_once('.').ok_or(NotYours)?;
        if run.is_empty() || run.len() > MAX_RUN {
            return Err(NotYours);
        }
        let code = URL_SAFE_NO_PAD.decode(code).map_err(|_| NotYours)?;
        if code.len() != CODE {
            return Err(NotYours);
        }
        // Compared in constant time.
        self.mac(agent, run)
            .verify_truncated_left(&code)
            .map_err(|_| NotYours)?;
        Ok(run)
    }

    /// A key for another purpose that has to be the same wherever handles are.
    #[must_use]
    pub fn key(&self, purpose: &str) -> SecretKey32 {
        let mut mac = self.keyed();
        for part in ["guildhall agents key 1", purpose] {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part.as_bytes());
        }
        SecretKey32::from_bytes(&mac.finalize().into_bytes().into())
    }

    fn mac(&self, agent: &str, run: &str) -> Hmac<Sha256> {
        let mut mac = self.keyed();
        for part in ["guildhall run handle 1", agent, run] {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part.as_bytes());
        }
        mac
    }

    fn keyed(&self) -> Hmac<Sha256> {
        // HMAC takes keys of every length.
        <Hmac<Sha256> as KeyInit>::new_from_slice(self.0.expose())
            .unwrap_or_else(|_| <Hmac<Sha256> as KeyInit>::new(&Default::default()))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn handles(byte: u8) -> Handles {
        Handles::new(SecretKey32::from_bytes(&[byte; 32]))
    }

    const RUN: &str = "0198c0de-f00d-7000-8000-000000000001";

    #[test]
    fn a_handle_is_good_for_its_agent_and_its_run_alone() {
        let own = handles(1);
        let handle = own.seal("stdio", RUN);
        assert_eq!(own.open("stdio", &handle), Ok(RUN));
        assert_eq!(own.open("token:a", &handle), Err(NotYours));
        assert_eq!(handles(2).open("stdio", &handle), Err(NotYours));
        let other = handle.replace("0001.", "0002.");
        assert_eq!(own.open("stdio", &other), Err(NotYours));
        for wrong in [
            "",
            ".",
            RUN,
            &format!("{RUN}."),
            &format!("{RUN}.AA"),
            &format!("{handle}A"),
        ] {
            assert_eq!(own.open("stdio", wrong), Err(NotYours), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_a_handle_by_chance(text in ".{0,120}", agent in ".{0,20}") {
            prop_assert_eq!(handles(1).open(&agent, &text), Err(NotYours));
        }

        #[test]
        fn parts_can_not_be_moved_between_agent_and_run(a in "[a-z:]{1,10}", b in "[a-z]{1,10}", run in "[a-f0-9-]{1,40}") {
            let own = handles(1);
            let handle = own.seal(&format!("{a}{b}"), &run);
            let moved = format!("{b}{handle}");
            prop_assert!(own.open(&a, &moved).is_err());
        }
    }
}
