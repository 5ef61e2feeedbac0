//! The view and the commit against a model that is a handful of maps.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use bytes::Bytes;
use guildhall_package::{Access, Digest};
use proptest::prelude::*;
use tempfile::TempDir;

use crate::capabilities::files::commit::{CommitResult, WritePlan, check_inputs, perform};
use crate::capabilities::files::folder::FileGrant;
use crate::capabilities::files::view::{EntryKind, FileLimits, FilesView};
use crate::refusal::Refusal;

const PATHS: [&str; 6] = ["a", "b", "d", "d/a", "d/b", "d/e/a"];
const FOLDERS: [&str; 4] = ["", "d", "d/e", "a"];
/// Two grants of one folder.
const GRANTS: [&str; 2] = ["rw", "ro"];

#[derive(Debug, Clone)]
enum Step {
    Read(usize, usize),
    Range(usize, u64, u32),
    Stat(usize, usize),
    List(usize, usize),
    Write(usize, u8),
    /// Somebody else saves a file.
    DiskPut(usize, u8),
    /// Somebody else removes a file; its folder stays.
    DiskRemove(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let (path, grant) = (0..PATHS.len(), 0..GRANTS.len());
    prop_oneof![
        4 => (grant.clone(), path.clone()).prop_map(|(g, p)| Step::Read(g, p)),
        1 => (path.clone(), 0..9_u64, 0..9_u32).prop_map(|(p, o, l)| Step::Range(p, o, l)),
        3 => (grant.clone(), path.clone()).prop_map(|(g, p)| Step::Stat(g, p)),
        3 => (grant, 0..FOLDERS.len()).prop_map(|(g, f)| Step::List(g, f)),
        4 => (path.clone(), 0..4_u8).prop_map(|(p, c)| Step::Write(p, c)),
        3 => (path.clone(), 0..4_u8).prop_map(|(p, c)| Step::DiskPut(p, c)),
        1 => path.prop_map(Step::DiskRemove),
    ]
}

fn content(number: u8) -> String {
    "content ".repeat(usize::from(number)) + &number.to_string()
}

#[derive(Debug, Clone, PartialEq)]
enum Node {
    File(String),
    Folder,
}

#[derive(Debug, Default)]
struct Model {
    disk: BTreeMap<String, Node>,
    pinned: BTreeMap<String, Option<String>>,
    /// Handle, content, what it replaces.
    staged: BTreeMap<String, (u32, String, Option<String>)>,
    handles: u32,
}

type Answer<T> = Result<T, &'static str>;

fn above(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..at])
}

fn is_below(path: &str, folder: &str) -> bool {
    folder.is_empty()
        || path
            .strip_prefix(folder)
            .is_some_and(|rest| rest.starts_with('/'))
}

impl Model {
    fn stages_below(&self, path: &str) -> bool {
        self.staged.keys().any(|staged| is_below(staged, path))
    }

    fn file_on_disk(&self, path: &str) -> Option<String> {
        match self.disk.get(path) {
            Some(Node::File(text)) => Some(text.clone()),
            _ => None,
        }
    }

    fn read(&mut self, path: &str) -> Answer<String> {
        if let Some((_, text, _)) = self.staged.get(path) {
            return Ok(text.clone());
        }
        if self.stages_below(path) {
            return Err("files.not-a-file");
        }
        if !self.pinned.contains_key(path) {
            if self.disk.get(path) == Some(&Node::Folder) {
                return Err("files.not-a-file");
            }
            self.pinned.insert(path.to_owned(), self.file_on_disk(path));
        }
        self.pinned[path].clone().ok_or("files.not-found")
    }

    /// Size of a file; none for a folder.
    fn stat(&mut self, path: &str) -> Answer<Option<usize>> {
        if let Some((_, text, _)) = self.staged.get(path) {
            return Ok(Some(text.len()));
        }
        if self.stages_below(path) {
            return Ok(None);
        }
        match (self.pinned.get(path), self.disk.get(path)) {
            (Some(Some(text)), _) | (None, Some(Node::File(text))) => Ok(Some(text.len())),
            (Some(None), _) => Err("files.not-found"),
            (None, Some(Node::Folder)) => Ok(None),
            (None, None) => {
                self.pinned.insert(path.to_owned(), None);
                Err("files.not-found")
            }
        }
    }

