//! How a document's fields and rules are called.

/// Something that a document says.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The term of the standard, for example `BT-27`; a UBL element where the standard has no terms.
    pub term: &'static str,
    /// The rule that is broken without it, for example `BR-06`.
    pub rule: &'static str,
    /// What a person calls it. `{place}` stands for where it is ([`Draft::within`](crate::Draft::within)); without it the place
    /// comes first.
    pub name: &'static str,
    /// Where it is written, for example `PaymentTerms/Note`; empty if it is only read.
    pub path: &'static str,
}

impl Field {
    /// The same, written elsewhere.
    #[must_use]
    pub const fn to(self, path: &'static str) -> Self {
        Field { path, ..self }
    }

    /// The same, where its rule is about something else.
    #[must_use]
    pub const fn without_rule(self) -> Self {
        Field { rule: "", ..self }
    }
}

/// What has to hold, and what is said if it does not.
#[derive(Clone, Copy, Debug)]
pub struct Rule<'r> {
    /// The term that has to be put right.
    pub term: &'r str,
    /// What the standard calls it.
    pub rule: &'r str,
    /// A sentence: what is wrong and what to write. `{place}` as in [`Field::name`], `{}` for each thing that is passed.
    pub message: &'r str,
}

impl<'r> Rule<'r> {
    /// The same rule about another term.
    #[must_use]
    pub const fn about(self, term: &'r str) -> Self {
        Rule { term, ..self }
    }

    /// The same under another name.
    #[must_use]
    pub const fn named(self, rule: &'r str) -> Self {
        Rule { rule, ..self }
    }
}

/// A table of fields, one a line: name of the constant, term, rule, what a person calls it, where it is written.
#[macro_export]
macro_rules! fields {
    ($($constant:ident: $term:literal $rule:literal $name:literal $path:literal;)*) => {
        $(
            #[doc = $name]
            pub const $constant: $crate::Field = $crate::Field { term: $term, rule: $rule, name: $name, path: $path };
        )*
    };
}

/// A table of rules, one a line: name of the constant, term, rule, sentence.
#[macro_export]
macro_rules! rules {
    ($($constant:ident: $term:literal $rule:literal $message:literal;)*) => {
        $(
            #[doc = $message]
            pub const $constant: $crate::Rule<'static> = $crate::Rule { term: $term, rule: $rule, message: $message };
        )*
    };
}
