//! What a form shows of a value reads back as that value, whatever the type; and mistakes stay where they were made.

use guildhall_console::forms::{
    Change, Choice, Control, Entries, Field, Problems, fill, place_of, read, read_settings, show,
    show_settings,
};
use guildhall_host::values::{from_json, to_json};
use guildhall_package::model::{
    Case, Field as ModelField, Label, LabelsType, RecordType, ResultType, VariantType,
};
use guildhall_package::{Param, Type};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::Arc;

fn param(name: &str, ty: Type) -> Param {
    Param {
        name: name.to_owned(),
        wit_name: name.to_owned(),
        ty,
    }
}

fn labels(names: &[&str]) -> Arc<LabelsType> {
    let labels = names.iter().map(|name| Label {
        name: (*name).to_owned(),
        wit_name: (*name).to_owned(),
        doc: None,
    });
    Arc::new(LabelsType {
        wit_name: "l".to_owned(),
        doc: None,
        labels: labels.collect(),
    })
}

fn record(fields: Vec<(&str, Type)>) -> Type {
    let fields = fields.into_iter().map(|(name, ty)| ModelField {
        name: name.to_owned(),
        wit_name: name.to_owned(),
        ty,
        doc: None,
    });
    Type::Record(Arc::new(RecordType {
        wit_name: "r".to_owned(),
        doc: None,
        fields: fields.collect(),
    }))
}

/// What a browser sends of these fields, the way it sends it.
fn sent(fields: &[Field]) -> Entries {
    let mut entries = Entries::default();
    for field in fields {
        send(field, &mut entries);
    }
    entries
}

fn chosen(choices: &[Choice]) -> &str {
    choices
        .iter()
        .find(|choice| choice.on)
        .map_or("", |choice| &choice.value)
}

fn send(field: &Field, entries: &mut Entries) {
    let path = &field.path;
    match &field.control {
        Control::Check { on } => {
            if *on {
                entries.set(path, "on");
            }
        }
        Control::Line {
            value,
            empty_is_meant,
            ..
        } => {
            assert!(!value.contains(['\n', '\r', '\0']), "a line holds no lines");
            entries.set(path, value.as_str());
            if *empty_is_meant {
                entries.set(format!("{path}:given"), "on");
            }
        }
        Control::Lines {
            value,
            empty_is_meant,
        } => {
            assert!(!value.contains(['\r', '\0']), "browsers change these");
            entries.set(path, value.replace('\n', "\r\n"));
            if *empty_is_meant {
                entries.set(format!("{path}:given"), "on");
            }
        }
        Control::Json { value } => {
            assert!(!value.contains(['\r', '\0']), "browsers change these");
            entries.set(format!("{path}:json"), value.replace('\n', "\r\n"));
        }
        Control::Choose { name, choices } => entries.set(name, chosen(choices)),
        Control::Flags { boxes } => {
            for choice in boxes.iter().filter(|choice| choice.on) {
                entries.set(&choice.value, "on");
            }
        }
        Control::Group { fields } => fields.iter().for_each(|field| send(field, entries)),
        Control::Maybe { on, field } => {
            if *on {
                entries.set(format!("{path}:given"), "on");
            }
            // What is hidden is sent as well.
            send(field, entries);
        }
        Control::Cases { choices, payloads } => {
            entries.set(format!("{path}:case"), chosen(choices));
            payloads
                .iter()
                .flatten()
                .for_each(|field| send(field, entries));
        }
        Control::Items { rows, .. } => {
            entries.set(format!("{path}:count"), rows.len().to_string());
            rows.iter().for_each(|field| send(field, entries));
        }
        Control::Upload { kept, .. } => {
            if let Some(kept) = kept {
                entries.set(format!("{path}:kept"), kept.as_str());
            }
        }
    }
}

fn any_type() -> impl Strategy<Value = Type> {
    let leaf = proptest::sample::select(vec![
        Type::Bool,
        Type::S8,
        Type::U16,
        Type::S32,
        Type::S64,
        Type::U64,
        Type::F32,
        Type::F64,
        Type::Char,
        Type::String,
        Type::Enum(labels(&["a_b", "c"])),
        Type::Flags(labels(&["a_b", "c", "given"])),
        Type::List(Arc::new(Type::U8)),
    ]);
    leaf.prop_recursive(7, 32, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|ty| Type::List(Arc::new(ty))),
            inner.clone().prop_map(|ty| Type::Option(Arc::new(ty))),
            prop::collection::vec(inner.clone(), 1..4).prop_map(|types| Type::Tuple(types.into())),
            // Names that the form itself uses.
            prop::collection::vec(inner.clone(), 1..4).prop_map(|types| record(
                ["count", "given", "json"].into_iter().zip(types).collect()
            )),
            (inner.clone(), inner.clone()).prop_map(|(ok, err)| Type::Result(Arc::new(
                ResultType {
                    ok: Some(ok),
                    err: Some(err)
                }
            ))),
            inner.prop_map(|ty| Type::Variant(Arc::new(VariantType {
                wit_name: "v".to_owned(),
                doc: None,
                cases: [("case", None), ("kept", Some(ty))]
                    .into_iter()
                    .map(|(name, ty)| Case {
                        name: name.to_owned(),
                        wit_name: name.to_owned(),
                        ty,
                        doc: None
                    })
                    .collect(),
            }))),
        ]
    })
}

