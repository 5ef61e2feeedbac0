//! Pictures: risk against coverage, and the markets by region.

use super::measured::{Market, Measured, OfSkill};
use super::regions;
use crate::error::TaskError;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// Pictures: name of the file, what is said to who can't see it, and what draws it.
pub const PICTURES: [(&str, &str, Draw); 2] = [
    (
        RISK,
        "Share of wrong answers against share of questions that get one, for each level of confidence that is heeded",
        risk,
    ),
    (
        MARKETS,
        "Markets by region, coloured by how many of the questions are answered, with a mark where an answer was wrong but confident",
        markets,
    ),
];

/// What draws one.
pub type Draw = fn(&Measured) -> Result<String, String>;

const RISK: &str = "accuracy-risk.svg";
const MARKETS: &str = "accuracy-markets.svg";

/// Told apart by people who see colours differently, too: Okabe and Ito's palette.
const COLOURS: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(230, 159, 0),
];

const INK: RGBColor = RGBColor(40, 40, 40);
const WRONG: RGBColor = RGBColor(213, 94, 0);

/// Whether there is something to draw.
pub fn is_drawn(name: &str, measured: &Measured) -> bool {
    measured.skills.iter().any(|skill| match name {
        RISK => !skill.curve.is_empty(),
        _ => !skill.markets.is_empty(),
    })
}

/// Every picture that there is something for.
pub fn all(measured: &Measured) -> Result<Vec<(&'static str, String)>, TaskError> {
    let wanted = PICTURES
        .iter()
        .filter(|(name, ..)| is_drawn(name, measured));
    wanted
        .map(|(name, _, draw)| {
            let picture = draw(measured)
                .map_err(|error| TaskError::check(format!("{name} can't be drawn: {error}")))?;
            Ok((*name, picture))
        })
        .collect()
}

