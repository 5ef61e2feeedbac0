//! What a token has to be for, by the method that is asked.

use super::helper;
use crate::agents::Scope;
use serde::Deserialize;

/// A request, as far as that depends on it.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    method: String,
    #[serde(default)]
    params: Named,
}

#[derive(Debug, Default, Deserialize)]
struct Named {
    #[serde(default)]
    name: Option<String>,
}

impl Asked {
    /// What it takes; none: every token may ask it.
    #[must_use]
    pub fn takes(&self) -> Option<Scope> {
        needed(&self.method, self.params.name.as_deref())
    }
}

/// What a method takes. `name` is that of the tool, if it calls one.
#[must_use]
pub fn needed(method: &str, name: Option<&str>) -> Option<Scope> {
    match method {
        "tools/call" if name == Some(helper::NAME) => Some(Scope::ReadRuns),
        "tasks/get" | "tasks/update" => Some(Scope::ReadRuns),
        "tools/call" | "tasks/cancel" | "resources/list" | "resources/read" => {
            Some(Scope::CallTools)
        }
        _ => None,
    }
}
