//! What the skills that make documents have alike around them.

use crate::problem::Problems;

/// Makes one of each, or says of each that there are too many of them.
pub fn each<G, A, E: From<Problems>>(
    most: usize,
    what: &str,
    given: &[G],
    make: impl Fn(&G) -> Result<A, E>,
) -> Vec<Result<A, E>> {
    let too_many = given.len() > most;
    let answer = |each: &G| {
        if too_many {
            let message = format!("At most {most} {what} are made at once: pass fewer.");
            return Err(Problems::one("document", message).into());
        }
        make(each)
    };
    given.iter().map(answer).collect()
}

/// Makes the `Invalid` and `WriteError` of a skill's `bindings` from what goes wrong here and with a file.
#[macro_export]
macro_rules! bind {
    ($bindings:ident) => {
        impl From<$crate::Problems> for $bindings::Invalid {
            fn from(problems: $crate::Problems) -> Self {
                let (message, problems) = problems.finish();
                let problem = |problem: $crate::Problem| $bindings::Problem {
                    term: problem.term,
                    rule: problem.rule,
                    message: problem.message,
                };
                Self {
                    message,
                    problems: problems.into_iter().map(problem).collect(),
                }
            }
        }

        impl From<$bindings::Invalid> for $bindings::WriteError {
            fn from(invalid: $bindings::Invalid) -> Self {
                Self::Invalid(invalid)
            }
        }

        impl From<guildhall_sdk::Refusal> for $bindings::WriteError {
            fn from(refusal: guildhall_sdk::Refusal) -> Self {
                Self::NotWritable(refusal.to_string())
            }
        }
    };
}
