//! Where a person decides about what an agent proposed.

use jiff::Timestamp;

/// The place to point people to.
#[derive(Debug, Clone)]
pub enum Approvals {
    /// The command line: the program's name with what it needs, `guildhall`.
    Command(String),
    /// A console: its address as people reach it, without a slash at the end.
    Console(String),
}

impl Approvals {
    /// The page of a run's card, if people decide on pages.
    #[must_use]
    pub fn card(&self, run: &str) -> Option<String> {
        match self {
            Self::Command(_) => None,
            Self::Console(public) => Some(format!("{public}/approvals/{run}")),
        }
    }

    /// What a person has to do, and by when.
    #[must_use]
    pub fn words(&self, run: &str, expires_at_ms: Option<i64>) -> String {
        let how = match self {
            Self::Command(program) => {
                format!("A person decides with: {program} approvals show {run}")
            }
            Self::Console(public) => format!("A person decides at: {public}/approvals/{run}"),
        };
        match expires_at_ms.and_then(|at| Timestamp::from_millisecond(at).ok()) {
            Some(at) => format!("{how}\nUntil {at:.0} (UTC); then it is rejected."),
            None => how,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_told_where_and_until_when() {
        let command = Approvals::Command("guildhall".to_owned());
        assert_eq!(
            command.words("0198", Some(1_000)),
            "A person decides with: guildhall approvals show 0198\nUntil 1970-01-01T00:00:01Z (UTC); then it is rejected."
        );
        let console = Approvals::Console("http://localhost:1".to_owned());
        assert_eq!(
            console.card("0198").as_deref(),
            Some("http://localhost:1/approvals/0198")
        );
        assert!(
            console
                .words("0198", None)
                .ends_with("http://localhost:1/approvals/0198")
        );
        assert_eq!(command.card("0198"), None);
    }
}
