//! Tables and times for people.

use comfy_table::{Table, presets};
use tripline::Timestamp;

use crate::command::time_text;
use crate::report::printable;

/// A table without lines, one row a line, nothing wrapped.
pub(super) fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header.to_vec());
    for row in rows {
        table.add_row(row.iter().map(|cell| printable(cell)));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let mut text = String::new();
    for line in table.trim_fmt().lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// A time since 1970, or a dash.
pub(super) fn moment(millis: Option<i64>) -> String {
    millis.map_or_else(dash, |millis| time_text(Timestamp::from_millis(millis)))
}

/// A text, or a dash.
pub(super) fn or_dash(text: Option<&str>) -> String {
    text.map_or_else(dash, str::to_owned)
}

fn dash() -> String {
    "-".to_owned()
}

/// `yes` or `no`.
pub(super) fn yes(value: bool) -> String {
    if value { "yes" } else { "no" }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn columns_stand_under_each_other() {
        let rows = [["a", "规则", "x"], ["long\u{1b}[1m", "", "y"]];
        let rows: Vec<Vec<String>> =
            rows.iter().map(|row| row.map(str::to_owned).to_vec()).collect();
        let expected = "ID        NAME  Z\na         规则  x\nlong?[1m        y\n";
        assert_eq!(table(&["ID", "NAME", "Z"], &rows), expected);
    }
}
