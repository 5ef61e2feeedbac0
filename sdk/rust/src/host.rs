//! Who answers the skill's calls: the real host in a component, the fake host in a unit test.

#[cfg(target_arch = "wasm32")]
pub(crate) use crate::bindings::guildhall::skill::{
    context, files, log, messages, network, payments, state,
};

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use crate::testing::serve::{context, files, log, messages, network, payments, state};
