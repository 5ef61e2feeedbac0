//! Rust as a flat list of tokens, with the line of each.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::BTreeSet;

/// One token: a word, or one character of punctuation, an opening or a closing bracket. Literals are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub text: String,
    /// Line in the file, from 1.
    pub line: usize,
}

/// Tokens of a file.
///
/// # Panics
/// If it is not Rust.
pub fn tokens(name: &str, source: &str) -> Vec<Token> {
    let stream: TokenStream = source
        .parse()
        .unwrap_or_else(|error| panic!("{name} is not Rust: {error}"));
    let mut flat = Vec::new();
    flatten(stream, &mut flat);
    flat
}

fn flatten(stream: TokenStream, into: &mut Vec<Token>) {
    for tree in stream {
        let line = tree.span().start().line;
        let mut push = |text: String| into.push(Token { text, line });
        match tree {
            TokenTree::Ident(ident) => push(ident.to_string()),
            TokenTree::Punct(punct) => push(punct.as_char().to_string()),
            TokenTree::Literal(_) => push("\"\"".to_owned()),
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                push(open.to_owned());
                let end = group.span_close().start().line;
                flatten(group.stream(), into);
                into.push(Token {
                    text: close.to_owned(),
                    line: end,
                });
            }
        }
    }
}

/// The words and punctuation of a pattern such as `fs::write`, `.unwrap(` or `println!`.
pub fn pattern(text: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut in_word = false;
    for c in text.chars() {
        let is_word = c.is_alphanumeric() || c == '_';
        match parts.last_mut() {
            Some(last) if is_word && in_word => last.push(c),
            _ if c.is_whitespace() => {}
            _ => parts.push(c.to_string()),
        }
        in_word = is_word;
    }
    parts
}

/// Lines on which the pattern begins.
pub fn find(tokens: &[Token], pattern: &[String]) -> BTreeSet<usize> {
    tokens
        .windows(pattern.len())
        .filter(|window| {
            window
                .iter()
                .zip(pattern)
                .all(|(token, part)| token.text == *part)
        })
        .map(|window| window[0].line)
        .collect()
}

/// The tokens without the items that exist only in tests.
pub fn product(tokens: &[Token]) -> Vec<Token> {
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if is_cfg_test(&tokens[at..]) {
            at = end_of_item(tokens, at);
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

/// `#[cfg(test)]`, and the conjunctions that contain it: `#[cfg(all(test, unix))]`.
pub fn is_cfg_test(tokens: &[Token]) -> bool {
    let starts = |with: &[&str]| {
        tokens.len() > with.len()
            && tokens
                .iter()
                .zip(with)
                .all(|(token, text)| token.text == *text)
    };
    if starts(&["#", "[", "cfg", "(", "test", ")", "]"]) {
        return true;
    }
    starts(&["#", "[", "cfg", "(", "all", "("])
        && tokens
            .iter()
            .skip(6)
            .take_while(|token| token.text != ")")
            .any(|token| token.text == "test")
}

/// Index behind the item at `from`: behind its `;`, or behind the brace that closes it.
fn end_of_item(tokens: &[Token], from: usize) -> usize {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(from) {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => {
                // The enclosing block ends: a last item without an end of its own.
                if depth == 0 {
                    return index;
                }
                depth -= 1;
                if depth == 0 && token.text == "}" {
                    return index + 1;
                }
            }
            ";" if depth == 0 => return index + 1,
            _ => {}
        }
    }
    tokens.len()
}

/// Every path that code names, with its line: `use` trees written out, and paths in expressions and types.
pub fn paths(tokens: &[Token]) -> Vec<(Vec<String>, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let line = tokens[at].line;
        if tokens[at].text == "use" {
            at = use_tree(tokens, at + 1, &[], line, &mut found);
        } else if is_word(&tokens[at].text) {
            let mut path = vec![tokens[at].text.clone()];
            at += 1;
            while is_separator(tokens, at)
                && tokens.get(at + 2).is_some_and(|token| is_word(&token.text))
            {
                path.push(tokens[at + 2].text.clone());
                at += 3;
            }
            found.push((path, line));
        } else {
            at += 1;
        }
    }
    found
}

/// Reads one branch of a `use` tree and returns the index behind it.
fn use_tree(
    tokens: &[Token],
    mut at: usize,
    prefix: &[String],
    line: usize,
    found: &mut Vec<(Vec<String>, usize)>,
) -> usize {
    let mut path = prefix.to_vec();
    while at < tokens.len() {
        match tokens[at].text.as_str() {
            ":" => at += 1,
            "{" => {
                at += 1;
                while at < tokens.len() && tokens[at].text != "}" {
                    at = use_tree(tokens, at, &path, line, found);
                    if tokens.get(at).is_some_and(|token| token.text == ",") {
                        at += 1;
                    }
                }
                return at + 1;
            }
            "as" => {
                path.extend(["as".to_owned(), tokens[at + 1].text.clone()]);
                at += 2;
            }
            "self" if !path.is_empty() => at += 1,
            word if is_word(word) || word == "*" => {
                path.push(word.to_owned());
                at += 1;
            }
            _ => break,
        }
    }
    found.push((path, line));
    at
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

fn is_separator(tokens: &[Token], at: usize) -> bool {
    tokens.get(at).is_some_and(|token| token.text == ":")
        && tokens.get(at + 1).is_some_and(|token| token.text == ":")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = r#"
        use std::fs::{self, write, File as F};
        // fs::rename in a comment
        fn product() -> io::Result<()> { let s = "fs::rename"; fs::rename(a, b) }
        #[cfg(test)]
        use std::net::TcpStream;
        #[cfg(all(test, unix))]
        mod more { fn x() { TcpStream::connect() } }
        impl A {
            #[cfg(test)]
            fn only_in_tests(&self) -> T<u8, 3> { panic!() }
            fn after(&self) { self.x.unwrap() }
        }
        #[cfg(not(test))]
        fn not_a_test() { println!() }
        #[cfg(test)]
        mod tests;
    "#;

    fn found(text: &str) -> bool {
        !find(&product(&tokens("x", SOURCE)), &pattern(text)).is_empty()
    }

    #[test]
    fn comments_strings_and_test_code_are_no_product() {
        assert!(found("fs::rename("));
        assert_eq!(
            find(&product(&tokens("x", SOURCE)), &pattern("fs::rename")).len(),
            1
        );
        assert!(found(".unwrap("));
        assert!(found("println!"));
        for absent in ["TcpStream", "panic!", "only_in_tests", "mod tests"] {
            assert!(!found(absent), "{absent}");
        }
    }

    #[test]
    fn a_use_tree_is_written_out() {
        let paths: Vec<String> = paths(&tokens("x", SOURCE))
            .into_iter()
            .map(|(path, _)| path.join("::"))
            .collect();
        for path in [
            "std::fs",
            "std::fs::write",
            "std::fs::File::as::F",
            "fs::rename",
            "std::net::TcpStream",
        ] {
            assert!(
                paths.iter().any(|found| found == path),
                "{path} is not among {paths:?}"
            );
        }
    }
}