    fn list(&self, folder: &str) -> Answer<BTreeMap<String, Option<usize>>> {
        if self.staged.contains_key(folder) {
            return Err("files.not-a-folder");
        }
        match self.disk.get(folder) {
            Some(Node::File(_)) => return Err("files.not-a-folder"),
            None if !folder.is_empty() && !self.stages_below(folder) => {
                return Err("files.not-found");
            }
            _ => {}
        }
        let child = |path: &str| -> Option<(String, bool)> {
            if !is_below(path, folder) {
                return None;
            }
            let rest = if folder.is_empty() {
                path
            } else {
                &path[folder.len() + 1..]
            };
            let name = rest.split('/').next()?;
            Some((name.to_owned(), !rest.contains('/')))
        };
        let mut entries = BTreeMap::new();
        for (path, node) in &self.disk {
            if let Some((name, true)) = child(path) {
                entries.insert(
                    name,
                    match node {
                        Node::File(text) => Some(text.len()),
                        Node::Folder => None,
                    },
                );
            }
        }
        for (path, seen) in &self.pinned {
            match (child(path), seen) {
                (Some((name, true)), Some(text)) => drop(entries.insert(name, Some(text.len()))),
                (Some((name, true)), None) => drop(entries.remove(&name)),
                _ => {}
            }
        }
        for (path, (_, text, _)) in &self.staged {
            if let Some((name, itself)) = child(path) {
                entries.insert(name, itself.then_some(text.len()));
            }
        }
        Ok(entries)
    }

    fn write(&mut self, path: &str, text: String) -> Answer<u32> {
        if let Some(staged) = self.staged.get_mut(path) {
            staged.1 = text;
            return Ok(staged.0);
        }
        if self.stages_below(path) || above(path).any(|folder| self.staged.contains_key(folder)) {
            return Err("files.conflict");
        }
        if above(path).any(|folder| self.file_on_disk(folder).is_some()) {
            return Err("files.conflict");
        }
        let replaces = match (self.pinned.get(path), self.disk.get(path)) {
            (Some(seen), _) => seen.clone(),
            (None, Some(Node::Folder)) => return Err("files.not-a-file"),
            (None, _) => self.file_on_disk(path),
        };
        let handle = self.handles;
        self.handles += 1;
        self.staged
            .insert(path.to_owned(), (handle, text, replaces));
        Ok(handle)
    }

    /// Saves a file where that is possible, with its folders.
    fn put(&mut self, path: &str, text: &str) -> bool {
        if self.disk.get(path) == Some(&Node::Folder)
            || above(path).any(|folder| self.file_on_disk(folder).is_some())
        {
            return false;
        }
        for folder in above(path) {
            self.disk.insert(folder.to_owned(), Node::Folder);
        }
        self.disk
            .insert(path.to_owned(), Node::File(text.to_owned()));
        true
    }

    fn pins(&self) -> BTreeMap<String, Option<String>> {
        let mut pins = self.pinned.clone();
        pins.retain(|path, _| !self.staged.contains_key(path) && !self.stages_below(path));
        pins
    }

    fn inputs_hold(&self) -> bool {
        self.pins()
            .iter()
            .all(|(path, seen)| match (seen, self.disk.get(path)) {
                (Some(text), Some(Node::File(now))) => text == now,
                (None, None) => true,
                _ => false,
            })
    }

    /// Performs one staged write; whether it is done.
    fn commit(&mut self, path: &str, text: &str, replaces: Option<&String>) -> bool {
        let as_expected = match (replaces, self.disk.get(path)) {
            (Some(old), Some(Node::File(now))) => old == now,
            (None, None) => true,
            _ => false,
        };
        as_expected && self.put(path, text)
    }
}

fn rule(refusal: Refusal) -> String {
    refusal.rule
}

