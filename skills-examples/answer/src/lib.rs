#![doc = include_str!("../README.md")]

use std::borrow::Cow;

/// How far an answer can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Sources of at least two families agree, or a rule that is proved decides.
    Answered,
    /// Sources disagree: there is no value.
    Disputed,
    /// One family of sources only.
    SingleSource,
    /// The newest source is older than the question allows.
    Stale,
    /// Not covered.
    OutOfScope,
}

/// Where a fact comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What it is: a package with its version, a law, a standard.
    pub name: Cow<'static, str>,
    /// Day of the data, `YYYY-MM-DD`.
    pub date: Cow<'static, str>,
    /// SPDX identifier, or in words where there is none.
    pub licence: Cow<'static, str>,
}

impl Source {
    /// A source that a table knows.
    pub const fn new(name: &'static str, date: &'static str, licence: &'static str) -> Self {
        Self {
            name: Cow::Borrowed(name),
            date: Cow::Borrowed(date),
            licence: Cow::Borrowed(licence),
        }
    }
}

/// What one source says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim<V> {
    /// Who found it out: packages that copy from one another are one family.
    pub family: &'static str,
    /// What it says.
    pub value: V,
    /// Where it says so.
    pub source: Source,
}

/// What the sources say together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged<V> {
    /// How far it can be trusted.
    pub status: Status,
    /// What they agree on; none if they do not.
    pub value: Option<V>,
    /// All of them, in the order given, none twice.
    pub sources: Vec<Source>,
    /// Day of the newest; empty without sources.
    pub as_of: String,
}

/// Counts the families that agree. In each family the newest source speaks: a package of 2026 corrects what it said in 2025.
pub fn judge<V: PartialEq>(claims: impl IntoIterator<Item = Claim<V>>) -> Judged<V> {
    let claims: Vec<_> = claims.into_iter().collect();
    let newest_of = |family| {
        let of_family = claims.iter().filter(move |claim| claim.family == family);
        of_family.map(|claim| &claim.source.date).max()
    };
    let (mut speaking, mut sources) = (Vec::new(), Vec::new());
    for claim in &claims {
        add(&mut sources, &claim.source);
        speaking.push(Some(&claim.source.date) == newest_of(claim.family));
    }
    let mut speaking = speaking.into_iter();
    let mut claims = claims;
    claims.retain(|_| speaking.next() == Some(true));

    let mut families = Vec::new();
    let mut agree = true;
    for claim in &claims {
        if !families.contains(&claim.family) {
            families.push(claim.family);
        }
        agree &= claims
            .first()
            .is_some_and(|first| first.value == claim.value);
    }
    let status = match families.len() {
        0 => Status::OutOfScope,
        _ if !agree => Status::Disputed,
        1 => Status::SingleSource,
        _ => Status::Answered,
    };
    let value = claims.into_iter().next().map(|claim| claim.value);
    Judged::of(status, value.filter(|_| agree), sources)
}

impl<V> Judged<V> {
    /// A value that a proved rule decides: a check digit, arithmetic, the text of a law.
    pub fn proved(value: V, sources: Vec<Source>) -> Self {
        Self::of(Status::Answered, Some(value), sources)
    }

    /// No value, because the question is not covered.
    pub fn out_of_scope() -> Self {
        Self::of(Status::OutOfScope, None, Vec::new())
    }

    /// Without its value if the newest source is older than `oldest`, `YYYY-MM-DD`.
    #[must_use]
    pub fn not_older_than(self, oldest: &str) -> Self {
        if self.sources.is_empty() || self.as_of.as_str() >= oldest {
            return self;
        }
        Self {
            status: Status::Stale,
            value: None,
            ..self
        }
    }

    fn of(status: Status, value: Option<V>, sources: Vec<Source>) -> Self {
        // Dates of this form sort as text.
        let newest = sources.iter().map(|source| &source.date).max();
        Self {
            status,
            value,
            as_of: newest.map_or_else(String::new, |date| date.to_string()),
            sources,
        }
    }
}

fn add(sources: &mut Vec<Source>, source: &Source) {
    if !sources.contains(source) {
        sources.push(source.clone());
    }
}

/// Makes the `Status` and `Source` of a skill's `bindings` from those here, and each answer that is named, with the type of its value,
/// from what was judged and why.
#[macro_export]
macro_rules! bind {
    ($bindings:ident $(, $answer:ident($value:ident))*) => {
        impl From<$crate::Status> for $bindings::Status {
            fn from(status: $crate::Status) -> Self {
                match status {
                    $crate::Status::Answered => Self::Answered,
                    $crate::Status::Disputed => Self::Disputed,
                    $crate::Status::SingleSource => Self::SingleSource,
                    $crate::Status::Stale => Self::Stale,
                    $crate::Status::OutOfScope => Self::OutOfScope,
                }
            }
        }

        impl From<$crate::Source> for $bindings::Source {
            fn from(source: $crate::Source) -> Self {
                Self {
                    name: source.name.into_owned(),
                    date: source.date.into_owned(),
                    licence: source.licence.into_owned(),
                }
            }
        }

        $(
            impl From<($crate::Judged<$bindings::$value>, String)> for $bindings::$answer {
                fn from((judged, reason): ($crate::Judged<$bindings::$value>, String)) -> Self {
                    Self {
                        status: judged.status.into(),
                        value: judged.value,
                        sources: judged.sources.into_iter().map(Into::into).collect(),
                        as_of: judged.as_of,
                        reason,
                    }
                }
            }
        )*
    };
}