fn any_json(ty: &Type) -> BoxedStrategy<Value> {
    match ty {
        Type::Bool => any::<bool>().prop_map(Value::from).boxed(),
        Type::S8 => any::<i8>().prop_map(Value::from).boxed(),
        Type::U16 => any::<u16>().prop_map(Value::from).boxed(),
        Type::S32 => any::<i32>().prop_map(Value::from).boxed(),
        Type::S64 => any::<i64>().prop_map(Value::from).boxed(),
        Type::U64 => any::<u64>().prop_map(Value::from).boxed(),
        Type::F32 => any::<f32>()
            .prop_map(|f| json!(f))
            .prop_filter("a number", |v| !v.is_null())
            .boxed(),
        Type::F64 => prop_oneof![
            any::<f64>()
                .prop_map(|f| json!(f))
                .prop_filter("a number", |v| !v.is_null()),
            Just(json!("NaN")),
            Just(json!("-Infinity")),
        ]
        .boxed(),
        Type::Char => any::<char>().prop_map(|c| json!(c.to_string())).boxed(),
        Type::String => prop_oneof![any::<String>(), "[ a\r\n\t<&\"]{0,6}",]
            .prop_map(Value::from)
            .boxed(),
        Type::List(item) if **item == Type::U8 => {
            prop_oneof![Just(json!("AAEC/w==")), Just(json!(""))].boxed()
        }
        Type::List(item) => prop::collection::vec(any_json(item), 0..4)
            .prop_map(Value::from)
            .boxed(),
        Type::Option(inner) => {
            let nested = matches!(**inner, Type::Option(_));
            prop_oneof![
                Just(Value::Null),
                any_json(inner).prop_map(move |v| if nested { json!({"some": v}) } else { v }),
            ]
            .boxed()
        }
        Type::Tuple(types) => types
            .iter()
            .map(any_json)
            .collect::<Vec<_>>()
            .prop_map(Value::from)
            .boxed(),
        Type::Record(ty) => {
            let names: Vec<String> = ty.fields.iter().map(|f| f.name.clone()).collect();
            ty.fields
                .iter()
                .map(|f| any_json(&f.ty))
                .collect::<Vec<_>>()
                .prop_map(move |values| Value::Object(names.iter().cloned().zip(values).collect()))
                .boxed()
        }
        Type::Result(ty) => prop_oneof![
            any_json(ty.ok.as_ref().unwrap()).prop_map(|v| json!({"ok": v})),
            any_json(ty.err.as_ref().unwrap()).prop_map(|v| json!({"err": v})),
        ]
        .boxed(),
        Type::Variant(ty) => prop_oneof![
            Just(json!({"case": null})),
            any_json(ty.cases[1].ty.as_ref().unwrap()).prop_map(|v| json!({"kept": v})),
        ]
        .boxed(),
        Type::Enum(_) => proptest::sample::select(vec![json!("a_b"), json!("c")]).boxed(),
        Type::Flags(_) => proptest::sample::subsequence(vec!["a_b", "c", "given"], 0..=3)
            .prop_map(|l| json!(l))
            .boxed(),
        other => panic!("no values of {other:?}"),
    }
}

fn type_and_value() -> impl Strategy<Value = (Type, Value)> {
    any_type().prop_flat_map(|ty| {
        let json = any_json(&ty);
        (Just(ty), json)
    })
}

proptest! {
    #[test]
    fn what_a_form_shows_of_a_value_reads_back_as_that_value((ty, json) in type_and_value()) {
        // As the host writes it: numbers of 64 bits, and so on.
        let value = to_json(&ty, &from_json(&ty, &json).unwrap()).unwrap();
        let params = [param("given", ty)];
        let input = json!({ "given": value });
        let fields = show(&params, &fill(&params, &input), &Problems::new());
        let read = read(&params, &sent(&fields));
        prop_assert_eq!(&read.problems, &Problems::new());
        prop_assert_eq!(&read.input, &input);
        // It is drawn, and no value leaves its attribute.
        let html: String = fields.iter().map(|field| field.view().to_string()).collect();
        prop_assert!(!html.contains("<&\""), "{}", html);
    }

    #[test]
    fn whatever_is_sent_is_read_or_is_a_mistake_in_its_place(
        (ty, _) in type_and_value(),
        pairs in prop::collection::vec(("input\\.x(\\.[a-c0-2]{1}|:(count|case|json|given|kept)){0,3}", "\\PC{0,6}|[0-9]{1,9}|on|a_b"), 0..12),
    ) {
        let params = [param("x", ty.clone())];
        let entries = Entries::of(pairs);
        let read = read(&params, &entries);
        for path in read.problems.keys() {
            prop_assert!(path.starts_with("input.x"), "{}", path);
        }
        // A form that is shown again shows what was sent, and says what is wrong with it.
        let again = show(&params, &entries, &read.problems);
        prop_assert_eq!(again.len(), 1);
    }
}

