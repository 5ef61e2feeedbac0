#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use arbitrary::Unstructured;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::Type;
use crate::testing::{component, component_of, skill};

fn read(bytes: &[u8]) -> SkillPackage {
    SkillPackage::read(bytes).unwrap()
}

#[test]
fn a_strict_skill_is_read_from_its_bytes_alone() {
    let bytes = skill(
        "import guildhall:skill/network@1.0.0; import guildhall:skill/log@1.0.0;
         export convert: func(amount-minor: s64, to: string) -> result<f64, string>;",
    );
    let package = read(&bytes);
    assert_eq!(package.digest, Digest::of(&bytes));
    assert_eq!(package.size, bytes.len());
    assert_eq!(package.lane, Lane::Strict);
    assert_eq!(package.manifest, None);
    let capabilities: Vec<_> = package.capabilities().collect();
    assert_eq!(capabilities, [Capability::Network, Capability::Log]);
    let network = package.import_of(Capability::Network).unwrap();
    assert_eq!(network.name, "guildhall:skill/network@1.0.0");
    assert_eq!(network.functions, ["send"]);
    assert!(package.calls(Capability::Network, "send"));
    assert!(!package.calls(Capability::Files, "read"));
    let convert = package.operation("convert").unwrap();
    assert_eq!(
        convert.export,
        ExportPath {
            interface: None,
            function: "convert".into()
        }
    );
    let params: Vec<_> = convert
        .params
        .iter()
        .map(|param| (param.name.as_str(), param.wit_name.as_str(), &param.ty))
        .collect();
    assert_eq!(
        params,
        [
            ("amount_minor", "amount-minor", &Type::S64),
            ("to", "to", &Type::String)
        ]
    );
    assert_eq!(
        convert.result,
        OpResult {
            ok: Some(Type::F64),
            err: Some(Some(Type::String))
        }
    );
}

#[test]
fn results_are_split_at_the_top_level_only() {
    let package = read(&skill(
        "export nothing: func();
         export plain: func() -> u8;
         export may-fail: func() -> result;
         export only-err: func() -> result<_, u8>;
         export nested: func() -> list<result<u8>>;",
    ));
    let result = |name| &package.operation(name).unwrap().result;
    assert_eq!(
        result("nothing"),
        &OpResult {
            ok: None,
            err: None
        }
    );
    assert_eq!(
        result("plain"),
        &OpResult {
            ok: Some(Type::U8),
            err: None
        }
    );
    assert_eq!(
        result("may-fail"),
        &OpResult {
            ok: None,
            err: Some(None)
        }
    );
    assert_eq!(
        result("only-err"),
        &OpResult {
            ok: None,
            err: Some(Some(Type::U8))
        }
    );
    assert!(matches!(result("nested").ok, Some(Type::List(_))));
    assert!(
        package
            .operation("nested")
            .unwrap()
            .failure_schema()
            .is_none()
    );
}

#[test]
fn names_are_as_short_as_they_are_unique() {
    let package = read(&component(
        "package local:test@0.1.0;
         package a:one { interface api { run: func(); only-here: func(); } interface other { twice: func(); } }
         package b:two { interface api { run: func(); } interface more { twice: func(); } }
         world skill {
            export run: func(); export a:one/api; export b:two/api; export a:one/other; export b:two/more;
            export inline: interface { twice: func(); }
         }",
    ));
    let names: Vec<_> = package
        .operations
        .iter()
        .map(|operation| operation.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "run",
            "a:one/api.run",
            "only-here",
            "b:two/api.run",
            "other.twice",
            "more.twice",
            "inline.twice"
        ]
    );
    let unique: std::collections::HashSet<_> = names.iter().collect();
    assert_eq!(unique.len(), names.len());
}

#[test]
fn types_keep_their_names_through_use_and_reexport() {
    let package = read(&component(
        "package local:test@0.1.0;
         interface types { record line-item { net-amount: s64, note: option<string> } enum kind { credit-note, invoice } }
         interface api {
            use types.{line-item as row, kind};
            flags option-set { dry-run, all }
            variant outcome { done(row), none, failed(kind) }
            check: func(rows: list<row>, opts: option-set) -> outcome;
         }
         world skill { export api; }",
    ));
    let check = package.operation("check").unwrap();
    assert_eq!(check.unsupported, None);
    let [rows, opts] = check.params.as_slice() else {
        panic!()
    };
    let Type::List(row) = &rows.ty else { panic!() };
    let Type::Record(row) = &**row else { panic!() };
    assert_eq!(row.wit_name, "row");
    assert_eq!(row.fields[0].name, "net_amount");
    assert_eq!(row.fields[0].wit_name, "net-amount");
    let Type::Flags(flags) = &opts.ty else {
        panic!()
    };
    assert_eq!(flags.wit_name, "option-set");
    assert_eq!(flags.labels[0].name, "dry_run");
    let Some(Type::Variant(outcome)) = &check.result.ok else {
        panic!()
    };
    assert_eq!(outcome.cases[1].ty, None);
    let Some(Type::Enum(kind)) = &outcome.cases[2].ty else {
        panic!()
    };
    assert_eq!(kind.labels[0].name, "credit_note");
}

