//! Both directions, and agreement with wasmtime on generated types.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use super::{arguments, from_json, to_json};
use guildhall_package::model::{
    Case, Field, Label, LabelsType, RecordType, ResultType, VariantType,
};
use guildhall_package::{Param, Type};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::Arc;

fn names(labels: &[&str]) -> Arc<LabelsType> {
    Arc::new(LabelsType {
        wit_name: "labels".to_owned(),
        doc: None,
        labels: labels
            .iter()
            .map(|name| Label {
                name: name.replace('-', "_"),
                wit_name: (*name).to_owned(),
                doc: None,
            })
            .collect(),
    })
}

fn record(fields: &[(&str, Type)]) -> Type {
    Type::Record(Arc::new(RecordType {
        wit_name: "record".to_owned(),
        doc: None,
        fields: fields
            .iter()
            .map(|(name, ty)| Field {
                name: name.replace('-', "_"),
                wit_name: (*name).to_owned(),
                ty: ty.clone(),
                doc: None,
            })
            .collect(),
    }))
}

fn round_trip(ty: &Type, json: &Value) -> Value {
    let value = from_json(ty, json).unwrap();
    to_json(ty, &value).unwrap().value().unwrap()
}

fn problem(ty: &Type, json: &Value) -> String {
    from_json(ty, json).unwrap_err().to_string()
}

#[test]
fn integers_beyond_2_to_the_53_are_strings_and_accepted_as_both() {
    assert_eq!(
        round_trip(&Type::U64, &json!("18446744073709551615")),
        json!("18446744073709551615")
    );
    assert_eq!(
        round_trip(&Type::U64, &json!(u64::MAX)),
        json!("18446744073709551615")
    );
    assert_eq!(
        round_trip(&Type::S64, &json!(i64::MIN)),
        json!("-9223372036854775808")
    );
    assert_eq!(round_trip(&Type::S64, &json!("42")), json!(42));
    assert_eq!(
        round_trip(&Type::S64, &json!(-9_007_199_254_740_991_i64)),
        json!(-9_007_199_254_740_991_i64)
    );
}

#[test]
fn integers_out_of_range_and_fractions_are_refused_with_their_place() {
    let ty = record(&[(
        "lines",
        Type::List(Arc::new(record(&[("net-amount", Type::U8)]))),
    )]);
    let text = problem(
        &ty,
        &json!({"lines": [{"net_amount": 1}, {"net_amount": 256}]}),
    );
    assert!(
        text.starts_with("lines[1].net_amount: 256 does not fit"),
        "{text}"
    );
    assert!(problem(&Type::S32, &json!(1.5)).contains("whole number"));
    assert!(problem(&Type::U64, &json!("1e3")).contains("whole number"));
    assert!(problem(&Type::U64, &json!(-1)).contains("does not fit"));
}

#[test]
fn floats_without_a_number_are_words() {
    for word in ["NaN", "Infinity", "-Infinity"] {
        assert_eq!(round_trip(&Type::F64, &json!(word)), json!(word));
        assert_eq!(round_trip(&Type::F32, &json!(word)), json!(word));
    }
    assert!(problem(&Type::F64, &json!("1.0")).contains("a number"));
}

#[test]
fn bytes_are_base64_and_nothing_else() {
    let bytes = Type::List(Arc::new(Type::U8));
    assert_eq!(round_trip(&bytes, &json!("AAEC/w==")), json!("AAEC/w=="));
    assert!(problem(&bytes, &json!([1, 2])).contains("base64"));
    assert!(problem(&bytes, &json!("AAEC/w")).contains("base64"));
}

#[test]
fn options_may_be_absent_and_nest() {
    let option = |inner| Type::Option(Arc::new(inner));
    let ty = record(&[("a", option(Type::U8)), ("b", option(option(Type::U8)))]);
    assert_eq!(round_trip(&ty, &json!({})), json!({"a": null, "b": null}));
    assert_eq!(
        round_trip(&ty, &json!({"a": 1, "b": {"some": null}})),
        json!({"a": 1, "b": {"some": null}})
    );
    assert_eq!(
        round_trip(&ty, &json!({"b": {"some": 2}})),
        json!({"a": null, "b": {"some": 2}})
    );
    assert!(problem(&ty, &json!({"b": 2})).contains("some"));
}

