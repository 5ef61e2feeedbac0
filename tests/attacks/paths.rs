//! Tricks with paths inside a granted folder.

use guildhall_tests::{Home, Ran, json};

fn inside(home: &Home, operation: &str, path: &str) -> Ran {
    let (inbox, out) = (home.folder("inbox"), home.folder("out"));
    let input = match operation {
        "write" => json!({ "path": path, "text": "overwritten" }),
        "list-folder" => json!({ "folder": path }),
        _ => json!({ "path": path }),
    };
    home.prober(operation)
        .input(input)
        .read("inbox", &inbox)
        .write("out", &out)
        .approve("all")
        .go()
}

#[test]
fn paths_that_lead_out_of_a_folder_are_refused_as_they_are_written() {
    let home = Home::new();
    home.put("secret.txt", "private");
    let deep = format!("inbox/{}x", "a/".repeat(40));
    let long = format!("inbox/{}", "a".repeat(2_000));
    let segment = format!("inbox/{}", "a".repeat(256));
    for path in [
        "inbox/../secret.txt",
        "inbox/..",
        "inbox/a/../../secret.txt",
        "inbox/./a",
        "../secret.txt",
        "/etc/passwd",
        "//etc/passwd",
        "inbox//a",
        "inbox/",
        "inbox/a/",
        "inbox\\..\\secret.txt",
        "inbox/..\\secret.txt",
        "inbox/a\0.txt",
        "inbox/a\n.txt",
        "inbox/\u{1b}[2Ja",
        "inbox/\u{202e}txt.exe",
        "inbox/\u{200b}",
        "inbox/.guildhall-x.part",
        "",
        ".",
        "..",
        "~",
        "~/.ssh/id_rsa",
        "C:\\secret.txt",
        "file:///etc/passwd",
        &deep,
        &long,
        &segment,
    ] {
        for operation in ["read", "stat", "list-folder", "write"] {
            let path = if operation == "write" {
                path.replacen("inbox", "out", 1)
            } else {
                path.to_owned()
            };
            let ran = inside(&home, operation, &path);
            ran.refused_by("files.invalid-path");
            assert!(!ran.stdout.contains("private"), "{}", ran.shown());
        }
    }
    assert_eq!(home.text("secret.txt").as_deref(), Some("private"));
    assert_eq!(home.names("out"), Vec::<String>::new());
    home.serves_the_next_run();
}

#[test]
fn a_name_is_matched_letter_by_letter() {
    let home = Home::new();
    home.put("inbox/Rechnung-é.txt", "composed");
    for path in [
        "inbox/rechnung-é.txt",
        "inbox/Rechnung-e\u{301}.txt",
        "inbox/Rechnung-é.txt ",
        "inbox/Rechnung-é.TXT",
        "inbox/Rеchnung-é.txt",
    ] {
        inside(&home, "read", path).refused_by("files.not-found");
    }
    let ran = inside(&home, "read", "inbox/Rechnung-é.txt");
    assert_eq!(ran.exits(0).output(), "composed");
    for path in ["INBOX/Rechnung-é.txt", "inbox\u{301}/x", "ınbox/x"] {
        inside(&home, "read", path).refused_by("files.invalid-path");
    }
}

#[test]
fn a_name_that_a_card_could_not_show_exactly_is_not_written() {
    let home = Home::new();
    for path in [
        "out/a  b.txt",
        "out/a\u{a0}b.txt",
        "out/e\u{301}\u{301}\u{301}\u{301}\u{301}.txt",
        "out/a\u{3000}b.txt",
    ] {
        inside(&home, "write", path).refused_by("files.invalid-path");
    }
    assert_eq!(home.names("out"), Vec::<String>::new());
}

#[test]
fn a_file_can_not_be_staged_below_a_file_or_over_a_folder() {
    let home = Home::new();
    home.put("out/file", "here");
    let _ = home.folder("out/folder");
    let ran = inside(&home, "write", "out/file/below.txt");
    assert_eq!(ran.code, Some(1), "{}", ran.shown());
    assert_eq!(ran.json()["refusals"][0]["kind"], "conflict");
    let ran = inside(&home, "write", "out/folder");
    ran.refused_by("files.not-a-file");
    let ran = inside(&home, "write", "out");
    assert_eq!(ran.code, Some(1), "{}", ran.shown());
    assert_eq!(home.text("out/file").as_deref(), Some("here"));
    assert_eq!(home.names("out"), ["file", "folder"]);
}
