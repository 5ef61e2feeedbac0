//! Input that attacks the one who reads it.

use guildhall_tests::{Home, Ran};

fn with(home: &Home, text: &[u8]) -> Ran {
    let file = home.put("input.json", text);
    home.prober("fail")
        .arg("-i")
        .arg(format!("@{}", file.display()))
        .go()
}

/// Insists that the text is refused as input, in words that have this part.
#[track_caller]
fn is_refused(home: &Home, text: impl AsRef<[u8]>, part: &str) {
    let ran = with(home, text.as_ref());
    let error = ran.error(2, "input");
    assert!(error.contains(part), "{error}");
    assert!(
        error.len() < 2_000,
        "an error is no place to put a whole input"
    );
}

#[test]
fn a_key_that_comes_twice_is_refused() {
    let home = Home::new();
    is_refused(&home, r#"{"text": "a", "text": "b"}"#, "twice");
    is_refused(&home, r#"{"text": "a", "t\u0065xt": "b"}"#, "twice");
    home.serves_the_next_run();
}

#[test]
fn a_deep_input_is_refused() {
    let home = Home::new();
    for depth in [65, 1_000, 1_000_000] {
        let text = format!("{{\"text\": {}{}}}", "[".repeat(depth), "]".repeat(depth));
        is_refused(&home, text, "levels deep");
        let text = format!("{}1{}", "{\"text\": ".repeat(depth), "}".repeat(depth));
        is_refused(&home, text, "levels deep");
    }
    home.serves_the_next_run();
}

#[test]
fn an_input_of_very_many_values_is_refused() {
    let home = Home::new();
    let text = format!("{{\"text\": [{}0]}}", "0,".repeat(1_500_000));
    is_refused(&home, text, "values");
    home.serves_the_next_run();
}

#[test]
fn an_input_without_end_is_not_read_to_its_end() {
    let home = Home::new();
    let ran = home.prober("fail").arg("-i").arg("@/dev/zero").go();
    let error = ran.error(2, "input");
    assert!(error.contains("bytes"), "{error}");
    assert!(ran.took.as_secs() < 20, "{:?}", ran.took);
    home.serves_the_next_run();
}

#[test]
fn half_of_a_character_is_refused() {
    let home = Home::new();
    for text in [
        r#"{"text": "\ud800"}"#,
        r#"{"text": "\udc00x"}"#,
        r#"{"text": "\ud83d\u0041"}"#,
        r#"{"\ud800": 1}"#,
    ] {
        is_refused(&home, text, "not valid JSON");
    }
    is_refused(&home, b"{\"text\": \"\xff\xfe\"}", "not valid JSON");
    is_refused(&home, b"{\"text\": \"\xed\xa0\x80\"}", "not valid JSON");
    home.serves_the_next_run();
}

#[test]
fn what_is_not_quite_json_is_refused() {
    let home = Home::new();
    for text in [
        "",
        " ",
        "{",
        "{}{}",
        "{\"text\": \"a\",}",
        "{'text': 'a'}",
        "{\"text\": \"a\"} // note",
        "{\"text\": NaN}",
        "{\"text\": 01}",
        "{\"text\": 1e999}",
        "\u{feff}{\"text\": \"a\"}",
        "{\"text\": \"a\nb\"}",
        "{\"text\": \"a\0\"}",
    ] {
        is_refused(&home, text, "JSON");
    }
    for text in ["[]", "\"text\"", "1", "null", "true"] {
        is_refused(&home, text, "object");
    }
    home.serves_the_next_run();
}

#[test]
fn huge_numbers_are_refused_or_kept_to_the_digit() {
    let home = Home::new();
    for depth in [
        "18446744073709551616",
        "1e30",
        "-1",
        "1.0000000000000001",
        "\"18446744073709551616\"",
    ] {
        let file = home.put("input.json", format!("{{\"depth\": {depth}}}"));
        let ran = home
            .prober("recurse")
            .arg("-i")
            .arg(format!("@{}", file.display()))
            .go();
        let error = ran.error(2, "input");
        assert!(error.contains("depth"), "{error}");
    }
}

#[test]
fn an_operation_with_a_hostile_name_is_refused_in_plain_words() {
    let home = Home::new();
    for name in ["\u{1b}[2J", "\u{202e}oche", "../echo", "", "echo\u{200b}"] {
        let ran = home.prober(name).go();
        let error = ran.error(2, "unknown-operation");
        assert!(
            !error.contains(['\u{1b}', '\u{202e}', '\u{200b}']),
            "{error:?}"
        );
    }
}
