//! Looking at a component before anything of it runs.

use guildhall_tests::{Home, Value, guest};

fn inspected(name: &str) -> Value {
    Home::new()
        .guildhall(["inspect".into(), guest(name), "--json".into()])
        .exits(0)
        .json()
}

fn sentences(value: &Value) -> String {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|sentence| sentence.as_str().unwrap())
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn a_component_without_a_manifest_is_shown_from_its_bytes() {
    let prober = inspected("prober");
    for key in [
        "digest",
        "name",
        "version",
        "imports",
        "operations",
        "capabilities",
        "cannot",
    ] {
        assert!(prober.get(key).is_some(), "{key}");
    }
    assert_eq!(prober["name"], Value::Null);
    assert_eq!(prober["lane"], "strict");
    assert!(prober["digest"].as_str().unwrap().starts_with("sha256:"));
    let imports = prober["imports"].as_array().unwrap();
    assert!(imports.contains(&"guildhall:skill/network@1.0.0".into()));
    assert!(
        imports
            .iter()
            .all(|name| !name.as_str().unwrap().starts_with("wasi:")),
        "{imports:?}"
    );
    let capabilities: Vec<&str> = prober["capabilities"]
        .as_array()
        .unwrap()
        .iter()
        .map(|view| view["capability"].as_str().unwrap())
        .collect();
    assert_eq!(
        capabilities,
        [
            "network", "files", "payments", "messages", "state", "context", "log"
        ]
    );
    let cannot = sentences(&prober["cannot"]);
    assert!(cannot.contains("cannot start programs"), "{cannot}");
}

#[test]
fn the_schema_of_an_operation_says_what_it_takes_and_gives() {
    let prober = inspected("prober");
    let operation = |name: &str| {
        let all = prober["operations"].as_array().unwrap();
        let found = all.iter().find(|operation| operation["name"] == name);
        found.unwrap_or_else(|| panic!("no {name}")).clone()
    };
    let echo = operation("echo");
    let value = &echo["input_schema"]["properties"]["value"];
    assert_eq!(
        echo["input_schema"]["required"],
        serde_json::json!(["value"])
    );
    assert_eq!(value["properties"]["yes"]["type"], "boolean");
    assert_eq!(value["properties"]["small"]["minimum"], -128);
    assert_eq!(
        value["properties"]["colour"]["enum"],
        serde_json::json!(["red", "dark_green"])
    );
    let optional = value["required"].as_array().unwrap();
    assert!(
        !optional.contains(&"maybe".into()),
        "an option may be left out"
    );
    let fail = operation("fail");
    assert_eq!(fail["output_schema"]["type"], "integer");
    assert_eq!(fail["failure_schema"]["type"], "string");
    assert!(operation("spin").get("failure_schema").is_none());
    // Names of parameters are written with underscores.
    let remember = operation("remember");
    assert!(
        remember["input_schema"]["properties"]
            .get("then_fail")
            .is_some()
    );
}

#[test]
fn a_strangers_program_is_shown_to_have_nothing_behind_it() {
    let hello = inspected("wasi-hello");
    assert_eq!(hello["lane"], "inert-wasi");
    assert_eq!(hello["operations"][0]["name"], "run");
    assert_eq!(hello["capabilities"], serde_json::json!([]));
    let cannot = sentences(&hello["cannot"]);
    for part in ["internet", "files", "payments", "messages", "remember"] {
        assert!(cannot.contains(part), "{part}: {cannot}");
    }
}

#[test]
fn a_program_that_can_not_run_here_is_shown_with_what_to_use_instead() {
    let sockets = inspected("wasi-sockets");
    assert_eq!(sockets["lane"], "refused");
    let refused = sockets["refused"].as_array().unwrap();
    let tcp = refused
        .iter()
        .find(|import| {
            import["name"]
                .as_str()
                .unwrap()
                .starts_with("wasi:sockets/tcp@")
        })
        .expect("it is named");
    assert!(
        tcp["instead"]
            .as_str()
            .unwrap()
            .contains("guildhall:skill/network")
    );
}

#[test]
fn people_read_a_page_instead_of_json() {
    let ran = Home::new()
        .guildhall(["inspect".into(), guest("prober")])
        .exits(0);
    for part in [
        "A component without a manifest",
        "strict",
        "Operations",
        "echo(value)",
        "It can",
        "It cannot",
    ] {
        assert!(ran.stdout.contains(part), "{part}\n{}", ran.shown());
    }
    assert!(
        !ran.stdout.contains('\u{1b}'),
        "colours in a pipe\n{}",
        ran.shown()
    );
}

#[test]
fn inspecting_leaves_nothing_behind() {
    let home = Home::new();
    let _ = home.guildhall(["inspect".into(), guest("prober")]).exits(0);
    assert!(!home.home().exists());
}

#[test]
fn a_file_that_is_no_component_is_told_apart_by_what_it_is() {
    let home = Home::new();
    let inspect = |file: &std::path::Path| {
        home.guildhall(["inspect".as_ref(), file.as_os_str(), "--json".as_ref()])
    };
    let text = home.put("notes.txt", "hello");
    assert!(inspect(&text).error(2, "not-wasm").contains(".wasm"));
    let module = home.put("module.wasm", b"\0asm\x01\0\0\0");
    assert!(
        inspect(&module)
            .error(2, "core-module")
            .contains("guildhall build")
    );
    let _ = inspect(&home.folder("folder")).error(2, "is-folder");
    let _ = inspect(&home.path().join("nowhere.wasm")).error(2, "no-file");
}
