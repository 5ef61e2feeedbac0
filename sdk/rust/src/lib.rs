#![doc = include_str!("../README.md")]

pub mod context;
pub mod currency;
pub mod date;
pub mod files;
pub mod log;
pub mod messages;
pub mod money;
pub mod network;
pub mod payments;
pub mod refusal;
pub mod state;
pub mod text;
pub mod types;

#[cfg(not(target_arch = "wasm32"))]
pub mod testing;

mod bindings;
mod host;
mod panic_hook;

pub use currency::Currency;
pub use date::Date;
pub use money::{Money, MoneyError};
pub use refusal::{Refusal, RefusalKind};
#[cfg(feature = "decimal")]
pub use rust_decimal;

/// Turns the WIT world of the crate into a skill.
///
/// The world stands in `wit/world.wit` and **only exports**: each exported function is an operation. It may use
/// the contract's types, which the SDK brings along:
///
/// ```wit
/// package acme:greeter@0.1.0;
///
/// world greeter {
///     use guildhall:skill/types@1.0.0.{money};
///     /// Greets one person.
///     export greet: func(name: string) -> string;
/// }
/// ```
///
/// The macro makes a module `bindings` with the trait `Guest` (and, for exported interfaces, one below
/// `bindings::exports`) and the world's types, and exports the given type as the skill:
///
/// ```ignore
/// use bindings::Guest;
///
/// struct Greeter;
/// guildhall_sdk::skill!(Greeter);
///
/// impl Guest for Greeter {
///     fn greet(name: String) -> String {
///         format!("Good morning, {name}")
///     }
/// }
/// ```
///
/// Options, after the type: `path: "wit"` (folder of the WIT, relative to the crate), `world: "name"` (when the
/// package has several worlds), `derives: [serde::Serialize]` (for the world's own types; `Debug`, `Clone` and
/// `PartialEq` are always there).
///
/// What no host would serve is refused at compile time with what to do instead: imports, async functions,
/// resources, streams, futures, maps, fixed-length lists.
pub use guildhall_sdk_macros::skill;

/// For the code that `skill!` writes. No part of the public interface.
#[doc(hidden)]
pub mod __private {
    pub use crate::panic_hook::install as install_panic_hook;
    pub use wit_bindgen::rt;
    pub use wit_bindgen::rt::bitflags;
}
