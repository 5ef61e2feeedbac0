//! Consent: what a merchant allows an installed skill, as it is asked for on a terminal. Its parts and their words are the
//! console's.

mod page;

use crate::error::CliError;

pub use guildhall_console::consent::{Ask, Standing, asks, consent, standing};
pub use page::{asked_lines, difference_lines, page};

/// Names of the parts that `given` declines: names of parts, or of capabilities for all optional parts of one.
///
/// # Errors
/// If there is no such part, or the skill can't do without it.
pub fn declined(asks: &[Ask], given: &[String]) -> Result<Vec<String>, CliError> {
    guildhall_console::consent::declined(asks, given).map_err(|error| {
        let told = CliError::usage(error.to_string()).kind(error.rule());
        match error.fix() {
            Some(fix) => told.fix(fix),
            None => told,
        }
    })
}
