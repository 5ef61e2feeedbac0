//! JSON Schema 2020-12 of operations.

use serde_json::{Value, json};

use crate::component::Param;
use crate::model::Type;

pub(crate) fn input(_params: &[Param]) -> Value {
    json!({})
}

pub(crate) fn output(_ty: Option<&Type>) -> Value {
    json!({})
}
