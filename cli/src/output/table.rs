//! Tables for lists.

use comfy_table::{Attribute, Cell, ContentArrangement, Table, presets};
use guildhall_package::text::plain;

/// Longest text in one cell, in characters.
const CELL: usize = 200;

/// A table with a head. Cells are made plain; on a terminal it fits the width, in a pipe nothing is wrapped.
pub fn table<const N: usize>(
    head: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let styled = anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never;
    if super::on_terminal() {
        table
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(u16::try_from(super::width()).unwrap_or(u16::MAX));
    } else {
        table.set_content_arrangement(ContentArrangement::Disabled);
    }
    table.set_header(head.map(|name| {
        let cell = Cell::new(name);
        if styled {
            cell.add_attribute(Attribute::Bold)
        } else {
            cell
        }
    }));
    for row in rows {
        table.add_row(row.map(|text| plain(&text, CELL)));
    }
    // The preset pads each cell by one space on both sides; the margin on the left says nothing.
    if let Some(first) = table.column_mut(0) {
        first.set_padding((0, 1));
    }
    table
        .to_string()
        .lines()
        .map(str::trim_end)
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_cannot_break_the_table() {
        let shown = table(
            ["ID", "SKILL"],
            [["1".to_owned(), "acme/x\n\u{1b}[31mfake row".to_owned()]],
        );
        assert_eq!(shown.lines().count(), 2, "{shown}");
        assert!(shown.contains("acme/x \\u{1b}[31mfake row"), "{shown}");
    }
}
