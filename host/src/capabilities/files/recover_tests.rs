#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use std::cell::Cell;
use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;

use bytes::Bytes;
use guildhall_package::{Access, Digest};
use tempfile::TempDir;

use super::commit::{CommitResult, WritePlan, perform_with};
use super::folder::{FileGrant, OpenGrant};
use super::path::RelPath;
use super::recover::{Recovery, recover, recover_with};
use super::steps::{Fault, Step, no_fault};

const OLD: &str = "what was there";
const NEW: &str = "what was approved";
const TAG: &str = "run_1-0";

/// One kind of write, and the renames that its file system lacks.
#[derive(Debug, Clone, Copy)]
struct Case {
    path: &'static str,
    replaces: Option<&'static str>,
    lacks: Option<Step>,
}

const CASES: [Case; 5] = [
    Case {
        path: "a",
        replaces: None,
        lacks: None,
    },
    Case {
        path: "new/deep/a",
        replaces: None,
        lacks: None,
    },
    Case {
        path: "a",
        replaces: None,
        lacks: Some(Step::PublishNew),
    },
    Case {
        path: "sub/a",
        replaces: Some(OLD),
        lacks: None,
    },
    Case {
        path: "sub/a",
        replaces: Some(OLD),
        lacks: Some(Step::Exchange),
    },
];

struct World {
    temp: TempDir,
    case: Case,
    plan: WritePlan,
}

impl World {
    fn new(case: Case) -> Self {
        let temp = TempDir::new().unwrap();
        if let Some(old) = case.replaces {
            let target = temp.path().join(case.path);
            fs::create_dir_all(target.parent().unwrap()).unwrap();
            fs::write(target, old).unwrap();
        }
        let grant = FileGrant {
            name: "out".parse().unwrap(),
            path: temp.path().to_owned(),
            access: Access::Write,
            is_folder: true,
        };
        let plan = WritePlan {
            location: OpenGrant::open(&grant).unwrap().location().clone(),
            inside: Some(RelPath::parse(case.path).unwrap()),
            content: Bytes::from_static(NEW.as_bytes()),
            digest: Digest::of(NEW.as_bytes()),
            replaces: case.replaces.map(|old| Digest::of(old.as_bytes())),
        };
        Self { temp, case, plan }
    }

    fn target(&self) -> PathBuf {
        self.temp.path().join(self.case.path)
    }

    fn content(&self) -> Option<String> {
        fs::read_to_string(self.target()).ok()
    }

    fn put(&self, name: &str, content: &str) {
        fs::write(self.target().with_file_name(name), content).unwrap();
    }

    /// Names of ours that are left beside the target.
    fn left_behind(&self) -> Vec<String> {
        fs::read_dir(self.target().parent().unwrap())
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.starts_with(".guildhall-"))
            .collect()
    }

    fn perform(&self, fault: Fault<'_>) -> CommitResult {
        perform_with(&self.plan, TAG, &|step| {
            fault(step)?;
            if Some(step) == self.case.lacks {
                return Err(io::Error::from_raw_os_error(22));
            }
            Ok(())
        })
    }
}