#[test]
fn a_mistake_stands_at_its_field_with_what_was_written() {
    let lines = Type::List(Arc::new(record(vec![
        ("price", Type::U8),
        ("name", Type::String),
    ])));
    let params = [param("lines", lines)];
    let mut entries = fill(
        &params,
        &json!({"lines": [{"price": 1, "name": "a"}, {"price": 2, "name": "b"}]}),
    );
    entries.set("input.lines.1.price", "many");
    let read = read(&params, &entries);
    assert_eq!(
        read.problems.into_iter().collect::<Vec<_>>(),
        [(
            "input.lines.1.price".to_owned(),
            "Write a whole number from 0 to 255.".to_owned()
        )]
    );
    let problems = [("input.lines.1.price".to_owned(), "Too much.".to_owned())].into();
    let fields = show(&params, &entries, &problems);
    let html = fields[0].view().to_string();
    assert!(html.contains("value=\"many\""), "{html}");
    assert!(
        html.contains("id=\"input.lines.1.price:problem\">Too much."),
        "{html}"
    );
    assert_eq!(html.matches("aria-invalid").count(), 1, "{html}");
    // The host names the same place in its own way.
    assert_eq!(place_of("lines[1].price"), "input.lines.1.price");
}

#[test]
fn items_come_and_go_and_nothing_of_one_that_is_gone_comes_back() {
    let params = [param("names", Type::List(Arc::new(Type::String)))];
    let mut entries = fill(&params, &json!({"names": ["a", "b"]}));
    entries.change(&Change::parse("remove:input.names").unwrap());
    assert_eq!(read(&params, &entries).input, json!({"names": ["a"]}));
    entries.change(&Change::parse("add:input.names").unwrap());
    assert_eq!(read(&params, &entries).input, json!({"names": ["a", ""]}));
    for _ in 0..300 {
        entries.change(&Change::Add("input.names".to_owned()));
    }
    assert_eq!(entries.count("input.names"), 100);
    // Whatever is sent, no more than that is read.
    entries.set("input.names:count", "99999999999");
    let read = read(&params, &entries).input;
    assert_eq!(read["names"].as_array().unwrap().len(), 100);
    assert_eq!(Change::parse("nothing:x"), None);
}

#[test]
fn settings_are_read_by_their_kind_and_empty_ones_are_left_to_their_default() {
    let manifest = guildhall_package::Manifest::parse(
        "name = \"acme/x\"\nversion = \"1.0.0\"\ndescription = \"D.\"\nlicence = \"MIT\"\n\
         [settings.days]\ntype = \"integer\"\ndefault = 7\ndescription = \"Days.\"\n\
         [settings.strict]\ntype = \"boolean\"\ndescription = \"Strict.\"\n\
         [settings.mode]\ntype = \"choice\"\nchoices = [\"fast\", \"slow\"]\ndescription = \"Mode.\"\n\
         [settings.title]\ntype = \"string\"\ndescription = \"Title.\"\n",
    )
    .unwrap();
    let declared = &manifest.settings;
    let set = [("days", "9"), ("mode", "slow"), ("title", "A <b>")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let fields = show_settings(declared, &set, None, &Problems::new());
    assert_eq!(
        read_settings(declared, &sent(&fields)),
        (set, Problems::new())
    );
    let html: String = fields
        .iter()
        .map(|field| field.view().to_string())
        .collect();
    assert!(html.contains("Left empty it is 7."), "{html}");
    let wrong = Entries::of(
        [
            ("setting.days", "soon"),
            ("setting.strict", "maybe"),
            ("setting.mode", "other"),
            ("setting.title", "ok"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    let (values, problems) = read_settings(declared, &wrong);
    assert_eq!(
        values.into_iter().collect::<Vec<_>>(),
        [("title".to_owned(), "ok".to_owned())]
    );
    assert_eq!(
        problems.keys().collect::<Vec<_>>(),
        ["setting.days", "setting.mode", "setting.strict"]
    );
    // Shown again, what was written stands there.
    let again = show_settings(declared, &[].into(), Some(&wrong), &problems);
    assert!(again[0].view().to_string().contains("value=\"soon\""));
}