#[test]
fn an_operation_that_cannot_be_called_says_why() {
    let package = read(&component(
        "package local:test@0.1.0;
         interface api {
            resource doc { constructor(); get: func() -> u8; of: static func() -> u8; }
            take: func(it: borrow<doc>);
            fut: func() -> future<u8>;
            str: func(in-put: list<stream<u8>>);
            later: async func() -> u8;
            fine: func();
         }
         world skill { export api; }",
    ));
    let why = |name: &str| {
        package
            .operation(name)
            .unwrap()
            .unsupported
            .clone()
            .unwrap_or_default()
    };
    assert!(
        why("take").contains("parameter `it` uses a resource handle"),
        "{}",
        why("take")
    );
    assert!(why("fut").contains("its result uses a future"));
    assert!(why("str").contains("parameter `in-put` uses a stream"));
    assert!(why("later").contains("async function"));
    assert!(why("[method]doc.get").contains("belongs to a resource"));
    assert_eq!(package.operation("fine").unwrap().unsupported, None);
}

#[test]
fn deep_and_huge_types_make_an_operation_unsupported() {
    let mut types = String::from("record t0 { a: u8, b: u8 }\n");
    for i in 1..40 {
        types += &format!("record t{i} {{ a: t{}, b: u8 }}\n", i - 1);
    }
    let deep = read(&component(&format!(
        "package local:test; interface api {{ {types} f: func(x: t39); g: func(x: t20); }} world skill {{ export api; }}"
    )));
    let why = deep.operation("f").unwrap().unsupported.clone().unwrap();
    assert!(why.contains("more than 32 levels"), "{why}");
    assert_eq!(deep.operation("g").unwrap().unsupported, None);

    let mut types = String::from("record t0 { a: u8, b: u8 }\n");
    for i in 1..15 {
        types += &format!("record t{i} {{ a: t{p}, b: t{p} }}\n", p = i - 1);
    }
    let wide = read(&component(&format!(
        "package local:test; interface api {{ {types} f: func(x: t14); g: func(x: t8); }} world skill {{ export api; }}"
    )));
    let why = wide.operation("f").unwrap().unsupported.clone().unwrap();
    assert!(why.contains("more than 10000 parts"), "{why}");
    assert_eq!(wide.operation("g").unwrap().unsupported, None);
}

#[test]
fn long_names_words_and_many_operations_count_as_size() {
    let mut fields = String::new();
    for i in 0..200 {
        fields += &format!("{}{i}: u8, ", "long-".repeat(1000));
    }
    let package = read(&skill(&format!(
        "record r {{ {fields} }} export f: func(x: r);"
    )));
    let why = package.operation("f").unwrap().unsupported.clone().unwrap();
    assert!(why.contains("more than 10000 parts"), "{why}");

    let limits = ReadLimits {
        max_total_nodes: 5,
        ..ReadLimits::default()
    };
    let bytes = skill(
        "export a: func(x: list<u8>); export b: func(x: list<u8>); export c: func(x: list<u8>);",
    );
    let package = SkillPackage::read_with(&bytes, &limits).unwrap();
    let unsupported: Vec<_> = package
        .operations
        .iter()
        .map(|operation| operation.unsupported.is_some())
        .collect();
    assert_eq!(unsupported, [false, false, true]);
}

#[test]
fn initialisers_of_interpreters_are_no_operations() {
    let package = read(&component(
        "package local:test;
         world skill {
            export init: func(shim: string, script: string, entry-path: option<string>) -> result<_, string>;
            export exports: interface {
                record symbols { types-package: string }
                init: func(app-name: string, symbols: symbols) -> result<_, string>;
            }
            export run: func();
         }",
    ));
    let names: Vec<_> = package
        .operations
        .iter()
        .map(|operation| &operation.name)
        .collect();
    assert_eq!(names, ["run"]);
    // An author's own function of that name stays.
    let package = read(&skill("export init: func(year: u16);"));
    assert!(package.operation("init").is_some());
}

