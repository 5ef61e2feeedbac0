//! The disk forgets exactly what was not synced. Programs of the system are the ones that write.

use super::*;
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

struct Desk {
    folder: TempDir,
    disk: Disk,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let disk = Disk::new(folder.path()).unwrap();
        Self { folder, disk }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn runs(&self, script: &str, plan: Plan) -> (Option<i32>, guard::Seen) {
        let mut command = Command::new("sh");
        command.args(["-c", script]).current_dir(self.path());
        let pending = self.disk.attach(&mut command, plan).unwrap();
        let mut child = command.spawn().unwrap();
        let guard = pending.serve().unwrap();
        let code = child.wait().unwrap().code();
        let seen = guard.ended().unwrap();
        assert_eq!(self.disk.problems(), Vec::<String>::new());
        (code, seen)
    }

    fn does(&self, script: &str) {
        assert_eq!(self.runs(script, Plan::none()).0, Some(0), "{script}");
    }

    fn text(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.path().join(name)).ok()
    }
}

#[test]
fn what_was_not_synced_is_gone_and_what_was_is_there() {
    let desk = Desk::new();
    fs::write(desk.path().join("old"), "before").unwrap();
    fs::write(desk.path().join("gone"), "still").unwrap();
    desk.does("printf one > synced; sync synced .; printf two > unsynced; printf XX | dd of=old conv=notrunc status=none; rm gone");
    assert_eq!(desk.text("old").as_deref(), Some("XXfore"));
    assert_eq!(desk.text("unsynced").as_deref(), Some("two"));
    desk.disk.power_cut(Loss::All).unwrap();
    assert_eq!(desk.text("synced").as_deref(), Some("one"));
    assert_eq!(desk.text("unsynced"), None);
    assert_eq!(desk.text("old").as_deref(), Some("before"));
    assert_eq!(desk.text("gone").as_deref(), Some("still"));
    assert_eq!(desk.disk.pending(), 0);
}

#[test]
fn a_name_lasts_only_when_its_folder_was_synced() {
    let desk = Desk::new();
    desk.does("mkdir in; sync .; printf one > in/part; sync in/part; mv in/part in/whole");
    assert_eq!(desk.text("in/whole").as_deref(), Some("one"));
    desk.disk.power_cut(Loss::All).unwrap();
    assert_eq!(fs::read_dir(desk.path().join("in")).unwrap().count(), 0);
    desk.does("printf one > in/part; sync in/part; mv in/part in/whole; sync in");
    desk.disk.power_cut(Loss::All).unwrap();
    assert_eq!(desk.text("in/whole").as_deref(), Some("one"));
}

#[test]
fn a_file_that_was_replaced_comes_back() {
    let desk = Desk::new();
    fs::write(desk.path().join("a"), "old").unwrap();
    desk.does("printf new > b; sync b .; mv b a; printf more >> a");
    assert_eq!(desk.text("a").as_deref(), Some("newmore"));
    desk.disk.power_cut(Loss::All).unwrap();
    assert_eq!(desk.text("a").as_deref(), Some("old"));
    assert_eq!(desk.text("b").as_deref(), Some("new"));
}

#[test]
fn a_folder_that_was_not_synced_takes_all_in_it_along() {
    let desk = Desk::new();
    desk.does("mkdir in; printf one > in/a; sync in/a in");
    desk.disk.power_cut(Loss::All).unwrap();
    assert!(!desk.path().join("in").exists());
}

#[test]
fn a_program_is_ended_before_the_change_that_was_named() {
    let desk = Desk::new();
    let script = "printf one > a; printf two > b; printf three > c";
    let (code, whole) = desk.runs(script, Plan::none());
    assert_eq!((code, whole.cut), (Some(0), None));
    for name in ["a", "b", "c"] {
        fs::remove_file(desk.path().join(name)).unwrap();
    }
    let (code, seen) = desk.runs(script, Plan::cut_at(3));
    assert_eq!(code, None, "ended by a signal");
    let cut = seen.cut.unwrap();
    assert_eq!(
        (cut.index, cut.what, cut.path.as_path()),
        (3, "write", Path::new("b"))
    );
    assert_eq!(desk.text("a").as_deref(), Some("one"));
    assert_eq!(desk.text("b").as_deref(), Some(""));
    assert_eq!(desk.text("c"), None);
}

