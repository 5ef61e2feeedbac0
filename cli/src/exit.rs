//! How the command ends: one number for each kind of ending, so that scripts can tell them apart.

use guildhall_host::RunStatus;

/// Exit codes of `guildhall`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done,
    /// The skill's own typed failure, a failing golden case, a build that does not compile.
    Failed,
    /// The command line, the input or a name in it can't be used.
    Usage,
    /// Waits for a person, or a person said no.
    NotApproved,
    /// Refused by a rule, trapped by a limit, or cancelled.
    Refused,
    /// Something is not what it was recorded to be.
    Unverified,
    /// Some effects are done and others not, or nobody knows.
    Partial,
    /// Our fault.
    Fault,
}

/// The table that help and documentation show.
pub const TABLE: &str = "\
Exit codes:
  0   done
  1   the skill's own failure, a golden case that differs, a build that does not compile
  2   wrong usage: arguments, input, or an operation that does not exist
  3   waiting for approval, or rejected
  4   refused by a rule, stopped by a limit, or cancelled
  5   verification failed
  6   done in part, or the outcome is not known
  70  a fault of guildhall itself";

impl Exit {
    /// The number the process ends with.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NotApproved => 3,
            Self::Refused => 4,
            Self::Unverified => 5,
            Self::Partial => 6,
            Self::Fault => 70,
        }
    }

    /// The ending that a run's status stands for.
    #[must_use]
    pub const fn of_run(status: RunStatus) -> Self {
        match status {
            RunStatus::Completed | RunStatus::Committed => Self::Done,
            RunStatus::Failed => Self::Failed,
            RunStatus::AwaitingApproval | RunStatus::Rejected => Self::NotApproved,
            RunStatus::Refused | RunStatus::Trapped | RunStatus::Cancelled => Self::Refused,
            RunStatus::Partial | RunStatus::Unknown => Self::Partial,
            // No caller is handed an outcome in these two.
            RunStatus::Running | RunStatus::Committing => Self::Fault,
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_ends_with_the_number_that_the_help_lists() {
        let expected = [
            (RunStatus::Completed, 0),
            (RunStatus::Committed, 0),
            (RunStatus::Failed, 1),
            (RunStatus::AwaitingApproval, 3),
            (RunStatus::Rejected, 3),
            (RunStatus::Refused, 4),
            (RunStatus::Trapped, 4),
            (RunStatus::Cancelled, 4),
            (RunStatus::Partial, 6),
            (RunStatus::Unknown, 6),
            (RunStatus::Running, 70),
            (RunStatus::Committing, 70),
        ];
        for (status, code) in expected {
            assert_eq!(Exit::of_run(status).code(), code, "{status:?}");
            assert!(TABLE.contains(&format!("  {code} ")), "{code}");
        }
    }
}
