//! What a token is for. A token can be for less than its agent may do, and never for more.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// One thing that a token can be for. None of them approves anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Runs skills with what the agent was granted, and takes back what its runs propose.
    CallTools,
    /// Tells of the agent's own runs.
    ReadRuns,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::CallTools, Self::ReadRuns];

    /// The word that programs use.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::CallTools => "tools:call",
            Self::ReadRuns => "runs:read",
        }
    }

    /// What a token without it does not do, in a sentence for a program.
    #[must_use]
    pub const fn missing(self) -> &'static str {
        match self {
            Self::CallTools => "this token is for looking only: it runs nothing",
            Self::ReadRuns => "this token does not tell of runs",
        }
    }

    fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.word() == word)
    }
}

/// What a token is for: at least one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scopes(BTreeSet<Scope>);

/// Words that are no scopes, or none at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the scopes are tools:call and runs:read")]
pub struct NoScopes;

impl Scopes {
    /// Everything that a token can be for.
    #[must_use]
    pub fn all() -> Self {
        Self(Scope::ALL.into_iter().collect())
    }

    /// Whether it is for this.
    #[must_use]
    pub fn has(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    /// What an agent with these does, in a sentence for a person.
    #[must_use]
    pub fn words(&self) -> &'static str {
        match (self.has(Scope::CallTools), self.has(Scope::ReadRuns)) {
            (true, true) => "It runs its skills, and sees its own runs.",
            (true, false) => "It runs its skills, and sees none of its runs afterwards.",
            (false, _) => "It sees its own runs, and runs nothing.",
        }
    }

    /// Whether another one has all of these.
    #[must_use]
    pub fn within(&self, other: &Self) -> bool {
        self.0.is_subset(&other.0)
    }
}

impl FromStr for Scopes {
    type Err = NoScopes;

    /// Reads words with spaces between them.
    fn from_str(text: &str) -> Result<Self, NoScopes> {
        let scopes: Option<BTreeSet<Scope>> = text
            .split_ascii_whitespace()
            // Clients ask for it by habit; here every token can be renewed.
            .filter(|word| *word != "offline_access")
            .map(Scope::of)
            .collect();
        scopes
            .filter(|scopes| !scopes.is_empty())
            .map(Self)
            .ok_or(NoScopes)
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, scope) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            f.write_str(scope.word())?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_are_scopes_and_nothing_else_is() {
        let both: Scopes = "runs:read  tools:call offline_access".parse().unwrap();
        assert_eq!(both, Scopes::all());
        assert_eq!(both.to_string(), "tools:call runs:read");
        let looks: Scopes = "runs:read".parse().unwrap();
        assert!(looks.has(Scope::ReadRuns) && !looks.has(Scope::CallTools));
        assert!(looks.within(&both) && !both.within(&looks));
        for wrong in [
            "",
            "offline_access",
            "tools:call approvals:decide",
            "TOOLS:CALL",
        ] {
            assert_eq!(wrong.parse::<Scopes>(), Err(NoScopes), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_as_it_was(text in "(tools:call|runs:read| |x|offline_access){0,6}") {
            if let Ok(scopes) = text.parse::<Scopes>() {
                prop_assert_eq!(scopes.to_string().parse::<Scopes>(), Ok(scopes));
            }
        }
    }
}
