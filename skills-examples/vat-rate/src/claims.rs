//! What the sources claim about a rate on a day: the generated tables in `data/`, and the laws.

use guildhall_answer::{Claim, Source};

use crate::bindings::GoodsClass;
use crate::table::law::{self, Law};
use crate::table::traps::{RULES, Rule};

/// `market,percent,from,to,package`
const STANDARD: &str = include_str!("../data/standard.csv");
/// `market,goods,percent,from,to,package`
const REDUCED: &str = include_str!("../data/reduced.csv");
/// `package,family,date,licence`
const SOURCES: &str = include_str!("../data/sources.csv");

/// Of all laws: this skill's own reading of them.
const LAW: &str = "law";

/// A rate that a source names, per cent.
pub type RateClaim = Claim<&'static str>;

/// What is known about a place and a class of goods.
#[derive(Default)]
pub struct Known {
    /// What holds on the day.
    pub claims: Vec<RateClaim>,
    /// The last day of which a source has spoken before, with what it said.
    pub before: Option<(&'static str, &'static str)>,
    /// The first day of which a source speaks after.
    pub after: Option<&'static str>,
}

/// Looks a rate up.
pub fn look_up(place: &str, goods: GoodsClass, day: &str) -> Known {
    let mut known = Known::default();
    let (laws, name) = match goods {
        GoodsClass::General => (law::STANDARD, None),
        GoodsClass::Books => (law::BOOKS, Some("books")),
        GoodsClass::EBooks => (law::E_BOOKS, Some("e-books")),
        GoodsClass::Accommodation => (law::ACCOMMODATION, Some("accommodation")),
    };
    match name {
        None => packages(STANDARD, place, None, day, &mut known),
        Some(_) => packages(REDUCED, place, name, day, &mut known),
    }
    let Some(law) = laws.iter().find(|law| law.place == place) else {
        return known;
    };
    let mut by_law = Known::default();
    for (percent, from, to) in law.rates {
        if by_law.sees(percent, from, to, day) {
            by_law.claims.push(of_law(law, percent, from));
        }
    }
    // The law had another rate before, or none yet: a package that goes on speaking is not enough.
    if by_law.claims.is_empty() {
        return by_law;
    }
    known.claims.append(&mut by_law.claims);
    known
}

fn of_law(law: &Law, percent: &'static str, from: &str) -> RateClaim {
    Claim {
        family: LAW,
        value: percent,
        source: Source {
            name: format!("{} ({}), {percent} % since {from}", law.name, law.place).into(),
            date: law::AS_OF.into(),
            licence: "text of a law".into(),
        },
    }
}

fn packages(table: &'static str, place: &str, goods: Option<&str>, day: &str, known: &mut Known) {
    let key = match goods {
        None => format!("{place},"),
        Some(goods) => format!("{place},{goods},"),
    };
    let of_key = lines_from(table, place).map_while(|line| {
        let of_place = line
            .split_once(',')
            .is_some_and(|(market, _)| market == place);
        of_place.then(|| line.strip_prefix(key.as_str()))
    });
    for row in of_key.flatten() {
        let mut fields = row.split(',');
        if let (Some(percent), Some(from), Some(to), Some(package)) =
            (fields.next(), fields.next(), fields.next(), fields.next())
            && known.sees(percent, from, to, day)
        {
            known.claims.extend(of_package(package, percent));
        }
    }
}

/// The lines of a table from the first of this market on. The generator sorts them, so halves can be left out.
fn lines_from(table: &'static str, market: &str) -> std::str::Lines<'static> {
    let (_, rows) = table.split_once('\n').unwrap_or_default();
    let (mut low, mut high) = (0, rows.len());
    while low < high {
        let half = (low + high) / 2;
        let start = rows
            .get(..half)
            .and_then(|before| before.rfind('\n'))
            .map_or(0, |end| end + 1);
        let line = rows
            .get(start..)
            .unwrap_or_default()
            .lines()
            .next()
            .unwrap_or_default();
        let before = line.split_once(',').is_some_and(|(of, _)| of < market);
        if before {
            low = start + line.len() + 1;
        } else {
            high = start;
        }
    }
    rows.get(low..).unwrap_or_default().lines()
}

fn of_package(package: &'static str, percent: &'static str) -> Option<RateClaim> {
    let mut fields = SOURCES.lines().find_map(|line| {
        let rest = line.strip_prefix(package)?;
        Some(rest.strip_prefix(',')?.split(','))
    })?;
    Some(Claim {
        family: fields.next()?,
        value: percent,
        source: Source::new(package, fields.next()?, fields.next()?),
    })
}

impl Known {
    /// Whether a row speaks of the day; remembers the nearest that does not.
    fn sees(
        &mut self,
        percent: &'static str,
        from: &'static str,
        to: &'static str,
        day: &str,
    ) -> bool {
        if holds(from, to, day) {
            return true;
        }
        if from > day {
            self.after = Some(self.after.map_or(from, |after| after.min(from)));
        } else if self.before.is_none_or(|(last, _)| last < to) {
            self.before = Some((to, percent));
        }
        false
    }
}

/// The traps of a place on a day.
pub fn traps<'a>(place: &'a str, day: &'a str) -> impl Iterator<Item = &'static Rule> + 'a {
    RULES
        .iter()
        .filter(move |rule| rule.place == place && holds(rule.from, rule.to, day))
}

/// Whether a day lies between two others, the last one open if empty. Dates of this form sort as text.
fn holds(from: &str, to: &str, day: &str) -> bool {
    from <= day && (to.is_empty() || day <= to)
}
