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
use guildhall_host::words::PLACE;
use guildhall_package::text::plain;
use std::path::{Component, Path, PathBuf};

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
    Outputs::of(config).inside(folder).is_some()
}

/// Where what runs write lies, as the system names it.
#[derive(Debug, Clone, Default)]
pub struct Outputs(Option<PathBuf>);

impl Outputs {
    /// Of a console; nowhere as long as nothing was written.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        Self(outputs(config).canonicalize().ok())
    }

    fn inside<'a>(&self, path: &'a Path) -> Option<&'a Path> {
        path.strip_prefix(self.0.as_ref()?).ok()
    }

    /// How a page names a place among them; none for every other place.
    #[must_use]
    pub fn named(&self, path: &Path) -> Option<String> {
        let inside = self.inside(path)?;
        let is_plain = inside
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        let inside = inside
            .to_str()
            .filter(|inside| is_plain && !inside.is_empty())?;
        Some(format!("the console's outputs: {}", plain(inside, PLACE)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_in_the_folder_for_outputs_is_named_by_it() {
        let outputs = Outputs(Some(PathBuf::from("/srv/console/outputs")));
        let named = |path: &str| outputs.named(Path::new(path));
        assert_eq!(
            named("/srv/console/outputs/7/out/a.csv").as_deref(),
            Some("the console's outputs: 7/out/a.csv")
        );
        for other in [
            "/srv/console/outputs",
            "/srv/console/outputs2/a.csv",
            "/srv/console/outputs/../state/a",
            "/srv/books/console/outputs/a.csv",
            "outputs/a.csv",
        ] {
            assert_eq!(named(other), None, "{other}");
        }
        assert_eq!(Outputs::default().named(Path::new("/a")), None);
    }
}