#[test]
fn inert_wasi_is_a_lane_and_the_rest_is_refused_by_name() {
    let wasi = |items: &str| {
        read(&component(&format!(
            "package local:test;
             package wasi:clocks@0.2.6 {{ interface wall-clock {{ now: func() -> u64; }} interface timezone {{ x: func(); }} }}
             package wasi:random@0.3.0 {{ interface random {{ x: func(); }} }}
             package wasi:http@0.2.6 {{ interface outgoing-handler {{ handle: func(); }} }}
             package wasi:sockets@0.2.6 {{ interface tcp {{ connect: func(); }} }}
             package other:pkg {{ interface thing {{ f: func(); }} interface only-types {{ type t = u8; }} }}
             world skill {{ {items} export run: func(); }}"
        )))
    };
    assert_eq!(
        wasi("import wasi:clocks/wall-clock@0.2.6;").lane,
        Lane::InertWasi
    );
    for (items, name, advice) in [
        (
            "import wasi:http/outgoing-handler@0.2.6;",
            "wasi:http/outgoing-handler@0.2.6",
            "guildhall:skill/network",
        ),
        (
            "import wasi:sockets/tcp@0.2.6;",
            "wasi:sockets/tcp@0.2.6",
            "guildhall:skill/network",
        ),
        (
            "import wasi:random/random@0.3.0;",
            "wasi:random/random@0.3.0",
            "only WASI 0.2",
        ),
        (
            "import wasi:clocks/timezone@0.2.6;",
            "wasi:clocks/timezone@0.2.6",
            "guildhall:skill/context",
        ),
        ("import other:pkg/thing;", "other:pkg/thing", "compose"),
        (
            "import lone: func();",
            "lone",
            "interfaces, not single functions",
        ),
    ] {
        let Lane::Refused(refused) = wasi(items).lane else {
            panic!("{items}")
        };
        assert_eq!(refused[0].name, name);
        assert!(
            refused[0].instead.contains(advice),
            "{}",
            refused[0].instead
        );
    }
    // A type alone gives nothing to anybody.
    let types = wasi("use other:pkg/only-types.{t}; export f: func(x: t);");
    assert_eq!(types.lane, Lane::Strict);
}

#[test]
fn a_contract_of_another_major_or_with_unknown_parts_is_refused() {
    let with = |package: &str, import: &str| {
        read(&component(&format!(
            "package local:test; {package} world skill {{ import {import}; export run: func(); }}"
        )))
        .lane
    };
    for (package, import, advice) in [
        (
            "package guildhall:skill@2.0.0 { interface log { write: func(message: string); } }",
            "guildhall:skill/log@2.0.0",
            "major version 1",
        ),
        (
            "package guildhall:skill { interface log { write: func(message: string); } }",
            "guildhall:skill/log",
            "major version 1",
        ),
        (
            "package guildhall:skill@1.4.0 { interface knowledge { ask: func(); } }",
            "guildhall:skill/knowledge@1.4.0",
            "update Guildhall",
        ),
        (
            "package guildhall:skill@1.4.0 { interface log { erase: func(); } }",
            "guildhall:skill/log@1.4.0",
            "update Guildhall",
        ),
    ] {
        let Lane::Refused(refused) = with(package, import) else {
            panic!("{import}")
        };
        assert!(
            refused[0].instead.contains(advice),
            "{}",
            refused[0].instead
        );
    }
    let newer = with(
        "package guildhall:skill@1.4.0 { interface log { write: func(message: string); } }",
        "guildhall:skill/log@1.4.0",
    );
    assert_eq!(newer, Lane::Strict);
}

#[test]
fn what_is_no_component_is_refused_with_the_way_to_make_one() {
    assert_eq!(SkillPackage::read(b"").unwrap_err(), ReadError::NotWasm);
    assert_eq!(
        SkillPackage::read(b"(component)").unwrap_err(),
        ReadError::NotWasm
    );
    let core = SkillPackage::read(b"\0asm\x01\0\0\0").unwrap_err();
    assert_eq!(core, ReadError::CoreModule);
    assert!(core.to_string().contains("wasm-tools component new"));
    assert!(matches!(
        SkillPackage::read(b"\0asm\x0d\0\x01"),
        Err(ReadError::Invalid { .. })
    ));
    assert!(matches!(
        SkillPackage::read(b"\0asm\x0d\0\x01\0\xff"),
        Err(ReadError::Invalid { .. })
    ));
    let limits = ReadLimits {
        max_bytes: 10,
        ..ReadLimits::default()
    };
    let bytes = skill("export run: func();");
    assert!(matches!(
        SkillPackage::read_with(&bytes, &limits),
        Err(ReadError::TooLarge { .. })
    ));
    let limits = ReadLimits {
        max_operations: 1,
        ..ReadLimits::default()
    };
    let bytes = skill("export api: interface { a: func(); b: func(); }");
    assert!(matches!(
        SkillPackage::read_with(&bytes, &limits),
        Err(ReadError::TooMany { .. })
    ));
    let limits = ReadLimits {
        max_imports: 1,
        ..ReadLimits::default()
    };
    let bytes = skill("import guildhall:skill/log@1.0.0; import guildhall:skill/context@1.0.0;");
    assert!(matches!(
        SkillPackage::read_with(&bytes, &limits),
        Err(ReadError::TooMany { .. })
    ));
}

