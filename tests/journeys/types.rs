//! Values of every type, there and back.

use guildhall_tests::{Home, Value, json};

fn everything() -> Value {
    json!({
        "yes": true,
        "small": -128,
        "wide": 1_000,
        "deep": -5,
        "single": 1.5,
        "double": -2.25,
        "letter": "é",
        "text": "Grüße \u{1F600}",
        "bytes": "AAEC/w==",
        "numbers": [1, 2, 4_294_967_295_u32],
        "maybe": "there",
        "perhaps": {"some": 7},
        "outcome": {"ok": 3},
        "pair": ["left", 255],
        "colour": "dark_green",
        "rights": ["may_read", "may_write"],
        "shape": {"circle": 0.5},
    })
}

fn echoed(value: &Value) -> Value {
    let ran = Home::new()
        .prober("echo")
        .input(json!({ "value": value }))
        .go();
    ran.exits(0).is("completed").output()
}

fn with(changes: &[(&str, Value)]) -> Value {
    let mut value = everything();
    for (key, change) in changes {
        value[*key] = change.clone();
    }
    value
}

#[test]
fn a_value_of_every_type_comes_back_as_it_went() {
    let value = everything();
    assert_eq!(echoed(&value), value);
}

#[test]
fn the_edges_of_every_type_come_back_as_they_went() {
    let value = with(&[
        ("small", json!(127)),
        ("wide", json!("18446744073709551615")),
        ("deep", json!("-9223372036854775808")),
        ("double", json!("NaN")),
        ("single", json!("-Infinity")),
        ("letter", json!("\u{10ffff}")),
        ("text", json!("")),
        ("bytes", json!("")),
        ("numbers", json!([])),
        ("maybe", Value::Null),
        ("perhaps", json!({"some": null})),
        ("outcome", json!({"err": "no"})),
        ("rights", json!([])),
        ("shape", json!({"named": "x"})),
    ]);
    assert_eq!(echoed(&value), value);
}

#[test]
fn what_is_absent_is_none_and_a_case_may_be_written_as_a_word() {
    let mut value = with(&[("perhaps", Value::Null), ("shape", json!("point"))]);
    value.as_object_mut().unwrap().remove("maybe");
    let back = echoed(&value);
    assert_eq!(back["maybe"], Value::Null);
    assert_eq!(back["perhaps"], Value::Null);
    assert_eq!(back["shape"], json!({"point": null}));
}

#[test]
fn numbers_beyond_what_json_readers_hold_are_taken_as_text_and_given_as_text() {
    let wide = 9_007_199_254_740_993_u64;
    let back = echoed(&with(&[("wide", json!(wide)), ("deep", json!("-12"))]));
    assert_eq!(back["wide"], json!("9007199254740993"));
    assert_eq!(back["deep"], json!(-12));
}

#[test]
fn a_value_of_the_wrong_type_is_refused_with_its_place() {
    let home = Home::new();
    for (key, wrong) in [
        ("small", json!(128)),
        ("wide", json!(-1)),
        ("wide", json!(1.5)),
        ("letter", json!("ab")),
        ("bytes", json!("not base64!")),
        ("pair", json!(["left"])),
        ("colour", json!("blue")),
        ("rights", json!(["may_read", "may_read", "may_fly"])),
        ("shape", json!({"circle": 1, "named": "x"})),
        ("yes", json!("true")),
        ("text", json!(null)),
    ] {
        let ran = home
            .prober("echo")
            .input(json!({ "value": with(&[(key, wrong.clone())]) }))
            .go();
        let error = ran.error(2, "input");
        assert!(error.contains(key), "{key} = {wrong}: {error}");
        assert!(error.contains("guildhall inspect"), "{error}");
    }
}

#[test]
fn unknown_and_missing_fields_are_refused_by_name() {
    let home = Home::new();
    let mut value = everything();
    value["extra"] = json!(1);
    let ran = home.prober("echo").input(json!({ "value": value })).go();
    assert!(ran.error(2, "input").contains("extra"), "{}", ran.shown());
    let mut value = everything();
    value.as_object_mut().unwrap().remove("text");
    let ran = home.prober("echo").input(json!({ "value": value })).go();
    assert!(ran.error(2, "input").contains("text"), "{}", ran.shown());
    let ran = home
        .prober("fail")
        .input(json!({ "text": "x", "more": 1 }))
        .go();
    assert!(ran.error(2, "input").contains("more"), "{}", ran.shown());
}
