//! Plots as numbers: where each bar stands in its drawing. Pure; the drawing itself is a template, with a table beside it that
//! says the same.

use guildhall_host::{Amount, Currency};

/// Size of a drawing of days, in its own units: those of a narrow phone.
const WIDTH: i64 = 360;
const HEIGHT: i64 = 190;
/// Room for numbers left of the bars, for dates below them, and above.
const LEFT: i64 = 52;
const BELOW: i64 = 24;
const ABOVE: i64 = 10;
/// Height of one row of a drawing of shares, and of the bar in it.
const ROW: i64 = 44;
const THICK: i64 = 12;
/// Rows that are drawn; what is left is one more.
const ROWS: usize = 8;
/// Letters of a label that fit beside the longest amount.
const LABEL: usize = 28;

/// A bar. Lengths are in hundredths of the drawing's units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// What it says when it is pointed at.
    pub title: String,
    x: i64,
    y: i64,
    width: i64,
    height: i64,
}

/// A number as the drawing is told it.
fn units(hundredths: i64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

impl Bar {
    /// From the left.
    #[must_use]
    pub fn x(&self) -> String {
        units(self.x)
    }

    /// From the top.
    #[must_use]
    pub fn y(&self) -> String {
        units(self.y)
    }

    /// How wide.
    #[must_use]
    pub fn width(&self) -> String {
        units(self.width)
    }

    /// How high.
    #[must_use]
    pub fn height(&self) -> String {
        units(self.height)
    }
}

/// A word in a drawing, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The word.
    pub text: String,
    /// From the left.
    pub x: i64,
    /// From the top.
    pub y: i64,
    /// `start`, `middle` or `end`: which part of it stands there.
    pub anchor: &'static str,
}

/// Amounts over days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Days {
    /// Width of the drawing.
    pub width: i64,
    /// Its height.
    pub height: i64,
    /// From where to where its lines go.
    pub from: i64,
    /// The bars.
    pub bars: Vec<Bar>,
    /// Amounts, each with a line at its height.
    pub amounts: Vec<Mark>,
    /// Dates.
    pub dates: Vec<Mark>,
    /// What it shows, in a sentence.
    pub said: String,
}

/// Shares of a sum: one row for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shares {
    /// Width of the drawing.
    pub width: i64,
    /// Its height.
    pub height: i64,
    /// The rows.
    pub rows: Vec<Share>,
    /// What it shows, in a sentence.
    pub said: String,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// Who.
    pub label: String,
    /// How much.
    pub amount: String,
    /// Where both stand, from the top.
    pub line: i64,
    /// Its bar.
    pub bar: Bar,
}

/// Draws what was paid on each day: `(2026-11-29, minor units)`, in their order.
#[must_use]
pub fn days(list: &[(String, i64)], currency: Currency) -> Days {
    let top = list.iter().map(|(_, minor)| *minor).max().unwrap_or(0);
    let steps = scale(top, currency);
    let most = steps.last().copied().unwrap_or(1).max(1);
    let (across, up) = ((WIDTH - LEFT) * 100, (HEIGHT - BELOW - ABOVE) * 100);
    let many = i64::try_from(list.len()).unwrap_or(i64::MAX).max(1);
    let bars = (0_i64..)
        .zip(list)
        .filter(|(_, (_, minor))| *minor > 0)
        .map(|(place, (day, minor))| {
            let (begin, end) = (across * place / many, across * (place + 1) / many);
            // A quarter is left free between bars, as far as there is any.
            let gap = (end - begin) / 4;
            // What was paid is seen, however little it is.
            let height = part(*minor, most, up).max(100);
            Bar {
                title: format!(
                    "{day}: {}",
                    Amount {
                        minor: *minor,
                        currency
                    }
                ),
                x: LEFT * 100 + begin + gap / 2,
                y: ABOVE * 100 + up - height,
                width: (end - begin - gap).max(1),
                height,
            }
        })
        .collect();
    let amounts = steps
        .iter()
        .map(|step| Mark {
            text: short(*step, currency),
            x: LEFT - 6,
            y: (ABOVE * 100 + up - part(*step, most, up)) / 100,
            anchor: "end",
        })
        .collect();
    Days {
        width: WIDTH,
        height: HEIGHT,
        from: LEFT,
        bars,
        amounts,
        dates: dates(list),
        said: said(list, currency),
    }
}