#[test]
fn variants_enums_flags_and_results_use_snake_case_outside_and_kebab_case_inside() {
    let variant = Type::Variant(Arc::new(VariantType {
        wit_name: "v".to_owned(),
        doc: None,
        cases: vec![
            Case {
                name: "not_listed".to_owned(),
                wit_name: "not-listed".to_owned(),
                ty: None,
                doc: None,
            },
            Case {
                name: "size".to_owned(),
                wit_name: "size".to_owned(),
                ty: Some(Type::U8),
                doc: None,
            },
        ],
    }));
    assert_eq!(
        round_trip(&variant, &json!("not_listed")),
        json!({"not_listed": null})
    );
    assert_eq!(
        round_trip(&variant, &json!({"size": 3})),
        json!({"size": 3})
    );
    assert!(problem(&variant, &json!("size")).contains("has a value"));
    assert!(problem(&variant, &json!({"size": 3, "not_listed": null})).contains("exactly one"));
    assert!(problem(&variant, &json!("not-listed")).contains("not one of not_listed, size"));

    let flags = Type::Flags(names(&["may-read", "may-write"]));
    assert_eq!(
        round_trip(&flags, &json!(["may_write"])),
        json!(["may_write"])
    );
    assert!(problem(&flags, &json!(["may_read", "may_read"])).contains("twice"));
    let colour = Type::Enum(names(&["dark-red"]));
    assert_eq!(round_trip(&colour, &json!("dark_red")), json!("dark_red"));

    let result = Type::Result(Arc::new(ResultType {
        ok: Some(Type::U8),
        err: None,
    }));
    assert_eq!(round_trip(&result, &json!({"ok": 1})), json!({"ok": 1}));
    assert_eq!(
        round_trip(&result, &json!({"err": null})),
        json!({"err": null})
    );
    assert!(problem(&result, &json!({"err": 1})).contains("no value"));
}

#[test]
fn fields_are_told_apart_by_their_names_in_any_order_and_with_any_option_left_out() {
    let maybe = Type::Option(Arc::new(Type::U8));
    let ty = record(&[
        ("a-one", maybe.clone()),
        ("b", Type::U8),
        ("c", maybe.clone()),
        ("d", maybe),
    ]);
    let whole = |a: Value, c: Value, d: Value| json!({ "a_one": a, "b": 7, "c": c, "d": d });
    for (given, read) in [
        (
            json!({"b": 7}),
            whole(json!(null), json!(null), json!(null)),
        ),
        (
            json!({"a_one": 1, "b": 7, "d": 4}),
            whole(json!(1), json!(null), json!(4)),
        ),
        (
            json!({"d": 4, "b": 7, "a_one": 1}),
            whole(json!(1), json!(null), json!(4)),
        ),
        (
            json!({"b": 7, "a_one": 1}),
            whole(json!(1), json!(null), json!(null)),
        ),
        (
            json!({"b": 7, "c": null, "d": 4}),
            whole(json!(null), json!(null), json!(4)),
        ),
    ] {
        assert_eq!(round_trip(&ty, &given), read, "{given}");
    }
    assert_eq!(
        problem(&ty, &json!({"a_one": 1, "c": 3})),
        "input: `b` (u8) is missing"
    );
    let strange = problem(&ty, &json!({"a_one": 1, "b": 7, "d": 4, "e": 5}));
    assert!(strange.contains("there is no `e`"), "{strange}");
    let wrong = problem(&ty, &json!({"b": 7, "d": "x"}));
    assert!(wrong.starts_with("d: "), "{wrong}");
}

#[test]
fn unknown_missing_and_strange_names_are_refused_in_plain_text() {
    let params = [Param {
        name: "path".to_owned(),
        wit_name: "path".to_owned(),
        ty: Type::String,
    }];
    let text = arguments(&params, &json!({"path": "a", "p\u{1b}[31math": 1}))
        .unwrap_err()
        .to_string();
    assert!(!text.contains('\u{1b}'), "{text}");
    assert!(text.contains("known here: path"), "{text}");
    let text = arguments(&params, &json!({})).unwrap_err().to_string();
    assert_eq!(text, "input: `path` (string) is missing");
    assert!(arguments(&params, &json!([1])).is_err());
    assert_eq!(arguments(&[], &Value::Null).unwrap(), []);
}

