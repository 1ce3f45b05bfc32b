//! Prints the cases in aligned columns.

use std::io::{self, Write};

/// One row: an operation, and a channel in one state.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) operation: &'static str,
    pub(crate) state: &'static str,
    /// What std's channel gave back, and what crossbeam's.
    pub(crate) came_back: [String; 2],
    pub(crate) advice: &'static str,
}

const TITLES: [&str; 5] = ["operation", "state", "std", "crossbeam", "what to do"];

const NOTES: &str = "
Message 1 is queued beforehand, message 2 is sent. A dash: there is no such operation.
This crate's own, from src/: receive_until, flatten, try_for_each, and std's send_timeout.
";

/// Prints a row for each case, and an empty line between operations. Fails when `out` does.
pub(crate) fn print(mut out: impl Write, cases: &[Case]) -> io::Result<()> {
    let mut rows = vec![TITLES];
    rows.extend(cases.iter().map(columns));
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
        above = row[0];
    }
    out.write_all(NOTES.as_bytes())?;
    out.flush()
}

fn columns(case: &Case) -> [&str; 5] {
    [
        case.operation,
        case.state,
        &case.came_back[0],
        &case.came_back[1],
        case.advice,
    ]
}