#[test]
fn a_child_of_a_program_is_on_the_disk_too() {
    let desk = Desk::new();
    let script = "sh -c 'printf one > a; printf two > b'; printf three > c";
    let (code, _) = desk.runs(script, Plan::cut_at(2));
    assert_eq!(code, None);
    assert_eq!(desk.text("b"), None);
    assert_eq!(desk.text("c"), None);
}

#[test]
fn a_full_disk_takes_half_of_a_write_and_then_nothing() {
    let desk = Desk::new();
    let (code, _) = desk.runs("printf 12345678 > a; printf more > b", Plan::full_from(1));
    assert_ne!(code, Some(0));
    assert_eq!(desk.text("a").as_deref(), Some("1234"));
    assert_eq!(desk.text("b"), None);
}

#[test]
fn a_torn_file_has_sectors_of_before_and_after() {
    let before = "a".repeat(64 * 1024);
    let mut kinds = [0; 3];
    for seed in 0..24 {
        let desk = Desk::new();
        fs::write(desk.path().join("file"), &before).unwrap();
        desk.does("head -c 65536 /dev/zero | tr '\\0' b | dd of=file bs=8192 iflag=fullblock conv=notrunc status=none");
        desk.disk.power_cut(Loss::Torn(seed)).unwrap();
        let after = desk.text("file").unwrap();
        assert_eq!(after.len(), before.len());
        for sector in after.as_bytes().chunks(512) {
            assert!(sector.iter().all(|byte| *byte == sector[0]), "seed {seed}");
        }
        let kept = after.bytes().filter(|byte| *byte == b'b').count();
        kinds[usize::from(kept > 0) + usize::from(kept == before.len())] += 1;
    }
    assert!(kinds[1] > 12, "{kinds:?}");
}

#[test]
fn what_is_torn_is_the_same_for_the_same_number() {
    let once = |seed| {
        let desk = Desk::new();
        desk.does("printf %09000d 7 > a; sync .; printf x > c; printf y > d");
        desk.disk.power_cut(Loss::Torn(seed)).unwrap();
        ["a", "c", "d"].map(|name| desk.text(name))
    };
    let all: Vec<_> = (0..12).map(once).collect();
    assert!(all == (0..12).map(once).collect::<Vec<_>>());
    assert!(all.iter().any(|one| *one != all[0]));
}

#[test]
fn a_disk_that_can_only_be_read_takes_nothing() {
    let desk = Desk::new();
    fs::write(desk.path().join("a"), "old").unwrap();
    desk.disk.set_read_only(true);
    for script in [
        "printf x > a",
        "printf x >> a",
        "printf x > b",
        "rm a",
        "mv a b",
        "mkdir c",
    ] {
        assert_ne!(desk.runs(script, Plan::none()).0, Some(0), "{script}");
    }
    desk.does("grep -q old a");
    assert_eq!(desk.text("a").as_deref(), Some("old"));
    assert_eq!(fs::read_dir(desk.path()).unwrap().count(), 1);
    desk.disk.set_read_only(false);
    desk.does("printf x > a");
}

#[test]
fn a_disk_that_ignores_syncs_forgets_what_was_synced() {
    let desk = Desk::new();
    desk.disk.ignores_syncs();
    desk.does("printf one > a; sync a .");
    desk.disk.power_cut(Loss::All).unwrap();
    assert_eq!(desk.text("a"), None);
}

#[test]
fn a_disk_that_fails_says_so() {
    let desk = Desk::new();
    let (code, _) = desk.runs("printf one > a; sync a", Plan::fails_from(2));
    assert_ne!(code, Some(0));
    assert_eq!(desk.text("a").as_deref(), Some("one"));
}