#[test]
fn a_char_is_one_scalar_value() {
    assert_eq!(round_trip(&Type::Char, &json!("ß")), json!("ß"));
    assert!(from_json(&Type::Char, &json!("ab")).is_err());
    assert!(from_json(&Type::Char, &json!("")).is_err());
}

fn any_type() -> impl Strategy<Value = Type> {
    let leaf = proptest::sample::select(vec![
        Type::Bool,
        Type::S8,
        Type::U8,
        Type::S16,
        Type::U16,
        Type::S32,
        Type::U32,
        Type::S64,
        Type::U64,
        Type::F32,
        Type::F64,
        Type::Char,
        Type::String,
        Type::Enum(names(&["a-b", "c"])),
        Type::Flags(names(&["a-b", "c", "d"])),
    ]);
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|ty| Type::List(Arc::new(ty))),
            inner.clone().prop_map(|ty| Type::Option(Arc::new(ty))),
            prop::collection::vec(inner.clone(), 1..4).prop_map(|types| Type::Tuple(types.into())),
            prop::collection::vec(inner.clone(), 1..4).prop_map(|types| {
                let names = ["a-a", "b", "c"];
                let fields: Vec<_> = names.iter().copied().zip(types).collect();
                record(&fields)
            }),
            (inner.clone(), inner).prop_map(|(ok, err)| Type::Result(Arc::new(ResultType {
                ok: Some(ok),
                err: Some(err)
            }))),
        ]
    })
}

/// Some JSON, often of the type's own shape.
fn any_json(ty: &Type) -> BoxedStrategy<Value> {
    match ty {
        Type::Bool => any::<bool>().prop_map(Value::from).boxed(),
        Type::S8 => any::<i8>().prop_map(Value::from).boxed(),
        Type::U8 => any::<u8>().prop_map(Value::from).boxed(),
        Type::S16 => any::<i16>().prop_map(Value::from).boxed(),
        Type::U16 => any::<u16>().prop_map(Value::from).boxed(),
        Type::S32 => any::<i32>().prop_map(Value::from).boxed(),
        Type::U32 => any::<u32>().prop_map(Value::from).boxed(),
        Type::S64 => any::<i64>().prop_map(Value::from).boxed(),
        Type::U64 => any::<u64>().prop_map(Value::from).boxed(),
        Type::F32 => any::<f32>()
            .prop_map(|f| json!(f))
            .prop_filter("a number", |v| !v.is_null())
            .boxed(),
        Type::F64 => any::<f64>()
            .prop_map(|f| json!(f))
            .prop_filter("a number", |v| !v.is_null())
            .boxed(),
        Type::Char => any::<char>().prop_map(|c| json!(c.to_string())).boxed(),
        Type::String => any::<String>().prop_map(Value::from).boxed(),
        Type::List(item) if **item == Type::U8 => Just(json!("AAEC")).boxed(),
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
        Type::Enum(ty) => {
            proptest::sample::select(ty.labels.iter().map(|l| json!(l.name)).collect::<Vec<_>>())
                .boxed()
        }
        Type::Flags(ty) => {
            let labels: Vec<String> = ty.labels.iter().map(|l| l.name.clone()).collect();
            proptest::sample::subsequence(labels.clone(), 0..=labels.len())
                .prop_map(|l| json!(l))
                .boxed()
        }
        Type::Variant(_) => Just(Value::Null).boxed(),
    }
}

fn type_and_json() -> impl Strategy<Value = (Type, Value)> {
    any_type().prop_flat_map(|ty| {
        let json = any_json(&ty);
        (Just(ty), json)
    })
}

proptest! {
    /// What goes in comes out in the one normal form, and that form is stable.
    #[test]
    fn a_value_of_its_type_survives_the_round_trip((ty, json) in type_and_json()) {
        let once = round_trip(&ty, &json);
        let twice = round_trip(&ty, &once);
        prop_assert_eq!(&once, &twice);
    }

    /// Values of another type are refused, never a panic, never a wrong value.
    #[test]
    fn a_value_of_another_type_is_refused_or_fits((ty, _) in type_and_json(), (_, json) in type_and_json()) {
        if let Ok(value) = from_json(&ty, &json) {
            prop_assert!(to_json(&ty, &value).is_some());
        }
    }
}
