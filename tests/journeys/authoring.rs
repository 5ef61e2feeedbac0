//! Making a skill: from `guildhall new` to a component that runs. Needs the package registry, or what it gave before.

use guildhall_tests::{Home, Ran, Value, json};
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

fn new_skill(home: &Home, folder: &str) {
    let _ = home
        .guildhall(["new", "acme/greeter", "--dir", folder])
        .exits(0);
}

fn build(home: &Home, folder: &Path) -> Ran {
    home.guildhall(["build".as_ref(), folder.as_os_str(), "--json".as_ref()])
}

/// One folder of the build for all tests that change a skill, since what a skill rests on takes long to compile.
struct Workshop {
    greeter: PathBuf,
}

static WORKSHOP: LazyLock<Mutex<Workshop>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("workshop");
    std::fs::create_dir_all(&folder).unwrap();
    Mutex::new(Workshop {
        greeter: folder.join("greeter"),
    })
});

impl Workshop {
    /// A new skill in the workshop; only cargo's folder is left of the one before.
    fn open(home: &Home) -> MutexGuard<'static, Self> {
        let workshop = WORKSHOP.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = workshop.greeter.with_file_name("target");
        let _ = std::fs::rename(workshop.greeter.join("target"), &kept);
        let _ = std::fs::remove_dir_all(&workshop.greeter);
        new_skill(home, workshop.greeter.to_str().unwrap());
        let _ = std::fs::rename(kept, workshop.greeter.join("target"));
        workshop
    }

    fn change(&self, file: &str, content: &str) {
        std::fs::write(self.greeter.join(file), content).unwrap();
    }

    fn text(&self, file: &str) -> String {
        std::fs::read_to_string(self.greeter.join(file)).unwrap()
    }
}

#[test]
fn a_new_skill_builds_passes_its_golden_cases_and_runs_at_once() {
    let home = Home::new();
    new_skill(&home, "greeter");
    let before = home.names(".");
    let built = build(&home, Path::new("greeter")).exits(0).json();
    assert_eq!(home.names("."), before, "a build stays in its folder");
    let component = PathBuf::from(built["path"].as_str().unwrap());
    assert!(component.starts_with(home.path().join("greeter/target/guildhall")));
    for key in ["path", "digest", "bytes", "imports", "operations"] {
        assert!(built.get(key).is_some(), "{key} in {built:#}");
    }
    assert_eq!(built["operations"][0]["name"], "count");
    assert!(
        built["operations"][0]["doc"].is_string(),
        "the words of the WIT are in it"
    );
    let imports = built["imports"].as_array().unwrap();
    assert!(
        imports
            .iter()
            .all(|name| name.as_str().unwrap().starts_with("guildhall:skill/")),
        "{imports:?}"
    );

    let tested = home
        .guildhall(["test", "greeter", "--json"])
        .exits(0)
        .json();
    assert_eq!(tested["failed"], 0, "{tested:#}");
    assert!(tested["passed"].as_u64().unwrap() >= 2, "{tested:#}");

    let texts = home.folder("texts");
    home.put("texts/note.txt", "one two\nthree\n");
    let ran = home
        .run(&component, "count")
        .input(json!({ "file": "texts/note.txt" }))
        .read("texts", &texts)
        .go()
        .exits(0);
    assert_eq!(
        ran.output(),
        json!({ "lines": 2, "words": 3, "characters": 14 })
    );

    let inspected = home
        .guildhall(["inspect".as_ref(), component.as_os_str(), "--json".as_ref()])
        .exits(0)
        .json();
    assert_eq!(inspected["name"], "acme/greeter");
    assert_eq!(inspected["digest"], built["digest"]);
    let detail = &inspected["capabilities"][0]["details"][0];
    assert!(
        detail["reason"].as_str().unwrap().contains("text"),
        "{inspected:#}"
    );
}

