//! Licences of paid skills: bought through the host's own payments, kept beside what is known of the marketplace, and looked at
//! before a skill runs. A licence is no copy protection; it says what was bought, and this command keeps to it.
//!
//! ```text
//! marketplaces/HOST_PORT/licences/PUBLISHER/SKILL/ORDER.order      what the marketplace asked for, as it signed it
//! marketplaces/HOST_PORT/licences/PUBLISHER/SKILL/ORDER.licence    what it gave for the payment
//! marketplaces/HOST_PORT/licences/PUBLISHER/SKILL/ORDER.credit     what it gave back
//! marketplaces/HOST_PORT/licences/PUBLISHER/SKILL/ORDER.refusal    why it does not take the payment
//! marketplaces/HOST_PORT/licences/PUBLISHER/SKILL/cancelled        no further month: this machine pays nothing more for it, but for
//!                                                                  what was ordered anew since and is licensed
//! marketplaces/HOST_PORT/licences/seen                             the latest time that a paid skill ran at
//! ```

mod ask;
mod buy;
mod gate;
mod present;
mod stop;
mod store;

pub use ask::{Merchant, Seller, refetch, refund};
pub use buy::{Bought, Deciders, Wanted, buy, unwanted};
pub use gate::{Gate, Judged, look, require, standing_words};
pub use present::{Unlicensed, paid_back, present_paid, unlicensed, waiting};
pub use stop::{Stopped, say_stopped, stop, stopped_lines};
pub use store::{Kept, KeptOrder};