fn words(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn risk(measured: &Measured) -> Result<String, String> {
    let skills: Vec<&OfSkill> = measured
        .skills
        .iter()
        .filter(|skill| !skill.curve.is_empty())
        .collect();
    let points = || skills.iter().flat_map(|skill| &skill.curve);
    let highest = points().map(|point| point.risk).fold(0.005, f64::max) * 1.15;
    // From the ten percent below the least: a scale of its own for each half of an empty plane helps nobody.
    let least = points().map(|point| point.coverage).fold(1.0, f64::min);
    let least = ((least * 10.0).floor() / 10.0 - 0.1).clamp(0.0, 0.9);
    let mut picture = String::new();
    {
        let root = SVGBackend::with_string(&mut picture, (900, 420)).into_drawing_area();
        root.fill(&WHITE).map_err(words)?;
        let mut chart = ChartBuilder::on(&root)
            .margin(16)
            .x_label_area_size(46)
            .y_label_area_size(64)
            .build_cartesian_2d(least..1.002, 0.0..highest)
            .map_err(words)?;
        chart
            .configure_mesh()
            .light_line_style(WHITE)
            .x_desc("share of the questions that get an answer")
            .y_desc("share of those answers that are wrong")
            .x_label_formatter(&|share| format!("{:.0} %", share * 100.0))
            .y_label_formatter(&|share| format!("{:.1} %", share * 100.0))
            .label_style(("sans-serif", 14, &INK))
            .draw()
            .map_err(words)?;
        for (skill, colour) in skills.iter().zip(COLOURS.iter().cycle()) {
            let places: Vec<(f64, f64)> = skill
                .curve
                .iter()
                .map(|point| (point.coverage, point.risk))
                .collect();
            chart
                .draw_series(LineSeries::new(places.clone(), colour.stroke_width(2)))
                .map_err(words)?
                .label(skill.skill.clone())
                .legend(move |(x, y)| Circle::new((x + 8, y), 4, colour.filled()));
            chart
                .draw_series(
                    places
                        .iter()
                        .map(|place| Circle::new(*place, 4, colour.filled())),
                )
                .map_err(words)?;
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperLeft)
            .background_style(WHITE)
            .border_style(INK.mix(0.3))
            .label_font(("sans-serif", 14, &INK))
            .draw()
            .map_err(words)?;
        root.present().map_err(words)?;
    }
    Ok(picture)
}

const TILE: i32 = 30;
const COLUMNS: i32 = 28;
const LEFT: i32 = 16;

/// One block of tiles for each skill that counts by market.
fn markets(measured: &Measured) -> Result<String, String> {
    let skills: Vec<&OfSkill> = measured
        .skills
        .iter()
        .filter(|skill| !skill.markets.is_empty())
        .collect();
    let blocks: Vec<Vec<(&str, Vec<&Market>)>> = skills
        .iter()
        .map(|skill| by_region(&skill.markets))
        .collect();
    let rows: i32 = blocks.iter().map(|block| height(block)).sum();
    let size = (LEFT * 2 + COLUMNS * TILE, rows + 44);
    let size = (size.0.unsigned_abs(), size.1.unsigned_abs());
    let mut picture = String::new();
    {
        let root = SVGBackend::with_string(&mut picture, size).into_drawing_area();
        root.fill(&WHITE).map_err(words)?;
        let mut y = 8;
        for (skill, block) in skills.iter().zip(&blocks) {
            write(&root, &skill.skill, (LEFT, y), 18)?;
            y += 28;
            for (region, markets) in block {
                write(&root, region, (LEFT, y), 13)?;
                y += 18;
                for (at, market) in (0..).zip(markets) {
                    let corner = (LEFT + (at % COLUMNS) * TILE, y + (at / COLUMNS) * TILE);
                    tile(&root, market, corner)?;
                }
                y += lines(markets) * TILE + 6;
            }
            y += 8;
        }
        let legend = "Dark: every question is answered; pale: fewer; white: none. An orange frame: an answer was wrong but confident.";
        write(&root, legend, (LEFT, y), 13)?;
        root.present().map_err(words)?;
    }
    Ok(picture)
}

fn by_region(markets: &[Market]) -> Vec<(&'static str, Vec<&Market>)> {
    let names = regions::REGIONS.iter().map(|(name, _)| *name);
    names
        .chain([regions::ELSEWHERE])
        .map(|name| {
            let here = markets
                .iter()
                .filter(|market| regions::of(&market.market) == name);
            let mut here: Vec<&Market> = here.collect();
            here.sort_by(|a, b| a.market.cmp(&b.market));
            (name, here)
        })
        .filter(|(_, markets)| !markets.is_empty())
        .collect()
}

fn lines(markets: &[&Market]) -> i32 {
    i32::try_from(markets.len()).map_or(1, |count| (count + COLUMNS - 1) / COLUMNS)
}

fn height(block: &[(&str, Vec<&Market>)]) -> i32 {
    let regions: i32 = block
        .iter()
        .map(|(_, markets)| 24 + lines(markets) * TILE)
        .sum();
    36 + regions
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

fn write(root: &Area<'_>, text: &str, place: (i32, i32), size: i32) -> Result<(), String> {
    let style = ("sans-serif", size).into_text_style(root).color(&INK);
    root.draw(&Text::new(text.to_owned(), place, style))
        .map_err(words)
}

fn tile(root: &Area<'_>, market: &Market, (x, y): (i32, i32)) -> Result<(), String> {
    #[allow(
        clippy::cast_precision_loss,
        reason = "a shade of a colour needs no more than a few digits"
    )]
    let answered = market.answered as f64 / market.asked.max(1) as f64;
    let shade = mixed(answered);
    let ends = [(x + 1, y + 1), (x + TILE - 2, y + TILE - 2)];
    root.draw(&Rectangle::new(ends, shade.filled()))
        .map_err(words)?;
    let frame = if market.wrong_confident > 0 {
        WRONG.stroke_width(3)
    } else {
        RGBColor(170, 180, 190).stroke_width(1)
    };
    root.draw(&Rectangle::new(ends, frame)).map_err(words)?;
    let ink = if answered > 0.6 { &WHITE } else { &INK };
    let size = if market.market.len() > 2 { 8 } else { 12 };
    let style = ("sans-serif", size)
        .into_text_style(root)
        .color(ink)
        .pos(Pos::new(HPos::Center, VPos::Center));
    let middle = (x + TILE / 2, y + TILE / 2);
    root.draw(&Text::new(market.market.clone(), middle, style))
        .map_err(words)
}

/// From white for nothing to the first colour for everything.
fn mixed(share: f64) -> RGBColor {
    let RGBColor(red, green, blue) = RGBColor(0, 90, 150);
    let part = |full: u8| {
        let value = 255.0 - (255.0 - f64::from(full)) * share.clamp(0.0, 1.0);
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and 255"
        )]
        let value = value as u8;
        value
    };
    RGBColor(part(red), part(green), part(blue))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::measured::tests::example;
    use super::*;

    #[test]
    fn a_market_of_a_report_is_on_the_picture_and_a_picture_of_nothing_is_not_drawn() {
        let measured = Measured {
            skills: vec![example()],
        };
        let pictures = all(&measured).unwrap();
        assert_eq!(pictures.len(), 2);
        let (_, markets) = pictures.iter().find(|(name, _)| *name == MARKETS).unwrap();
        assert!(
            markets.contains("QQ") && markets.contains("DE"),
            "{markets}"
        );
        assert!(all(&Measured::default()).unwrap().is_empty());
    }
}
