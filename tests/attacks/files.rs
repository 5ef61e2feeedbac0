//! Files that no grant covers, and grants that cover less than is asked for.

use guildhall_tests::money::order;
use guildhall_tests::{Home, json};
use std::os::unix::fs::symlink;

#[test]
fn a_name_that_is_not_granted_is_not_read() {
    let home = Home::new();
    home.put("secret/a.txt", "private");
    let inbox = home.folder("inbox");
    for operation in ["read", "stat"] {
        let ran = home
            .prober(operation)
            .input(json!({ "path": "secret/a.txt" }))
            .read("inbox", &inbox)
            .go();
        let refusal = ran.refused_by("files.not-granted");
        assert_eq!(refusal.set.as_deref(), Some("grants"));
        assert!(
            refusal.fix.contains("--read secret=PATH"),
            "{}",
            refusal.fix
        );
        assert!(refusal.message.contains("`inbox`"), "{}", refusal.message);
    }
    home.serves_the_next_run();
}

#[test]
fn a_name_that_is_not_granted_is_not_written() {
    let home = Home::new();
    let out = home.folder("out");
    let ran = home
        .prober("write")
        .input(json!({ "path": "other/a.txt", "text": "x" }))
        .write("out", &out)
        .approve("all")
        .go();
    let refusal = ran.refused_by("files.not-granted");
    assert!(refusal.fix.contains("--write other=DIR"), "{}", refusal.fix);
    assert_eq!(home.names("out"), Vec::<String>::new());
    home.serves_the_next_run();
}

#[test]
fn a_folder_granted_for_reading_is_not_written() {
    let home = Home::new();
    let inbox = home.folder("inbox");
    home.put("inbox/a.txt", "alpha");
    let ran = home
        .prober("write")
        .input(json!({ "path": "inbox/a.txt", "text": "x" }))
        .read("inbox", &inbox)
        .approve("all")
        .go();
    let refusal = ran.refused_by("files.read-only");
    assert!(refusal.fix.contains("--write inbox=DIR"), "{}", refusal.fix);
    assert_eq!(home.text("inbox/a.txt").as_deref(), Some("alpha"));
    home.serves_the_next_run();
}

#[test]
fn a_folder_granted_for_writing_is_not_read() {
    let home = Home::new();
    let out = home.folder("out");
    home.put("out/a.txt", "alpha");
    let read = home
        .prober("read")
        .input(json!({ "path": "out/a.txt" }))
        .write("out", &out)
        .go();
    read.refused_by("files.write-only");
    let list = home
        .prober("list-folder")
        .input(json!({ "folder": "out" }))
        .write("out", &out)
        .go();
    list.refused_by("files.write-only");
    home.serves_the_next_run();
}

#[test]
fn a_file_granted_alone_opens_nothing_beside_it() {
    let home = Home::new();
    let file = home.put("inbox/a.txt", "alpha");
    home.put("inbox/b.txt", "beta");
    for path in ["invoice/b.txt", "invoice/../b.txt", "b.txt", "inbox/b.txt"] {
        let ran = home
            .prober("read")
            .input(json!({ "path": path }))
            .read("invoice", &file)
            .go();
        assert_ne!(ran.code, Some(0), "{path}\n{}", ran.shown());
        assert!(!ran.stdout.contains("beta"), "{}", ran.shown());
    }
    home.serves_the_next_run();
}

#[test]
fn links_in_a_granted_folder_are_neither_listed_nor_followed() {
    let home = Home::new();
    let inbox = home.folder("inbox");
    home.put("secret/a.txt", "private");
    home.put("inbox/ok.txt", "fine");
    symlink(home.path().join("secret/a.txt"), inbox.join("file")).unwrap();
    symlink(home.path().join("secret"), inbox.join("folder")).unwrap();
    symlink("ok.txt", inbox.join("inside")).unwrap();
    let list = home
        .prober("list-folder")
        .input(json!({ "folder": "inbox" }))
        .read("inbox", &inbox)
        .go();
    assert_eq!(list.exits(0).output(), json!(["inbox/ok.txt"]));
    for path in ["inbox/file", "inbox/folder/a.txt", "inbox/inside"] {
        let ran = home
            .prober("read")
            .input(json!({ "path": path }))
            .read("inbox", &inbox)
            .go();
        ran.refused_by("files.link-refused");
        assert!(!ran.stdout.contains("private"));
    }
    home.serves_the_next_run();
}

#[test]
fn a_write_does_not_follow_a_link_out_of_its_folder() {
    let home = Home::new();
    let out = home.folder("out");
    home.put("secret/a.txt", "private");
    symlink(home.path().join("secret"), out.join("folder")).unwrap();
    symlink(home.path().join("secret/a.txt"), out.join("file")).unwrap();
    symlink(home.path().join("secret/new.txt"), out.join("dangling")).unwrap();
    for path in ["out/folder/new.txt", "out/file", "out/dangling"] {
        let ran = home
            .prober("write")
            .input(json!({ "path": path, "text": "overwritten" }))
            .write("out", &out)
            .approve("all")
            .go();
        ran.refused_by("files.link-refused");
    }
    assert_eq!(home.names("secret"), ["a.txt"]);
    assert_eq!(home.text("secret/a.txt").as_deref(), Some("private"));
    home.serves_the_next_run();
}

