//! The shape of an SPDX licence expression. Whether the identifiers are on SPDX's list is not looked up.

/// Whether `text` is operands joined by AND, OR and WITH, with balanced parentheses.
pub(super) fn is_expression(text: &str) -> bool {
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let mut open = 0_usize;
    let mut after_operand = false;
    for token in spaced.split_whitespace() {
        match (token, after_operand) {
            ("(", false) => open += 1,
            (")", true) => match open.checked_sub(1) {
                Some(left) => open = left,
                None => return false,
            },
            ("AND" | "OR" | "WITH", true) => after_operand = false,
            (id, false) if is_id(id) => after_operand = true,
            _ => return false,
        }
    }
    after_operand && open == 0
}

fn is_id(token: &str) -> bool {
    !matches!(token, "AND" | "OR" | "WITH")
        && token.starts_with(|c: char| c.is_ascii_alphanumeric())
        && token
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'+' | b':'))
}

#[cfg(test)]
mod tests {
    use super::is_expression;

    #[test]
    fn expressions_are_told_from_prose() {
        for good in [
            "Apache-2.0",
            "MIT OR Apache-2.0",
            "(MIT OR GPL-2.0+) AND BSD-3-Clause",
            "GPL-2.0-only WITH Classpath-exception-2.0",
            "LicenseRef-My-Terms",
        ] {
            assert!(is_expression(good), "{good}");
        }
        for bad in [
            "",
            "Apache 2.0",
            "MIT,",
            "MIT OR",
            "(MIT",
            "MIT)",
            "OR",
            "MIT & X",
            "()",
            "see file",
        ] {
            assert!(!is_expression(bad), "{bad}");
        }
    }
}
