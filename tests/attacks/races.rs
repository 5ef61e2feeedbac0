//! Links that are put in place between a look and a use, again and again while a run is at work: what lies behind them is
//! neither shown nor written.

use guildhall_tests::{Home, json};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

const SECRET: &str = "CANARY-91ab";
const FILES: usize = 400;

/// Exchanges two names, over and over, until it is dropped.
struct Swapper {
    stop: std::sync::Arc<AtomicBool>,
    swaps: std::sync::Arc<AtomicU64>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Swapper {
    fn of(pairs: Vec<(PathBuf, PathBuf)>) -> Self {
        let stop = std::sync::Arc::new(AtomicBool::new(false));
        let swaps = std::sync::Arc::new(AtomicU64::new(0));
        let thread = std::thread::spawn({
            let (stop, swaps) = (stop.clone(), swaps.clone());
            move || {
                while !stop.load(Ordering::Relaxed) {
                    for (one, other) in &pairs {
                        renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE).unwrap();
                        swaps.fetch_add(1, Ordering::Relaxed);
                    }
                }
            }
        });
        Self {
            stop,
            swaps,
            thread: Some(thread),
        }
    }

    /// Stops, and says how often it has exchanged them.
    fn ends(mut self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().unwrap().join().unwrap();
        self.swaps.load(Ordering::Relaxed)
    }
}

/// A folder with files of these names, each holding the text.
fn filled(folder: &Path, text: &str) {
    fs::create_dir_all(folder).unwrap();
    for index in 0..FILES {
        fs::write(folder.join(format!("{index}.txt")), text).unwrap();
    }
}

#[test]
fn a_folder_that_is_swapped_for_a_link_while_it_is_read_never_shows_what_is_behind_the_link() {
    let home = Home::new();
    filled(&home.path().join("secret"), SECRET);
    filled(&home.path().join("inbox/sub"), "mine");
    let link = home.path().join("link");
    symlink(home.path().join("secret"), &link).unwrap();
    let swapper = Swapper::of(vec![(home.path().join("inbox/sub"), link)]);
    let (mut shown, mut refused) = (0, 0);
    for _ in 0..6 {
        let paths: Vec<String> = (0..FILES)
            .map(|index| format!("inbox/sub/{index}.txt"))
            .collect();
        let ran = home
            .prober("look-each")
            .input(json!({ "paths": paths }))
            .read("inbox", &home.path().join("inbox"))
            .go()
            .exits(0);
        assert!(!ran.stdout.contains(SECRET), "{}", ran.shown());
        for result in ran.output().as_array().unwrap() {
            match result["ok"].as_str() {
                Some(_) => shown += 1,
                None => refused += 1,
            }
        }
    }
    let swaps = swapper.ends();
    println!("{swaps} swaps, {shown} shown, {refused} refused");
    assert!(swaps > 1_000, "{swaps}");
    assert!(
        refused > 0,
        "no look met the link: the test has shown nothing"
    );
    home.serves_the_next_run();
}

#[test]
fn files_that_are_swapped_for_links_while_they_are_read_never_show_what_is_behind_the_links() {
    let home = Home::new();
    let secret = home.put("secret.txt", SECRET);
    filled(&home.path().join("inbox"), "mine");
    let links = home.folder("links");
    let mut pairs = Vec::new();
    for index in 0..FILES {
        let link = links.join(format!("{index}.txt"));
        symlink(&secret, &link).unwrap();
        pairs.push((home.path().join(format!("inbox/{index}.txt")), link));
    }
    let swapper = Swapper::of(pairs);
    let mut refused = 0;
    for _ in 0..6 {
        let paths: Vec<String> = (0..FILES)
            .map(|index| format!("inbox/{index}.txt"))
            .collect();
        let ran = home
            .prober("look-each")
            .input(json!({ "paths": paths }))
            .read("inbox", &home.path().join("inbox"))
            .go()
            .exits(0);
        assert!(!ran.stdout.contains(SECRET), "{}", ran.shown());
        let output = ran.output();
        let rules = output.as_array().unwrap().iter();
        refused += rules
            .filter(|result| result["err"]["rule"].is_string())
            .count();
    }
    assert!(swapper.ends() > 1_000);
    assert!(
        refused > 0,
        "no look met a link: the test has shown nothing"
    );
    home.serves_the_next_run();
}

#[test]
fn a_folder_that_is_swapped_for_a_link_while_it_is_written_never_has_the_write_go_through_the_link()
{
    let home = Home::new();
    let elsewhere = home.folder("elsewhere");
    let _ = home.folder("out/sub");
    let link = home.path().join("link");
    symlink(&elsewhere, &link).unwrap();
    let swapper = Swapper::of(vec![(home.path().join("out/sub"), link)]);
    for round in 0..12 {
        let paths: Vec<String> = (0..20)
            .map(|index| format!("out/sub/{round}-{index}.txt"))
            .collect();
        let ran = home
            .prober("write-each")
            .input(json!({ "paths": paths, "text": "mine" }))
            .write("out", &home.path().join("out"))
            .approve("all")
            .go();
        assert!(matches!(ran.code, Some(0 | 4 | 6)), "{}", ran.shown());
        assert_eq!(
            home.names("elsewhere"),
            Vec::<String>::new(),
            "{}",
            ran.shown()
        );
    }
    assert!(swapper.ends() > 1_000);
    home.serves_the_next_run();
}

#[test]
fn a_target_that_is_swapped_for_a_link_while_it_is_replaced_leaves_what_is_behind_the_link() {
    let home = Home::new();
    let secret = home.put("secret.txt", SECRET);
    home.put("out/a.txt", "before");
    let link = home.path().join("link");
    symlink(&secret, &link).unwrap();
    let target = home.path().join("out/a.txt");
    let swapper = Swapper::of(vec![(target, link)]);
    for round in 0..12 {
        let ran = home
            .prober("write")
            .input(json!({ "path": "out/a.txt", "text": format!("round {round}") }))
            .write("out", &home.path().join("out"))
            .approve("all")
            .go();
        assert!(matches!(ran.code, Some(0 | 1 | 4 | 6)), "{}", ran.shown());
        assert_eq!(
            fs::read_to_string(&secret).unwrap(),
            SECRET,
            "{}",
            ran.shown()
        );
        assert!(fs::symlink_metadata(&secret).unwrap().is_file());
    }
    swapper.ends();
    home.serves_the_next_run();
}
