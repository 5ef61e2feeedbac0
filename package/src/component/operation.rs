//! Exported functions as operations.

use serde_json::Value;

use crate::model::Type;

/// One exported function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Name by which it is called: the function's name in kebab-case, with its interface in front
    /// (`interface.function`) where another export has the same one.
    pub name: String,
    /// Documentation: untrusted text.
    pub doc: Option<String>,
    /// Where the component exports it.
    pub export: ExportPath,
    /// Parameters, in the component's order. Empty if unsupported.
    pub params: Vec<Param>,
    /// What it returns. Empty if unsupported.
    pub result: OpResult,
    /// Why it cannot be called, if it cannot: which type or kind of function, and what to use instead.
    pub unsupported: Option<String>,
}

/// Where a component exports a function.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ExportPath {
    /// Full name of the exported instance as in the bytes (`local:rates/api@1.0.0`), or none for a function of the world.
    pub interface: Option<String>,
    /// Name of the function as in the bytes.
    pub function: String,
}

/// A parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Param {
    /// JSON name, snake_case.
    pub name: String,
    /// Name in the component, kebab-case.
    pub wit_name: String,
    /// Type.
    pub ty: Type,
}

/// What an operation returns. A top-level `result<T, E>` is split into output and typed failure.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OpResult {
    /// Type of the output; none if there is no output.
    pub ok: Option<Type>,
    /// None: the function returns no `result` and cannot fail by itself. Some: the failure's type, if it has one.
    pub err: Option<Option<Type>>,
}

impl Operation {
    /// JSON Schema 2020-12 of the input object, keyed by parameter name.
    #[must_use]
    pub fn input_schema(&self) -> Value {
        crate::schema::input(&self.params)
    }

    /// JSON Schema 2020-12 of the output; the schema of null if there is none.
    #[must_use]
    pub fn output_schema(&self) -> Value {
        crate::schema::output(self.result.ok.as_ref())
    }

    /// JSON Schema 2020-12 of the typed failure; none if the operation cannot fail by itself.
    #[must_use]
    pub fn failure_schema(&self) -> Option<Value> {
        self.result
            .err
            .as_ref()
            .map(|err| crate::schema::output(err.as_ref()))
    }
}
