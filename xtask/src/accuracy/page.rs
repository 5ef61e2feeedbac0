//! docs/accuracy.md and its pictures, written from what was measured.

use super::measured::{Market, Measure, Measured, OfSkill};
use super::plots;
use crate::error::TaskError;
use crate::repository;
use std::fmt::Write as _;
use std::path::PathBuf;

/// More markets than this are folded away.
const SHOWN_MARKETS: usize = 12;

/// Files of the page: path from the root, and content.
fn files(measured: &Measured) -> Result<Vec<(PathBuf, String)>, TaskError> {
    let docs = repository::root().join("docs");
    let mut files = vec![(docs.join("accuracy.md"), page(measured))];
    for (name, picture) in plots::all(measured)? {
        files.push((docs.join("pictures").join(name), picture));
    }
    Ok(files)
}

/// Writes them.
pub fn write(measured: &Measured) -> Result<(), TaskError> {
    for (path, content) in files(measured)? {
        std::fs::write(&path, content).map_err(TaskError::file(&path))?;
        println!("wrote {}", repository::shown(&path));
    }
    Ok(())
}

/// Whether the files that are there say what was measured.
pub fn check(measured: &Measured) -> Result<(), TaskError> {
    for (path, content) in files(measured)? {
        let there = std::fs::read_to_string(&path).map_err(TaskError::file(&path))?;
        if there != content {
            return Err(TaskError::check(format!(
                "{} does not say what docs/accuracy.json says; run `cargo xtask accuracy`",
                repository::shown(&path)
            )));
        }
    }
    Ok(())
}

fn page(measured: &Measured) -> String {
    let mut page = String::from(
        "# How often the skills are right\n\n\
         Written by `cargo xtask accuracy`, which asks the built skills through the real `guildhall run`, asks oracles that others wrote in \
         processes of their own, and compares. The same figures as JSON: [accuracy.json](accuracy.json). A bounded part runs with every \
         `cargo xtask test`.\n\n\
         *Right* and *wrong but confident* count answers that the skill stands behind (status `answered`, or what the measure names). A question \
         that is left alone (`single-source`, `disputed`, `stale`, `out-of-scope`, a refusal with a reason) is *abstained*: no help, and no harm. \
         **Wrong but confident is the worst outcome**, so it has a column of its own.\n\n\
         Agreement with an oracle is not the law: oracles err, too. Where the skill and an oracle differ, the ledger below says on what, and who \
         is right for which reason.\n\n",
    );
    summary(&mut page, measured);
    for skill in &measured.skills {
        section(&mut page, skill);
    }
    page
}

fn summary(page: &mut String, measured: &Measured) {
    line(
        page,
        "| skill | what was asked | target | asked | answered | right | wrong but confident | abstained |",
    );
    line(page, "|---|---|---|--:|--:|--:|--:|--:|");
    for skill in &measured.skills {
        for measure in &skill.measures {
            line(page, &row(&skill.skill, measure));
        }
    }
    line(page, "");
    for (name, alternative, _) in plots::PICTURES {
        if plots::is_drawn(name, measured) {
            line(page, &format!("![{alternative}](pictures/{name})\n"));
        }
    }
}

fn row(skill: &str, measure: &Measure) -> String {
    let target = match measure.met {
        Some(true) => format!("{}: met", cell(&measure.target)),
        Some(false) => format!("{}: **not met**", cell(&measure.target)),
        None => "reported".to_owned(),
    };
    format!(
        "| [`{skill}`](#{skill}) | {} | {target} | {} | {} | {} | {} | {} |",
        cell(&measure.name),
        grouped(measure.asked),
        share(measure.answered, measure.asked),
        right(measure.right, measure.answered, measure.asked),
        grouped(measure.wrong_confident),
        grouped(measure.abstained),
    )
}

/// Right answers as a share of the answers. Where leaving alone is what is right, that counts, and the share is of the questions.
fn right(right: u64, answered: u64, asked: u64) -> String {
    if right > answered {
        return format!("{} of {} asked", grouped(right), grouped(asked));
    }
    share(right, answered)
}

