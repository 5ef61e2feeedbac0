//! A short sweep. `cargo xtask crash` runs long ones.

use guildhall_tests::sweep::{points, sweep};

#[test]
fn runs_that_are_killed_anywhere_on_a_disk_that_forgets_are_done_once_or_not_at_all() {
    let counts = sweep(100, 1, |counts| println!("{counts}"));
    println!("{:#?}", counts.points);
    assert_eq!(counts.findings, Vec::<String>::new());
    assert_eq!((counts.lost, counts.doubled), (0, 0), "{counts}");
    assert!(counts.is_good(), "{counts}");
    // The kills and the cuts fell, and fell where they matter.
    assert!(
        counts.kills > 40 && counts.cuts > 30 && counts.approved > 60,
        "{counts}"
    );
    assert!(counts.changes_lost > 200, "{counts}");
}

#[test]
fn places_to_be_killed_at_are_the_states_of_the_machines() {
    let points: Vec<String> = points::of_the_machines()
        .iter()
        .map(ToString::to_string)
        .collect();
    for named in [
        "run running",
        "run awaiting_approval",
        "run committing",
        "run committed",
        "run rejected",
        "payment pending",
        "file performing",
        "message done",
        "hold held",
        "hold captured",
    ] {
        assert!(points.contains(&named.to_owned()), "{named}: {points:?}");
    }
}