/// Runs `work` and lets it die before its step number `at`; `None` if it died.
fn dying<T>(at: usize, work: impl FnOnce(Fault<'_>) -> T) -> Option<T> {
    let count = Cell::new(0);
    let fault = |_| {
        if count.get() == at {
            // Unwinding without a message: nothing of the code under test cleans up when it is dropped.
            resume_unwind(Box::new("killed"));
        }
        count.set(count.get() + 1);
        Ok(())
    };
    catch_unwind(AssertUnwindSafe(|| work(&fault))).ok()
}

#[test]
fn a_write_that_dies_anywhere_and_is_recovered_happens_exactly_once() {
    for case in CASES {
        let mut deaths = 0;
        for at in 0.. {
            // A recovery that dies as well, after 0, 1, … steps, is recovered in turn.
            let mut ended = false;
            for again in 0.. {
                let world = World::new(case);
                let died = dying(at, |fault| world.perform(fault)).is_none();
                let shown = format!("{case:?}, killed at {at}, recovery at {again}");
                if !died {
                    assert_eq!(world.content().as_deref(), Some(NEW), "{shown}");
                    assert!(world.left_behind().is_empty(), "{shown}");
                    ended = true;
                    break;
                }
                deaths += 1;
                let published = world.content().as_deref() == Some(NEW);
                assert!(
                    published || world.content().as_deref() == case.replaces,
                    "{shown}: a reader could see {:?}",
                    world.content()
                );
                let first = dying(again, |fault| recover_with(&world.plan, TAG, fault));
                let recovery_lived = first.is_some();
                let recovery = first.unwrap_or_else(|| recover(&world.plan, TAG));
                let expected = if published {
                    Recovery::AlreadyDone
                } else {
                    Recovery::NotDone
                };
                assert_eq!(recovery, expected, "{shown}");
                assert!(
                    world.left_behind().is_empty(),
                    "{shown}: {:?}",
                    world.left_behind()
                );
                if recovery == Recovery::NotDone {
                    assert_eq!(world.perform(&no_fault), CommitResult::Done, "{shown}");
                }
                assert_eq!(world.content().as_deref(), Some(NEW), "{shown}");
                assert!(world.left_behind().is_empty(), "{shown}");
                assert_eq!(recover(&world.plan, TAG), Recovery::AlreadyDone, "{shown}");
                if recovery_lived {
                    break;
                }
            }
            if ended {
                assert!(at >= 5, "{case:?} has only {at} steps");
                break;
            }
        }
        assert!(deaths > 8, "{case:?}: {deaths}");
    }
}

#[test]
fn a_crash_never_costs_what_somebody_else_saved_before_the_exchange() {
    let case = CASES[3];
    let mut deaths = 0;
    for at in 0..16 {
        for again in 0..8 {
            let world = World::new(case);
            let died = dying(at, |fault| {
                world.perform(&|step| {
                    if step == Step::Exchange {
                        fs::write(world.target(), "theirs").unwrap();
                    }
                    fault(step)
                })
            });
            let saved = fs::read_to_string(world.target()).unwrap() != OLD;
            if !saved || died.is_some() {
                continue;
            }
            deaths += 1;
            let proof = !world.left_behind().is_empty();
            let first = dying(again, |fault| recover_with(&world.plan, TAG, fault));
            let lived = first.is_some();
            let recovery = first.unwrap_or_else(|| recover(&world.plan, TAG));
            let shown = format!("killed at {at}, recovery at {again}: {recovery:?}");
            assert_eq!(world.content().as_deref(), Some("theirs"), "{shown}");
            assert!(world.left_behind().is_empty(), "{shown}");
            // Who died after clearing away the proof that nothing happened leaves a doubt, never a wrong answer.
            assert_ne!(recovery, Recovery::AlreadyDone, "{shown}");
            assert!(recovery == Recovery::NotDone || !proof || !lived, "{shown}");
            if recovery == Recovery::NotDone {
                let result = world.perform(&no_fault);
                assert!(
                    matches!(result, CommitResult::TargetChanged { .. }),
                    "{shown}"
                );
            }
        }
    }
    assert!(deaths > 20, "{deaths}");
}

#[test]
fn a_target_with_a_third_content_is_unknown_and_left_alone() {
    for case in CASES {
        let world = World::new(case);
        assert_eq!(world.perform(&no_fault), CommitResult::Done);
        fs::write(world.target(), "edited later").unwrap();
        let Recovery::Unknown { found, why } = recover(&world.plan, TAG) else {
            panic!("{case:?}");
        };
        assert_eq!(found.unwrap().digest(), Some(Digest::of(b"edited later")));
        assert_eq!(why.rule, "files.write-unknown");
        assert_eq!(world.content().unwrap(), "edited later");
    }
}

#[test]
fn a_half_written_file_is_never_taken_for_a_displaced_one() {
    for case in [CASES[0], CASES[3]] {
        // Somebody has put the approved content there by hand while our own attempt died half-way.
        let world = World::new(case);
        world.put(".guildhall-run_1-0.part", "what was app");
        fs::write(world.target(), NEW).unwrap();
        assert_eq!(recover(&world.plan, TAG), Recovery::AlreadyDone);
        assert_eq!(world.content().unwrap(), NEW);
        assert!(world.left_behind().is_empty());
    }
}

#[test]
fn a_write_that_was_undone_by_hand_is_not_done_again() {
    let world = World::new(CASES[3]);
    let _ = dying(7, |fault| world.perform(fault));
    assert_eq!(world.content().unwrap(), NEW, "it dies after the exchange");
    fs::write(world.target(), OLD).unwrap();
    let recovery = recover(&world.plan, TAG);
    assert!(matches!(recovery, Recovery::Unknown { .. }), "{recovery:?}");
    assert_eq!(world.content().unwrap(), OLD);
}

#[test]
fn what_may_be_somebodys_only_copy_is_kept() {
    let world = World::new(CASES[3]);
    world.put(".guildhall-run_1-0.ready", "theirs, displaced by us");
    fs::write(world.target(), "theirs, newer").unwrap();
    let Recovery::Unknown { why, .. } = recover(&world.plan, TAG) else {
        panic!("it is not known");
    };
    assert!(why.message.contains(".guildhall-run_1-0.ready"), "{why}");
    assert_eq!(world.left_behind(), [".guildhall-run_1-0.ready"]);
}

#[test]
fn files_of_other_attempts_are_not_touched() {
    let world = World::new(CASES[0]);
    world.put(".guildhall-run_2-0.part", "half of another");
    assert_eq!(recover(&world.plan, TAG), Recovery::NotDone);
    assert_eq!(world.left_behind(), [".guildhall-run_2-0.part"]);
}

#[test]
fn a_folder_that_is_gone_or_another_one_leaves_the_outcome_open() {
    let world = World::new(CASES[0]);
    let mut plan = world.plan.clone();
    plan.location.identity.inode += 1;
    let Recovery::Unknown { found: None, why } = recover(&plan, TAG) else {
        panic!("it cannot be seen");
    };
    assert_eq!(why.rule, "files.folder-changed");
    let refusal = recover(&world.plan, "../x");
    assert!(matches!(refusal, Recovery::Unknown { .. }));
}