#[test]
fn pipes_sockets_and_devices_are_not_opened() {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    let home = Home::new();
    let inbox = home.folder("inbox");
    mknodat(
        CWD,
        inbox.join("pipe"),
        FileType::Fifo,
        Mode::from_raw_mode(0o600),
        0,
    )
    .unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(inbox.join("socket")).unwrap();
    for path in ["inbox/pipe", "inbox/socket"] {
        let ran = home
            .prober("read")
            .input(json!({ "path": path }))
            .read("inbox", &inbox)
            .limit("wall-ms", 5_000)
            .go();
        ran.refused_by("files.special-file");
        let ran = home
            .prober("write")
            .input(json!({ "path": path, "text": "x" }))
            .write("inbox", &inbox)
            .limit("wall-ms", 5_000)
            .approve("all")
            .go();
        ran.refused_by("files.special-file");
    }
    // A device can't be granted by name either.
    let ran = home
        .prober("read")
        .input(json!({ "path": "zero" }))
        .read("zero", std::path::Path::new("/dev/zero"))
        .limit("wall-ms", 5_000)
        .go();
    assert_ne!(ran.code, Some(0), "{}", ran.shown());
    home.serves_the_next_run();
}

#[test]
fn replacing_one_name_of_a_file_leaves_its_other_names_as_they_were() {
    let home = Home::new();
    let out = home.folder("out");
    home.put("secret/a.txt", "private");
    std::fs::hard_link(home.path().join("secret/a.txt"), out.join("a.txt")).unwrap();
    let ran = home
        .prober("write")
        .input(json!({ "path": "out/a.txt", "text": "new" }))
        .write("out", &out)
        .approve("all")
        .go();
    let _ = ran.exits(0);
    assert_eq!(home.text("out/a.txt").as_deref(), Some("new"));
    assert_eq!(home.text("secret/a.txt").as_deref(), Some("private"));
}

#[test]
fn the_hosts_own_folder_can_not_be_granted() {
    let home = Home::new();
    home.serves_the_next_run();
    // Who reads the journal reads every other skill's data; who writes there can approve.
    for folder in [
        home.path().to_owned(),
        home.home(),
        home.home().join("state"),
    ] {
        let journal = home.home().join("state/journal.sqlite");
        let inside = journal.strip_prefix(&folder).unwrap().display().to_string();
        let read = home
            .prober("stat")
            .input(json!({ "path": format!("all/{inside}") }))
            .read("all", &folder)
            .go();
        assert_ne!(read.code, Some(0), "{}", read.shown());
        let config = home.home().join("config.toml");
        let Ok(inside) = config.strip_prefix(&folder) else {
            continue;
        };
        let write = home
            .prober("write")
            .input(json!({ "path": format!("all/{}", inside.display()), "text": "" }))
            .write("all", &folder)
            .approve("all")
            .go();
        assert_ne!(write.code, Some(0), "{}", write.shown());
        assert!(!config.exists());
    }
    home.serves_the_next_run();
}

#[test]
fn a_path_that_is_no_text_is_refused_before_the_run() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let home = Home::new();
    let folder = home.path().join(OsStr::from_bytes(b"in\xffbox"));
    std::fs::create_dir(&folder).unwrap();
    let ran = home.prober("granted").read("inbox", &folder).go();
    assert!(matches!(ran.code, Some(2 | 4)), "{}", ran.shown());
    home.serves_the_next_run();
}

#[test]
fn what_the_kernel_makes_up_can_not_be_granted() {
    let home = Home::new();
    for (folder, file) in [
        ("/proc/self", "environ"),
        ("/proc", "self/environ"),
        ("/proc/self/fd", "0"),
        ("/proc/1", "cmdline"),
        ("/sys", "kernel/notes"),
        ("/sys/kernel", "notes"),
    ] {
        let path = std::path::Path::new(folder);
        if !path.is_dir() {
            continue;
        }
        let ran = home
            .prober("read")
            .input(json!({ "path": format!("all/{file}") }))
            .read("all", path)
            .go();
        assert!(matches!(ran.code, Some(2 | 4)), "{folder}\n{}", ran.shown());
        assert!(!ran.stdout.contains("GUILDHALL_HOME="), "{}", ran.shown());
    }
    home.serves_the_next_run();
}

#[test]
fn the_state_of_the_machine_is_no_folder_that_can_be_granted() {
    let home = Home::new();
    for place in ["/proc", "/proc/self", "/proc/self/root/proc", "/sys"] {
        let folder = std::path::Path::new(place);
        let ran = home
            .prober("read")
            .input(json!({ "path": "state/environ" }))
            .read("state", folder)
            .go();
        let refusal = ran.refusal("files.pseudo-filesystem");
        assert!(
            refusal.message.contains("state of this machine"),
            "{refusal:?}"
        );
        assert!(refusal.fix.contains("check the path"), "{refusal:?}");
        assert_ne!(ran.code, Some(0), "{}", ran.shown());
    }
    home.serves_the_next_run();
}

#[test]
fn a_refusal_in_words_names_the_option_that_would_allow_it() {
    let home = Home::with_till(10_000);
    let fetch =
        json!({ "method": "GET", "url": "https://rates.test/a", "headers": [], "body": "" });
    let order = order("book:acme", 1_250, "INV-1");
    for (operation, input, option) in [
        ("read", json!({ "path": "in/a.txt" }), "--read in=PATH"),
        (
            "write",
            json!({ "path": "out/a.txt", "text": "x" }),
            "--write out=DIR",
        ),
        ("fetch", fetch, "--allow-net 'GET https://rates.test/a'"),
        (
            "pay",
            json!({ "order": order }),
            "--pay 'EUR 12.50 to book:acme'",
        ),
    ] {
        let ran = home.prober(operation).input(input).in_words().go();
        assert!(
            ran.stderr.contains("hint:") && ran.stderr.contains(option),
            "{option}\n{}",
            ran.shown()
        );
    }
}
