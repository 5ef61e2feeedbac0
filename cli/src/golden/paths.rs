//! Places that a case names, and how far they may lie.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

/// Resolves what a case names, relative to its folder, and remembers all of it.
#[derive(Debug)]
pub struct Paths {
    folder: PathBuf,
    /// Nothing outside this folder can be named; none for cases of whoever runs them.
    within: Option<PathBuf>,
    named: RefCell<BTreeSet<PathBuf>>,
}

impl Paths {
    /// For the author's own cases: they may name anything on this machine.
    #[must_use]
    pub fn anywhere(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            within: None,
            named: RefCell::default(),
        }
    }

    /// For a stranger's cases: whatever they name lies in `within`. That folder must hold no links, for the names are
    /// compared as they are written.
    #[must_use]
    pub fn within(folder: &Path, within: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            within: Some(normal(within)),
            named: RefCell::default(),
        }
    }

    /// The case's folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The place that the case calls `path`. Absolute, because grants are.
    ///
    /// # Errors
    /// If it lies outside what may be named.
    pub fn named(&self, path: &str) -> Result<PathBuf, String> {
        let absolute = std::path::absolute(self.folder.join(path))
            .map(|path| normal(&path))
            .map_err(|error| format!("{path}: {error}"))?;
        if let Some(within) = &self.within
            && !absolute.starts_with(within)
        {
            return Err(format!(
                "{path} lies outside what was published; a case may read what is in the skill's folder or beside it"
            ));
        }
        self.named.borrow_mut().insert(absolute.clone());
        Ok(absolute)
    }

    /// Everything that was named so far.
    #[must_use]
    pub fn all_named(&self) -> BTreeSet<PathBuf> {
        self.named.borrow().clone()
    }
}

/// An absolute path without `.` and `..`, as it is written: links are not looked at.
#[must_use]
pub fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_case_of_the_author_names_what_it_likes() {
        let paths = Paths::anywhere(Path::new("/skill/golden/a"));
        assert_eq!(
            paths.named("../../sample/x.xml"),
            Ok(PathBuf::from("/skill/sample/x.xml"))
        );
        assert_eq!(
            paths.named("/etc/hostname"),
            Ok(PathBuf::from("/etc/hostname"))
        );
        assert_eq!(paths.all_named().len(), 2);
    }

    #[test]
    fn a_case_of_a_stranger_names_nothing_outside() {
        let paths = Paths::within(Path::new("/r/skill/golden/a"), Path::new("/r"));
        for inside in [
            "x",
            "../b/x",
            "../../sample",
            "../../../invoices",
            "./a/../b",
        ] {
            assert!(paths.named(inside).unwrap().starts_with("/r"), "{inside}");
        }
        for outside in [
            "/etc/passwd",
            "../../../../etc/passwd",
            "x/../../../../../home",
            "/r/../root",
            "/rx",
        ] {
            assert!(paths.named(outside).is_err(), "{outside}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_written_stays_inside(parts in prop::collection::vec("[a./]{0,4}", 0..12)) {
            let paths = Paths::within(Path::new("/r/skill/golden/a"), Path::new("/r"));
            if let Ok(path) = paths.named(&parts.join("/")) {
                prop_assert!(path.starts_with("/r"), "{}", path.display());
                prop_assert!(!path.components().any(|part| part == Component::ParentDir));
            }
        }
    }
}
