//! The results as Markdown.

use std::fmt::Write;

use crate::report::groups::{FLOOR, Group};
use crate::report::results::{Estimate, Figure, Row, baseline};

/// What stands before the groups. `machine` are pairs: what, and which.
pub(crate) fn head(machine: &[(&str, String)]) -> String {
    let mut text = String::from(
        "# Results\n\n\
         Written by `cargo run -p bench` from what `cargo bench -p bench` has measured.\n\n\
         Ratios hold from one machine to the next, absolute times do not. A time is the median of \
         the rounds. What stands in brackets is the spread: the 95 % confidence interval of the \
         time; and for a ratio, the worst and the best that the intervals of the two times \
         allow.\n\n\
         | | |\n|---|---|\n",
    );
    for (what, which) in machine {
        push_line(&mut text, &[(*what).to_owned(), which.clone()]);
    }
    text
}

/// The table of a group, under its picture.
pub(crate) fn section(group: &Group, rows: &[Row]) -> String {
    let Group {
        name,
        about,
        item,
        scenario,
        ..
    } = group;
    let mut columns = vec![(*scenario).to_owned(), "case".to_owned()];
    match rows.first().map(|row| row.figure) {
        Some(Figure::Error(_)) => columns.push("error".to_owned()),
        _ => columns.extend([
            format!("time per {item}"),
            format!("times as fast as `{}`", group.baseline),
        ]),
    }
    let has_floor = rows.iter().any(|row| row.case == FLOOR);
    if has_floor {
        columns.push("of the floor".to_owned());
    }
    let has_rounds = rows.iter().any(|row| row.rounds.is_some());
    if has_rounds {
        columns.push("short rounds".to_owned());
    }

    let mut text = format!("\n## {name}\n\n{about}\n\n![{name}](pictures/{name}.svg)\n\n");
    push_line(&mut text, &columns);
    push_line(&mut text, &vec!["---".to_owned(); columns.len()]);
    for row in rows {
        let mut cells = vec![row.scenario.clone(), named(group, &row.case)];
        match row.figure {
            Figure::Error(error) => cells.push(percent(error)),
            Figure::Time(own) => {
                cells.push(format!(
                    "{} ({} to {})",
                    time(own.median),
                    time(own.low),
                    time(own.high)
                ));
                let base = estimate(baseline(rows, group.baseline, &row.scenario));
                cells.push(base.map_or_else(String::new, |base| ratio(own.speed_up(base))));
                if has_floor {
                    let floor = estimate(baseline(rows, FLOOR, &row.scenario));
                    cells.push(floor.map_or_else(String::new, |floor| {
                        format!("{:.0} %", own.speed_up(floor).median * 100.0)
                    }));
                }
            }
        }
        if has_rounds {
            let rounds = row
                .rounds
                .map(|(rounds, short)| format!("{short} of {rounds}"));
            cells.push(rounds.unwrap_or_default());
        }
        push_line(&mut text, &cells);
    }
    text
}

pub(crate) fn push_line(text: &mut String, cells: &[String]) {
    // Writing to a String does not fail.
    let _ = writeln!(text, "| {} |", cells.join(" | "));
}

pub(crate) fn estimate(row: Option<&Row>) -> Option<Estimate> {
    match row?.figure {
        Figure::Time(estimate) => Some(estimate),
        Figure::Error(_) => None,
    }
}

/// The patterns of this workspace stand out.
fn named(group: &Group, case: &str) -> String {
    if group.ours.contains(&case) {
        format!("**{case}**")
    } else {
        case.to_owned()
    }
}

pub(crate) fn ratio(speed_up: Estimate) -> String {
    let Estimate { low, median, high } = speed_up;
    format!(
        "{} ({} to {})",
        significant(median),
        significant(low),
        significant(high)
    )
}

/// With three digits that mean something, in a unit that makes it short.
pub(crate) fn time(nanoseconds: f64) -> String {
    let units = [(1e9, "s"), (1e6, "ms"), (1e3, "µs")];
    let unit = units.into_iter().find(|(size, _)| nanoseconds >= *size);
    let (size, unit) = unit.unwrap_or((1.0, "ns"));
    format!("{} {unit}", significant(nanoseconds / size))
}

pub(crate) fn percent(share: f64) -> String {
    format!("{:+.3} %", share * 100.0)
}

fn significant(value: f64) -> String {
    let decimals = match value {
        100.0.. => 0,
        10.0.. => 1,
        _ => 2,
    };
    format!("{value:.decimals$}")
}
