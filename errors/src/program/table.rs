//! Prints the cases in aligned columns.

use std::io::{self, Write};

const TITLES: [&str; 5] = ["operation", "state", "std", "crossbeam", "what to do"];

const NOTES: &str = "
Message 1 is queued beforehand, message 2 is sent. A dash: there is no such operation.
This crate's own, from src/: receive_until, flatten, try_for_each, and std's send_timeout.
";

/// Prints a row for each case, and an empty line between operations. Fails when `out` does.
pub(crate) fn print(mut out: impl Write, cases: Vec<[String; 5]>) -> io::Result<()> {
    let mut rows = vec![TITLES.map(String::from)];
    rows.extend(cases);
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max();
    let widths = [0, 1, 2, 3].map(|column| width(column).unwrap_or_default());

    let mut above = TITLES[0];
    for row in &rows {
        if row[0] != above {
            writeln!(out)?;
        }
        for (cell, width) in row.iter().zip(widths) {
            write!(out, "{cell:width$}  ")?;
        }
        writeln!(out, "{}", row[4])?;
        above = &row[0];
    }
    out.write_all(NOTES.as_bytes())?;
    out.flush()
}
