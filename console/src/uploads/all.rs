//! Every file of every run, removed at once: when everything is deleted.

use crate::config::Config;
use std::io;

/// Removes what was given to runs and what they wrote into folders of the console. What is gone already is gone.
///
/// # Errors
/// If something of it can't be removed.
pub(crate) fn remove_all(config: &Config) -> io::Result<()> {
    for folder in [super::uploads(config), super::outputs(config)] {
        match std::fs::remove_dir_all(folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}
