//! Making a skill: from `guildhall new` to a component that runs. Needs the package registry, or what it gave before.

use guildhall_tests::{Home, Ran, Value, json};
use std::path::Path;

fn new_skill(home: &Home, folder: &str) {
    let _ = home
        .guildhall(["new", "acme/greeter", "--dir", folder])
        .exits(0);
}

fn build(home: &Home, folder: &str) -> Ran {
    home.guildhall(["build", folder, "--json"])
}

#[test]
fn a_new_skill_builds_passes_its_golden_cases_and_runs_at_once() {
    let home = Home::new();
    new_skill(&home, "greeter");
    let built = build(&home, "greeter").exits(0).json();
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

    let component = Path::new(built["path"].as_str().unwrap()).to_owned();
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
    let digest = |folder: &str| build(&home, folder).exits(0).json()["digest"].clone();
    assert_eq!(digest("here"), digest("some/where/else"));
}

#[test]
fn a_golden_case_that_differs_fails_and_shows_how_and_update_writes_it_down() {
    let home = Home::new();
    new_skill(&home, "greeter");
    home.put(
        "greeter/golden/counts-a-note/texts/note.txt",
        "only these words\n",
    );
    let differs = home
        .guildhall(["test", "greeter", "--json"])
        .exits(1)
        .json();
    assert_eq!(differs["failed"], 1);
    let cases = differs["cases"].as_array().unwrap();
    let case = cases.iter().find(|case| case["passed"] == false).unwrap();
    assert_eq!(case["name"], "counts-a-note");
    assert!(!case["problems"].as_array().unwrap().is_empty(), "{case:#}");
    let _ = home.guildhall(["test", "greeter", "--update"]).exits(0);
    let again = home
        .guildhall(["test", "greeter", "--json"])
        .exits(0)
        .json();
    assert_eq!(again["failed"], 0);
}

#[test]
fn a_manifest_that_says_too_much_or_too_little_is_refused_with_line_and_fix() {
    let home = Home::new();
    new_skill(&home, "greeter");
    let manifest = home.text("greeter/skill.toml").unwrap();
    let more = format!(
        "{manifest}\n[[capabilities.network]]\nmethods = [\"GET\"]\nurl = \"https://example.com/*\"\nreason = \"Wants it.\"\n"
    );
    let line = more
        .lines()
        .position(|line| line == "[[capabilities.network]]")
        .unwrap()
        + 1;
    home.put("greeter/skill.toml", more);
    let error = build(&home, "greeter").error(4, "manifest");
    assert!(error.contains(&format!("skill.toml:{line}:")), "{error}");
    assert!(error.contains("fix:"), "{error}");

    let less: Vec<&str> = manifest
        .lines()
        .take_while(|line| !line.starts_with("[["))
        .collect();
    home.put("greeter/skill.toml", less.join("\n"));
    let error = build(&home, "greeter").error(4, "manifest");
    assert!(error.contains("guildhall:skill/files@1.0.0"), "{error}");
    assert!(error.contains("[[capabilities.files]]"), "{error}");
}

#[test]
fn code_that_does_not_compile_is_shown_with_its_place() {
    let home = Home::new();
    new_skill(&home, "greeter");
    home.put("greeter/src/lib.rs", "fn broken( {");
    let ran = build(&home, "greeter");
    assert_eq!(ran.code, Some(1), "{}", ran.shown());
    assert!(ran.json()["error"]["message"].is_string());
    assert!(ran.shown().contains("src/lib.rs"), "{}", ran.shown());
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

/// Building writes nothing outside the skill's folder.
#[test]
fn a_build_stays_in_its_folder() {
    let home = Home::new();
    new_skill(&home, "greeter");
    let before = home.names(".");
    let built: Value = build(&home, "greeter").exits(0).json();
    assert_eq!(home.names("."), before);
    let path = built["path"].as_str().unwrap();
    assert!(path.contains("greeter/target/guildhall/"), "{path}");
}