fn section(page: &mut String, skill: &OfSkill) {
    line(page, &format!("## {}\n", skill.skill));
    for measure in skill.measures.iter().filter(|line| !line.note.is_empty()) {
        line(
            page,
            &format!("- {}: {}", measure.name, measure.note.trim()),
        );
    }
    if !skill.oracles.is_empty() {
        let named = skill.oracles.iter().map(|oracle| {
            format!(
                "{} {} ({})",
                oracle.name,
                oracle.version,
                oracle.licence.trim()
            )
        });
        line(
            page,
            &format!("- Judged by {}.", named.collect::<Vec<_>>().join(", ")),
        );
    }
    if !skill.figures.is_empty() {
        let named = skill.figures.iter();
        let named = named.map(|figure| format!("{} {}", figure.name, figure.value));
        line(
            page,
            &format!(
                "- Measured besides: {}.",
                named.collect::<Vec<_>>().join(", ")
            ),
        );
    }
    line(page, "");
    markets(page, &skill.markets);
    ledger(page, skill);
}

fn markets(page: &mut String, markets: &[Market]) {
    if markets.is_empty() {
        return;
    }
    let folded = markets.len() > SHOWN_MARKETS;
    if folded {
        let all = format!("{} markets", markets.len());
        line(page, &format!("<details><summary>{all}</summary>\n"));
    }
    line(
        page,
        "| market | asked | answered | right | wrong but confident | abstained |",
    );
    line(page, "|---|--:|--:|--:|--:|--:|");
    for market in markets {
        line(
            page,
            &format!(
                "| {} | {} | {} | {} | {} | {} |",
                cell(&market.market),
                grouped(market.asked),
                share(market.answered, market.asked),
                right(market.right, market.answered, market.asked),
                grouped(market.wrong_confident),
                grouped(market.abstained)
            ),
        );
    }
    line(page, if folded { "\n</details>\n" } else { "" });
}

fn ledger(page: &mut String, skill: &OfSkill) {
    if skill.ledger.is_empty() {
        return;
    }
    line(page, "Where it differs from an oracle:\n");
    line(page, "| case | the skill | the oracles | ruling |");
    line(page, "|---|---|---|---|");
    for entry in &skill.ledger {
        line(
            page,
            &format!(
                "| {} | {} | {} | {} |",
                cell(&entry.case),
                cell(&entry.ours),
                cell(&entry.theirs),
                cell(&entry.ruling)
            ),
        );
    }
    line(page, "");
}

fn line(page: &mut String, text: &str) {
    // Writing to a string can't fail.
    let _ = writeln!(page, "{text}");
}

/// Text that stays in its cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

/// 12345 as 12,345.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A count and what share of another it is; 100 % only if it is all of them.
fn share(part: u64, of: u64) -> String {
    if of == 0 {
        return "-".to_owned();
    }
    let tenths = u128::from(part) * 1000 / u128::from(of);
    let text = if tenths % 10 == 0 {
        format!("{}", tenths / 10)
    } else {
        format!("{}.{}", tenths / 10, tenths % 10)
    };
    format!("{} ({text} %)", grouped(part))
}

#[cfg(test)]
mod tests {
    use super::super::measured::tests::example;
    use super::*;

    #[test]
    fn a_share_is_never_rounded_up() {
        assert_eq!(share(9_999, 10_000), "9,999 (99.9 %)");
        assert_eq!(share(10_000, 10_000), "10,000 (100 %)");
        assert_eq!(share(0, 0), "-");
        assert_eq!(right(24, 21, 24), "24 of 24 asked");
        assert_eq!(grouped(1_234_567), "1,234,567");
    }

    #[test]
    fn a_target_that_is_not_met_is_said_in_the_first_table() {
        let measured = Measured {
            skills: vec![example()],
        };
        let page = page(&measured);
        assert!(page.contains("| 0: **not met** | 1 |"), "{page}");
        assert!(page.contains(r"a \| pipe"));
        assert!(page.contains("| DE 1 | malformed | valid | Nine digits. |"));
        assert!(page.contains("Judged by python-stdnum 2.2 (LGPL-2.1)."));
        assert!(page.contains("| QQ | 1 | 0 (0 %) | - | 0 | 1 |"));
    }
}