#[test]
fn an_invalid_function_body_is_found() {
    let mut bytes = skill("export run: func() -> u32;");
    // The body of the dummy is `unreachable` (0x00) between no locals and `end`.
    let body = bytes
        .windows(4)
        .position(|w| w == [0x03, 0x00, 0x00, 0x0b])
        .unwrap();
    bytes[body + 2] = 0x6a;
    assert!(matches!(
        SkillPackage::read(&bytes),
        Err(ReadError::Invalid { .. })
    ));
}

#[test]
fn a_nested_component_cannot_hide_an_import() {
    // What a nested component imports must come from its parent, so the top level names it.
    let inner = skill("import guildhall:skill/network@1.0.0; export run: func();");
    let mut outer = wasm_encoder::Component::new();
    outer.section(&wasm_encoder::RawSection {
        id: 4,
        data: &inner,
    });
    let package = read(&outer.finish());
    assert!(
        package.imports.is_empty(),
        "not instantiated, so it can do nothing"
    );
    assert!(package.operations.is_empty());
}

#[test]
fn the_real_contract_is_served_in_full() {
    let mut resolve = wit_parser::Resolve::default();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../wit/guildhall-skill-1");
    let (package, _) = resolve.push_dir(path).unwrap();
    let world = resolve.select_world(&[package], Some("imports")).unwrap();
    let bytes = component_of(&resolve, world);
    let package = read(&bytes);
    assert_eq!(package.lane, Lane::Strict);
    let capabilities: Vec<_> = package.capabilities().collect();
    assert_eq!(capabilities, Capability::ALL);
}

#[test]
fn the_input_schema_is_an_object_by_parameter_name() {
    let package = read(&skill(
        "export f: func(file-name: string, note: option<string>, raw: list<u8>) -> u64;",
    ));
    let f = package.operation("f").unwrap();
    assert_eq!(
        f.input_schema(),
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": {
                "file_name": {"type": "string"},
                "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                "raw": {"type": "string", "contentEncoding": "base64"},
            },
            "required": ["file_name", "raw"],
            "additionalProperties": false,
        })
    );
    assert_eq!(f.output_schema()["type"], json!(["integer", "string"]));
    assert_eq!(f.failure_schema(), None);
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), head in any::<bool>()) {
        let mut whole = if head { b"\0asm\x0d\0\x01\0".to_vec() } else { Vec::new() };
        whole.extend(bytes);
        let _ = SkillPackage::read(&whole);
    }

    #[test]
    fn a_damaged_component_does_not_make_the_reader_panic(at in any::<prop::sample::Index>(), with in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let whole = skill("import guildhall:skill/files@1.0.0; record r { a: u8, b: list<string> } export f: func(x: r) -> result<r, string>;");
        let mut bytes = whole.clone();
        let at = at.index(bytes.len());
        bytes[at] = with;
        let _ = SkillPackage::read(&bytes);
        let _ = SkillPackage::read(&whole[..cut.index(whole.len())]);
    }
}

#[test]
fn generated_components_are_read_and_described_without_a_panic() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        // xorshift64: the same components in every run.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    let (mut read, mut imports) = (0, 0);
    for _ in 0..300 {
        let seed: Vec<u8> = std::iter::repeat_with(&mut next)
            .take(400)
            .flatten()
            .collect();
        let config = wasm_smith::Config::default();
        let Ok(component) = wasm_smith::Component::new(config, &mut Unstructured::new(&seed))
        else {
            continue;
        };
        if let Ok(package) = SkillPackage::read(&component.to_bytes()) {
            read += 1;
            imports += package.imports.len();
            let report = crate::Inspection::of(&package);
            assert_eq!(report.operations.len(), package.operations.len());
            assert!(!report.cannot.is_empty());
        }
    }
    assert!(read > 200, "only {read} could be read");
    // wasm-smith exports no functions from components; `generated_types` makes up for it.
    assert!(imports > 30, "only {imports} imports");
}
