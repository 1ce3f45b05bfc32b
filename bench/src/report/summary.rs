//! The few lines that the README shows.

use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, ensure};

use crate::report::groups::{FLOOR, Group};
use crate::report::results::{Figure, Row, baseline};
use crate::report::table::{estimate, push_line, ratio};

/// What is between these is written anew.
const BEGIN: &str = "<!-- written by cargo run -p bench -->\n";
const END: &str = "<!-- until here -->\n";

/// Of a curve, the one point that the summary shows.
const POINT: &str = "1000";

/// Least that it can cost, as the floor is: no peer.
const BARE: &str = "park and unpark";

/// Writes the summary into the README at `path`.
pub(crate) fn write(
    path: &Path,
    machine: &[(&str, String)],
    measured: &[(&Group, Vec<Row>)],
) -> anyhow::Result<()> {
    let readme = std::fs::read_to_string(path).with_context(|| format!("{path:?}"))?;
    let parts = readme.split_once(BEGIN);
    let parts = parts.and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    ensure!(parts.is_some(), "{path:?}: no place for the summary");
    let (before, after) = parts.unwrap_or_default();
    let text = format!("{before}{BEGIN}{}{END}{after}", summary(machine, measured));
    std::fs::write(path, text).with_context(|| format!("{path:?}"))
}

fn summary(machine: &[(&str, String)], measured: &[(&Group, Vec<Row>)]) -> String {
    let mut text = String::from(
        "| what | pattern: the fastest, and the usual one | times as fast as the plain form | times as fast as the fastest crate |\n\
         |---|---|---|---|\n",
    );
    for (group, rows) in measured {
        // A pattern around rayon is as fast as rayon: it stands for that crate.
        let is_ours = |row: &&Row| {
            group.ours.contains(&row.case.as_str()) && !row.case.starts_with("with_rayon")
        };
        let mut scenario = "";
        // By scenario, and then the fastest first.
        for own in rows.iter().filter(is_ours) {
            let Figure::Time(time) = own.figure else {
                continue;
            };
            // The fastest, and beside it the one that a reader takes first.
            let is_default = group.ours.first() == Some(&own.case.as_str());
            if own.scenario == scenario && !is_default || group.curve && own.scenario != POINT {
                continue;
            }
            scenario = &own.scenario;
            let peer = rows.iter().find(|row| {
                let other = ![group.baseline, FLOOR, BARE].contains(&row.case.as_str());
                other && !is_ours(row) && !group.curve && row.scenario == own.scenario
            });
            let first = estimate(baseline(rows, group.baseline, &own.scenario));
            let (name, peer) = (peer.map(|row| &row.case), estimate(peer));
            push_line(
                &mut text,
                &[
                    format!("{}, {} {}", group.name, group.scenario, own.scenario),
                    format!("`{}`", own.case),
                    first.map_or_else(String::new, |first| ratio(time.speed_up(first))),
                    peer.zip(name).map_or_else(String::new, |(peer, name)| {
                        format!("{name}: {}", ratio(time.speed_up(peer)))
                    }),
                ],
            );
        }
    }
    let machine: Vec<String> = machine
        .iter()
        .map(|(what, which)| format!("{what} {which}"))
        .collect();
    // Writing to a String does not fail.
    let _ = write!(
        text,
        "\nThe spread is in brackets. Ratios hold from one machine to the next, absolute times do not. Measured with: {}.\n\n",
        machine.join("; ")
    );
    for (group, _) in measured {
        let _ = writeln!(text, "![{0}](pictures/{0}.svg)", group.name);
    }
    text
}
