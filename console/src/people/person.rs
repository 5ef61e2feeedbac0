//! A person, and what a person may do. No other part of the console can make one: it follows from a session, or from a token
//! that a person made for a program that stands in for people.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a person is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Sees everything, changes nothing.
    Viewer,
    /// Runs skills and sees everything. Approves nothing.
    Operator,
    /// Decides what runs want to do, and sees everything.
    Approver,
    /// All of it, and people, agents, secrets and data besides.
    Owner,
}

/// What a page or an action needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Right {
    /// To look.
    View,
    /// To install, to set and to run skills.
    Operate,
    /// To decide about effects, and to give mandates.
    Approve,
    /// To change who may do what, what agents reach, secrets, channels and data.
    Own,
}

impl Role {
    /// All of them, the least first.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Operator, Self::Approver, Self::Owner];

    /// Whether this role has that right.
    #[must_use]
    pub const fn may(self, right: Right) -> bool {
        match self {
            Self::Owner => true,
            Self::Approver => matches!(right, Right::View | Right::Approve),
            Self::Operator => matches!(right, Right::View | Right::Operate),
            Self::Viewer => matches!(right, Right::View),
        }
    }

    /// Its name, as it is stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Approver => "approver",
            Self::Operator => "operator",
            Self::Viewer => "viewer",
        }
    }

    /// What it means, in one sentence.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Owner => "Does everything, and decides who else may.",
            Self::Approver => "Decides what runs want to do. Does not start them.",
            Self::Operator => "Installs and runs skills. Approves nothing.",
            Self::Viewer => "Sees everything. Changes nothing.",
        }
    }
}

impl Right {
    /// What somebody without it is told.
    #[must_use]
    pub const fn missing(self) -> &'static str {
        match self {
            Self::View => "you may not see this",
            Self::Operate => "this takes an operator or an owner",
            Self::Approve => "this takes an approver or an owner",
            Self::Own => "this takes an owner",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What is no role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a role is owner, approver, operator or viewer")]
pub struct NoRole;

impl FromStr for Role {
    type Err = NoRole;

    fn from_str(text: &str) -> Result<Self, NoRole> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or(NoRole)
    }
}

/// Which person: a UUID, the same for ever.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct PersonId(String);

impl PersonId {
    /// A new one.
    pub(crate) fn new() -> Self {
        Self(uuid::Uuid::now_v7().to_string())
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for PersonId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        Ok(Self(text.parse::<uuid::Uuid>()?.to_string()))
    }
}

/// A person who was recognised in this request. Its fields are private, and only `people/` makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    id: PersonId,
    name: String,
    role: Role,
}

impl Person {
    pub(in crate::people) const fn recognised(id: PersonId, name: String, role: Role) -> Self {
        Self { id, name, role }
    }

    /// Which one.
    #[must_use]
    pub const fn id(&self) -> &PersonId {
        &self.id
    }

    /// What people and the audit log call this person.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The role, as of this request.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// Whether this person has that right.
    #[must_use]
    pub const fn may(&self, right: Right) -> bool {
        self.role.may(right)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Written out, so that a change of the table is a change of this test.
    #[test]
    fn each_role_has_the_rights_of_the_table_and_no_other() {
        let rights = [Right::View, Right::Operate, Right::Approve, Right::Own];
        let table = [
            (Role::Viewer, [true, false, false, false]),
            (Role::Operator, [true, true, false, false]),
            (Role::Approver, [true, false, true, false]),
            (Role::Owner, [true, true, true, true]),
        ];
        for (role, expected) in table {
            assert_eq!(rights.map(|right| role.may(right)), expected, "{role}");
        }
    }

    #[test]
    fn a_role_is_read_as_it_is_written_and_nothing_else_is_one() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse::<Role>(), Ok(role));
        }
        for other in ["", "Owner", "owner ", "admin", "root"] {
            assert_eq!(other.parse::<Role>(), Err(NoRole), "{other:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_an_identifier_has_one_spelling(text in "[0-9a-fA-F-]{32,40}|.{0,40}") {
            if let Ok(id) = text.parse::<PersonId>() {
                prop_assert_eq!(id.as_str().parse::<PersonId>().unwrap(), id.clone());
                prop_assert_eq!(id.as_str().len(), 36);
            }
        }
    }
}