/// The first day, the one in the middle, and the last.
fn dates(list: &[(String, i64)]) -> Vec<Mark> {
    let places: [(usize, i64, &'static str); 3] = [
        (0, LEFT, "start"),
        (list.len() / 2, LEFT + (WIDTH - LEFT) / 2, "middle"),
        (list.len().saturating_sub(1), WIDTH, "end"),
    ];
    let few = if list.len() < 3 { 1 } else { places.len() };
    places
        .into_iter()
        .take(few)
        .filter_map(|(place, x, anchor)| {
            let (day, _) = list.get(place)?;
            Some(Mark {
                text: day.clone(),
                x,
                y: HEIGHT - 6,
                anchor,
            })
        })
        .collect()
}

fn said(list: &[(String, i64)], currency: Currency) -> String {
    let total = |minor| Amount { minor, currency };
    let sum = list
        .iter()
        .fold(0_i64, |sum, (_, minor)| sum.saturating_add(*minor));
    let (Some((first, _)), Some((last, _))) = (list.first(), list.last()) else {
        return "No day is shown.".to_owned();
    };
    let Some((day, most)) = list.iter().max_by_key(|(_, minor)| *minor) else {
        return String::new();
    };
    if sum == 0 {
        return format!("Nothing was paid from {first} to {last}.");
    }
    format!(
        "{} was paid from {first} to {last}; most on {day}: {}.",
        total(sum),
        total(*most)
    )
}

/// Draws shares: `(label, minor units)`, the largest first. Those that don't fit are one row together.
#[must_use]
pub fn shares(list: &[(String, i64)], currency: Currency, of: &str) -> Shares {
    let shown = list.iter().take(ROWS);
    let rest = list
        .iter()
        .skip(ROWS)
        .fold(0_i64, |sum, (_, minor)| sum.saturating_add(*minor));
    let others = format!("{} others", list.len().saturating_sub(ROWS));
    let rows: Vec<(&str, i64)> = shown
        .map(|(label, minor)| (label.as_str(), *minor))
        .chain((rest > 0).then_some((others.as_str(), rest)))
        .collect();
    let most = rows
        .iter()
        .map(|(_, minor)| *minor)
        .max()
        .unwrap_or(1)
        .max(1);
    let said = match rows.first() {
        None => "Nothing was paid.".to_owned(),
        Some((label, minor)) => format!(
            "{} of {of}; most: {label} with {}.",
            list.len(),
            Amount {
                minor: *minor,
                currency
            }
        ),
    };
    Shares {
        width: WIDTH,
        height: ROW
            .saturating_mul(i64::try_from(rows.len()).unwrap_or(0))
            .max(1),
        said,
        rows: (0_i64..)
            .zip(&rows)
            .map(|(place, (label, minor))| {
                let amount = Amount {
                    minor: *minor,
                    currency,
                }
                .to_string();
                Share {
                    bar: Bar {
                        title: format!("{label}: {amount}"),
                        x: 0,
                        y: (place * ROW + 22) * 100,
                        width: part(*minor, most, WIDTH * 100).max(200),
                        height: THICK * 100,
                    },
                    label: cut(label),
                    amount,
                    line: place * ROW + 15,
                }
            })
            .collect(),
    }
}

fn cut(label: &str) -> String {
    if label.chars().count() <= LABEL {
        return label.to_owned();
    }
    let begin: String = label.chars().take(LABEL - 1).collect();
    format!("{begin}…")
}

/// How long something is that is `length` where it is `most`.
fn part(minor: i64, most: i64, length: i64) -> i64 {
    let long = i128::from(minor.max(0)) * i128::from(length) / i128::from(most.max(1));
    i64::try_from(long).unwrap_or(length).min(length)
}

/// Round amounts from zero to at least `top`, five or fewer of them.
fn scale(top: i64, currency: Currency) -> Vec<i64> {
    let unit = 10_i64.saturating_pow(currency.exponent());
    let top = top.max(1);
    let step = (0..19)
        .flat_map(|decade| {
            [1, 2, 5].map(|one: i64| one.saturating_mul(10_i64.saturating_pow(decade)))
        })
        // Parts of a unit only where there is nothing larger.
        .find(|step| step.saturating_mul(3) >= top && (*step >= unit || top < unit))
        .unwrap_or(top);
    let mut steps = vec![0_i64];
    while steps.last().is_some_and(|last| *last < top) {
        let next = steps.last().map_or(step, |last| last.saturating_add(step));
        steps.push(next);
    }
    steps
}

/// An amount in few letters and without its currency: `1.2k`, `500`, `0.05`.
fn short(minor: i64, currency: Currency) -> String {
    let unit = 10_i64.saturating_pow(currency.exponent());
    for (size, letter) in [(1_000_000_000_i64, "bn"), (1_000_000, "m"), (1_000, "k")] {
        let Some(large) = unit.checked_mul(size) else {
            continue;
        };
        if minor >= large {
            let tenths = minor / (large / 10);
            return match tenths % 10 {
                0 => format!("{}{letter}", tenths / 10),
                tenth => format!("{}.{tenth}{letter}", tenths / 10),
            };
        }
    }
    if minor % unit == 0 {
        return (minor / unit).to_string();
    }
    let plain = Amount { minor, currency }.plain();
    plain
        .split_once(' ')
        .map_or(plain.clone(), |(_, number)| number.to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn eur() -> Currency {
        Currency::parse("EUR").unwrap()
    }

    fn named(list: &[i64]) -> Vec<(String, i64)> {
        (1..)
            .zip(list)
            .map(|(day, minor)| (format!("2026-11-{day:02}"), *minor))
            .collect()
    }

    #[test]
    fn bars_are_as_high_as_what_was_paid() {
        let plot = days(&named(&[0, 5_000, 10_000]), eur());
        assert_eq!(plot.bars.len(), 2, "a day without payments has no bar");
        assert_eq!(plot.bars[1].height / plot.bars[0].height, 2);
        assert_eq!(plot.bars[0].title, "2026-11-02: EUR 50.00");
        let words: Vec<&str> = plot.amounts.iter().map(|mark| mark.text.as_str()).collect();
        assert_eq!(words, ["0", "50", "100"]);
        assert_eq!(
            plot.said,
            "EUR 150.00 was paid from 2026-11-01 to 2026-11-03; most on 2026-11-03: EUR 100.00."
        );
        let nothing = days(&named(&[0, 0]), eur());
        assert!(nothing.bars.is_empty() && nothing.said.starts_with("Nothing was paid"));
        assert_eq!(days(&[], eur()).said, "No day is shown.");
    }

    #[test]
    fn amounts_are_said_in_few_letters() {
        let words: Vec<String> = [
            0,
            5,
            500,
            123_400,
            150_000,
            2_000_000_000,
            100_000_000_000_000,
        ]
        .into_iter()
        .map(|minor| short(minor, eur()))
        .collect();
        assert_eq!(words, ["0", "0.05", "5", "1.2k", "1.5k", "20m", "1000bn"]);
        assert_eq!(short(1_500, Currency::parse("JPY").unwrap()), "1.5k");
    }

    #[test]
    fn what_does_not_fit_is_one_row() {
        let many: Vec<(String, i64)> = (1..=12)
            .map(|place| {
                (
                    format!("payee {place} {}", "x".repeat(60)),
                    1_300 - place * 100,
                )
            })
            .collect();
        let plot = shares(&many, eur(), "payees");
        assert_eq!(plot.rows.len(), ROWS + 1);
        assert_eq!(plot.rows[ROWS].label, "4 others");
        assert_eq!(plot.rows[ROWS].amount, "EUR 10.00");
        assert!(plot.rows[0].label.ends_with('…') && plot.rows[0].bar.title.contains("xxxxx"));
        assert_eq!(shares(&[], eur(), "payees").said, "Nothing was paid.");
    }

    proptest! {
        #[test]
        fn nothing_stands_outside_of_its_drawing(list in proptest::collection::vec(0..i64::MAX, 0..400)) {
            let plot = days(&named(&list), eur());
            for bar in &plot.bars {
                prop_assert!(bar.x >= LEFT * 100 && bar.x + bar.width <= WIDTH * 100, "{bar:?}");
                prop_assert!(bar.y >= ABOVE * 100 && bar.y + bar.height <= (HEIGHT - BELOW) * 100, "{bar:?}");
            }
            for mark in plot.amounts.iter().chain(&plot.dates) {
                prop_assert!((0..=WIDTH).contains(&mark.x) && (0..=HEIGHT).contains(&mark.y), "{mark:?}");
            }
            let plot = shares(&named(&list), eur(), "payees");
            for row in &plot.rows {
                prop_assert!(row.bar.width <= WIDTH * 100 && row.bar.y + row.bar.height <= plot.height * 100);
            }
        }

        #[test]
        fn a_scale_reaches_the_top_in_few_round_steps(top in 0..i64::MAX / 16) {
            let steps = scale(top, eur());
            prop_assert!(steps.len() <= 5 && *steps.last().unwrap() >= top);
            let step = steps[1].to_string();
            prop_assert!(step.trim_end_matches('0').len() == 1, "{step}");
        }
    }
}