/// Every file and folder below `root`, as the model keeps them.
fn on_disk(root: &Path) -> BTreeMap<String, Node> {
    fn walk(folder: &Path, before: &str, all: &mut BTreeMap<String, Node>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = format!("{before}{}", path.file_name().unwrap().to_str().unwrap());
            if path.is_dir() {
                walk(&path, &format!("{name}/"), all);
                all.insert(name, Node::Folder);
            } else {
                all.insert(name, Node::File(fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let mut all = BTreeMap::new();
    walk(root, "", &mut all);
    all
}

fn run(steps: &[Step]) -> Result<(), TestCaseError> {
    let temp = TempDir::new().unwrap();
    let mut model = Model::default();
    let grant = |name: &str, access| FileGrant {
        name: name.parse().unwrap(),
        path: temp.path().to_owned(),
        access,
        is_folder: true,
    };
    let grants = [grant("rw", Access::ReadWrite), grant("ro", Access::Read)];
    let mut view = FilesView::open(&grants, FileLimits::default()).unwrap();
    let mut handles = 0;

    for step in steps {
        match step {
            Step::Read(grant, path) => {
                let path = PATHS[*path];
                let got = view
                    .read(&format!("{}/{path}", GRANTS[*grant]))
                    .map_err(rule);
                let want = model.read(path).map(Bytes::from).map_err(str::to_owned);
                prop_assert_eq!(got, want, "{:?}", step);
            }
            Step::Range(path, offset, length) => {
                let path = PATHS[*path];
                let got = view
                    .read_range(&format!("rw/{path}"), *offset, *length)
                    .map_err(rule);
                let want = model.read(path).map(|text| {
                    let bytes = text.bytes().skip(*offset as usize).take(*length as usize);
                    bytes.collect::<Bytes>()
                });
                prop_assert_eq!(got, want.map_err(str::to_owned), "{:?}", step);
            }
            Step::Stat(grant, path) => {
                let path = PATHS[*path];
                let got = view
                    .stat(&format!("{}/{path}", GRANTS[*grant]))
                    .map_err(rule);
                let got =
                    got.map(|entry| (entry.kind == EntryKind::File).then_some(entry.size as usize));
                prop_assert_eq!(got, model.stat(path).map_err(str::to_owned), "{:?}", step);
            }
            Step::List(grant, folder) => {
                let folder = FOLDERS[*folder];
                let path = format!("{}/{folder}", GRANTS[*grant]);
                let path = path.trim_end_matches('/');
                let got = view.list(path).map_err(rule).map(|entries| {
                    assert!(entries.is_sorted_by_key(|entry| entry.path.clone()));
                    entries
                        .into_iter()
                        .map(|entry| {
                            let name = entry
                                .path
                                .strip_prefix(&format!("{path}/"))
                                .unwrap()
                                .to_owned();
                            (
                                name,
                                (entry.kind == EntryKind::File).then_some(entry.size as usize),
                            )
                        })
                        .collect()
                });
                prop_assert_eq!(got, model.list(folder).map_err(str::to_owned), "{:?}", step);
            }
            Step::Write(path, number) => {
                let (path, text) = (PATHS[*path], content(*number));
                let got = view.write(&format!("rw/{path}"), Bytes::from(text.clone()), || {
                    handles += 1;
                    Ok(handles - 1)
                });
                let want = model.write(path, text).map_err(str::to_owned);
                prop_assert_eq!(got.map_err(rule), want, "{:?}", step);
            }
            Step::DiskPut(path, number) => {
                let (path, text) = (PATHS[*path], content(*number));
                if model.put(path, &text) {
                    let target = temp.path().join(path);
                    fs::create_dir_all(target.parent().unwrap()).unwrap();
                    fs::write(target, text).unwrap();
                }
            }
            Step::DiskRemove(path) => {
                let path = PATHS[*path];
                if model.file_on_disk(path).is_some() {
                    model.disk.remove(path);
                    fs::remove_file(temp.path().join(path)).unwrap();
                }
            }
        }
    }

    prop_assert_eq!(
        on_disk(temp.path()),
        model.disk.clone(),
        "a run wrote to the disk"
    );
    let pins = view.pins();
    let got: BTreeMap<_, _> = pins
        .iter()
        .map(|pin| (pin.inside.as_ref().unwrap().to_string(), pin.digest))
        .collect();
    let digest = |text: &String| Digest::of(text.as_bytes());
    let want: BTreeMap<_, _> = model
        .pins()
        .into_iter()
        .map(|(path, text)| (path, text.as_ref().map(digest)))
        .collect();
    prop_assert_eq!(got, want);
    let hold = model.inputs_hold();
    prop_assert_eq!(check_inputs(&view.locations(), &pins).is_ok(), hold);

    for write in view.staged() {
        let path = write.inside.clone().unwrap().to_string();
        let (handle, text, replaces) = model.staged[&path].clone();
        prop_assert_eq!(write.effect, handle);
        prop_assert_eq!(write.replaces, replaces.as_ref().map(digest));
        let plan = WritePlan {
            location: view.location(&write.grant).unwrap().clone(),
            inside: write.inside,
            content: write.content,
            digest: write.digest,
            replaces: write.replaces,
        };
        let done = model.commit(&path, &text, replaces.as_ref());
        match perform(&plan, &format!("model-{handle}")) {
            CommitResult::Done => prop_assert!(done, "{path}"),
            CommitResult::TargetChanged { .. } => prop_assert!(!done, "{path}"),
            other => prop_assert!(false, "{path}: {other:?}"),
        }
    }
    prop_assert_eq!(on_disk(temp.path()), model.disk.clone());
    let own: BTreeSet<_> = model.staged.keys().collect();
    prop_assert_eq!(
        check_inputs(&view.locations(), &pins).is_ok(),
        hold,
        "its own writes {:?} changed what it calls its inputs",
        own
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_reads_writes_and_other_peoples_changes_gives_what_the_model_gives(
        steps in proptest::collection::vec(step(), 1..30)
    ) {
        run(&steps)?;
    }
}
