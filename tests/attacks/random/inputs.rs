//! Input that is not what the operation takes, in generated ways. Nothing may run, and what does run gets exactly what was
//! written.

use super::place;
use guildhall_tests::{Attack, Home, Seed, Value, journal, json};

/// One value of every kind of type, as it is written and as it comes back.
fn everything(seed: &mut Seed) -> Value {
    let text = [
        "ok",
        "ß",
        "a\u{0}b",
        "\u{1f600}",
        "\u{202e}x",
        "line\nline",
        "",
    ];
    json!({ "value": {
        "yes": seed.below(2) == 0,
        "small": i64::try_from(seed.below(256)).expect("small") - 128,
        "wide": "18446744073709551615",
        "deep": -5,
        "single": 1.5,
        "double": "NaN",
        "letter": "ß",
        "text": seed.one(&text),
        "bytes": "AAEC",
        "numbers": [seed.below(1 << 32), 2],
        "maybe": null,
        "perhaps": { "some": null },
        "outcome": { "err": "no" },
        "pair": ["a", 1],
        "colour": "dark_green",
        "rights": ["may_write"],
        "shape": { "circle": 2.5 },
    }})
}

/// Values that fit none of the fields named beside them.
const WRONG: [(&str, &[&str]); 12] = [
    ("yes", &["1", "\"true\"", "null", "[]"]),
    (
        "small",
        &[
            "128",
            "-129",
            "1.5",
            "1e2",
            "\"x\"",
            "99999999999999999999999",
        ],
    ),
    (
        "wide",
        &[
            "-1",
            "18446744073709551616",
            "1e30",
            "\"-1\"",
            "\"0x10\"",
            "\" 1\"",
        ],
    ),
    (
        "deep",
        &[
            "9223372036854775808",
            "\"9223372036854775808\"",
            "0.1",
            "\"+1\"",
        ],
    ),
    ("letter", &["\"\"", "\"ab\"", "65", "\"e\\u0301\""]),
    ("text", &["1", "null", "[\"a\"]", "{}"]),
    (
        "bytes",
        &["\"AA=\"", "\"A\"", "\"AA*C\"", "[0, 1]", "\"AAEC\\n\""],
    ),
    (
        "numbers",
        &["[4294967296]", "[-1]", "[null]", "{}", "[1, \"x\"]"],
    ),
    (
        "perhaps",
        &["{\"some\": \"x\"}", "{\"some\": 1, \"more\": 2}", "{}"],
    ),
    (
        "pair",
        &["[\"a\"]", "[\"a\", 1, 2]", "[1, \"a\"]", "[\"a\", 256]"],
    ),
    ("colour", &["\"blue\"", "\"Red\"", "0", "\"dark_green \""]),
    (
        "shape",
        &[
            "{\"circle\": 1, \"point\": null}",
            "\"circle\"",
            "{\"square\": 1}",
            "{}",
        ],
    ),
];

/// A text that must not be taken for an input of the operation, and what is wrong with it.
fn hostile(seed: &mut Seed) -> (&'static str, Vec<u8>) {
    let whole = everything(seed);
    let good = whole.to_string();
    let first = "{\"value\":{";
    match seed.below(11) {
        0 => {
            let (field, _) = seed.one(&WRONG);
            let again = format!("{first}\"{field}\":{},", whole["value"][field]);
            ("a key twice", good.replacen(first, &again, 1).into_bytes())
        }
        1 => {
            let half = [
                "\\ud800",
                "\\udc00",
                "\\ud83d\\u0041",
                "\\udfffx",
                "x\\uD800\\uD800",
            ];
            let field = format!("{first}\"more\":\"{}\",", seed.one(&half));
            (
                "half a character",
                good.replacen(first, &field, 1).into_bytes(),
            )
        }
        2 => {
            let mut bytes = good.into_bytes();
            let at = place(seed, bytes.len());
            bytes.insert(at, seed.one(&[0xff_u8, 0xc0, 0x80, 0xfe]));
            ("bytes that are no text", bytes)
        }
        3 => {
            let control = char::from(u8::try_from(seed.below(32)).expect("small"));
            let text = good.replace("\"AAEC\"", &format!("\"AAE{control}C\""));
            ("a control character in a string", text.into_bytes())
        }
        4 => {
            let depth = 70 + place(seed, 5_000);
            let (open, close) = seed.one(&[("[", "]"), ("{\"a\":", "}")]);
            let value = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            ("a deep value", good.replacen("-5", &value, 1).into_bytes())
        }
        5 => {
            let number = [
                "01", "+1", ".5", "1.", "0x1", "1e", "1_000", "Infinity", "NaN", "--1", "1e400",
            ];
            let text = good.replacen("-5", seed.one(&number), 1);
            ("what is no number", text.into_bytes())
        }
        6 => {
            let mut bytes = good.into_bytes();
            bytes.truncate(place(seed, bytes.len()));
            ("a part", bytes)
        }
        7 => {
            let more = ["{}", ",", "]", "\0", "//", "x", "\u{feff}", "null"];
            (
                "more behind it",
                format!("{good}{}", seed.one(&more)).into_bytes(),
            )
        }
        8 => {
            let name = ["more", "Yes", "yes ", "__proto__", "dark-green", ""];
            let field = format!("{first}\"{}\":1,", seed.one(&name));
            (
                "a field that it does not have",
                good.replacen(first, &field, 1).into_bytes(),
            )
        }
        9 => {
            let mut less = whole;
            let (field, _) = seed.one(&WRONG);
            less["value"]
                .as_object_mut()
                .expect("an object")
                .remove(field);
            if field == "perhaps" {
                // An option may be left out.
                less["value"]["perhaps"] = json!({ "none": 1 });
            }
            ("a field too few", less.to_string().into_bytes())
        }
        _ => {
            let (field, values) = seed.one(&WRONG);
            let mut wrong = whole;
            wrong["value"][field] = "@".into();
            let text = wrong.to_string().replacen("\"@\"", seed.one(values), 1);
            ("a value of another type", text.into_bytes())
        }
    }
}

#[test]
fn generated_input_runs_only_if_it_is_what_the_operation_takes() {
    let mut attack = Attack::new("inputs", 40);
    let home = Home::new();
    let go = |text: &[u8]| {
        let file = home.put("input.json", text);
        let input = format!("@{}", file.display());
        home.prober("echo").arg("-i").arg(input).go()
    };
    let good = everything(&mut attack.seed);
    let _ = go(good.to_string().as_bytes()).exits(0);
    let mut runs = 1;
    while attack.goes_on() {
        let (what, text) = hostile(&mut attack.seed);
        let shown = String::from_utf8_lossy(&text).into_owned();
        let ran = go(&text);
        let recorded = journal::number(&home, "SELECT COUNT(*) FROM runs");
        if recorded != runs || ran.code == Some(0) {
            runs = recorded;
            attack.escaped(format!("{what} was run: {shown}\n{}", ran.shown()));
            continue;
        }
        let error = ran.error(2, "input");
        assert!(
            error.len() < 2_000,
            "{what}: an error is no place for a whole input"
        );
        attack.denied(what);
        // What is right comes back as it was written.
        if attack.seed.below(4) == 0 {
            let right = everything(&mut attack.seed);
            let ran = go(right.to_string().as_bytes());
            runs += 1;
            if ran.code != Some(0) || ran.output() != right["value"] {
                attack.escaped(format!(
                    "{right} came back as another value\n{}",
                    ran.shown()
                ));
            }
            attack.harmless();
        }
    }
    home.serves_the_next_run();
    attack.ends();
}