#[test]
fn the_same_sources_in_two_folders_give_the_same_bytes() {
    let home = Home::new();
    new_skill(&home, "here");
    new_skill(&home, "some/where/else");
    let built = |folder: &str| -> (Value, Vec<u8>) {
        let built = build(&home, Path::new(folder)).exits(0).json();
        let bytes = std::fs::read(built["path"].as_str().unwrap()).unwrap();
        (built["digest"].clone(), bytes)
    };
    let (here, there) = (built("here"), built("some/where/else"));
    assert!(here.1 == there.1, "{} and {}", here.0, there.0);
    assert_eq!(here.0, there.0);
    let folder = home.path().to_str().unwrap().as_bytes();
    assert!(
        !here.1.windows(folder.len()).any(|part| part == folder),
        "no path of this machine is in it"
    );
}

#[test]
fn a_golden_case_that_differs_fails_and_shows_how_and_update_writes_it_down() {
    let home = Home::new();
    let workshop = Workshop::open(&home);
    let test = |more: &[&str]| {
        let mut args = vec!["test", workshop.greeter.to_str().unwrap()];
        args.extend(more);
        home.guildhall(args)
    };
    workshop.change("golden/counts-a-note/texts/note.txt", "only these words\n");
    let differs = test(&["--json"]).exits(1).json();
    assert_eq!(differs["failed"], 1);
    let cases = differs["cases"].as_array().unwrap();
    let case = cases.iter().find(|case| case["passed"] == false).unwrap();
    assert_eq!(case["name"], "counts-a-note");
    assert!(!case["problems"].as_array().unwrap().is_empty(), "{case:#}");
    let _ = test(&["--update"]).exits(0);
    assert_eq!(test(&["--json"]).exits(0).json()["failed"], 0);
    let unknown = test(&["--case", "counts-a-not", "--json"]);
    assert_eq!(unknown.code, Some(2), "{}", unknown.shown());
}

#[test]
fn a_manifest_that_says_too_much_or_too_little_is_refused_with_line_and_fix() {
    let home = Home::new();
    let workshop = Workshop::open(&home);
    let manifest = workshop.text("skill.toml");
    let more = format!(
        "{manifest}\n[[capabilities.network]]\nmethods = [\"GET\"]\nurl = \"https://example.com/*\"\nreason = \"Wants it.\"\n"
    );
    let line = more
        .lines()
        .position(|line| line == "[[capabilities.network]]")
        .unwrap()
        + 1;
    workshop.change("skill.toml", &more);
    let error = build(&home, &workshop.greeter).error(4, "manifest");
    assert!(error.contains(&format!("skill.toml:{line}:")), "{error}");
    assert!(error.contains("fix:"), "{error}");

    let less: Vec<&str> = manifest
        .lines()
        .take_while(|line| !line.starts_with("[["))
        .collect();
    workshop.change("skill.toml", &less.join("\n"));
    let error = build(&home, &workshop.greeter).error(4, "manifest");
    assert!(error.contains("guildhall:skill/files@1.0.0"), "{error}");
    assert!(error.contains("[[capabilities.files]]"), "{error}");
}

#[test]
fn code_that_does_not_compile_is_shown_with_its_place() {
    let home = Home::new();
    let workshop = Workshop::open(&home);
    workshop.change("src/lib.rs", "fn broken( {");
    let ran = build(&home, &workshop.greeter);
    assert_eq!(ran.code, Some(1), "{}", ran.shown());
    assert!(ran.json()["error"]["message"].is_string());
    assert!(ran.stderr.contains("src/lib.rs"), "{}", ran.shown());
}

#[test]
fn an_existing_folder_is_not_overwritten() {
    let home = Home::new();
    home.put("greeter/precious.txt", "mine");
    let ran = home.guildhall(["new", "acme/greeter"]);
    assert_eq!(ran.code, Some(2), "{}", ran.shown());
    assert_eq!(home.names("greeter"), ["precious.txt"]);
    let ran = home.guildhall(["new", "../up"]);
    assert_eq!(ran.code, Some(2), "{}", ran.shown());
}
