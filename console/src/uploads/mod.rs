//! Files that people give to runs, and folders for what runs write. Both lie beside the host's state folder, never in it: no
//! skill reaches into that.
//!
//! ```text
//! console/uploads/RUN/NAME/   given to one run, readable by it alone under NAME; removed with the run
//! console/outputs/RUN/NAME/   what the run wrote, once it was approved; removed if nothing was written
//! ```

mod all;
mod folder;
mod sweep;

pub(crate) use all::remove_all;
pub use folder::{Folder, TakeError};
pub(crate) use sweep::follow;
pub use sweep::sweep;

use crate::config::Config;
use std::path::{Path, PathBuf};

/// Where files of runs are.
fn root(config: &Config) -> PathBuf {
    config.state.with_file_name("console")
}

fn uploads(config: &Config) -> PathBuf {
    root(config).join("uploads")
}

fn outputs(config: &Config) -> PathBuf {
    root(config).join("outputs")
}

/// Whether a folder is one that this console made for what runs write.
#[must_use]
pub fn is_output(config: &Config, folder: &Path) -> bool {
    outputs(config)
        .canonicalize()
        .is_ok_and(|outputs| folder.starts_with(outputs))
}
