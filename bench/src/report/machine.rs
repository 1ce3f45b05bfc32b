//! What the results are from.

use std::path::Path;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};
use std::{fs, thread};

/// The crates whose version decides what is measured.
const CRATES: [&str; 9] = [
    "crossbeam-channel",
    "flume",
    "governor",
    "kanal",
    "oneshot",
    "rayon",
    "rusty_pool",
    "threadpool",
    "tokio",
];

/// Pairs: what, and which. Processor and compiler are those that are here now.
pub(crate) fn describe(results: &Path) -> [(&'static str, String); 5] {
    let processors = thread::available_parallelism().map(|n| n.to_string());
    [
        ("processors", processors.unwrap_or_else(unknown)),
        ("model", model().unwrap_or_else(|| "unknown".to_owned())),
        (
            "compiler",
            compiler().unwrap_or_else(|| "unknown".to_owned()),
        ),
        (
            "measured on",
            date(results).unwrap_or_else(|| "unknown".to_owned()),
        ),
        ("crates", crates()),
    ]
}

fn unknown<E>(_: E) -> String {
    "unknown".to_owned()
}

/// Where there is no such file, as on macOS, nobody knows.
fn model() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(": ")?.1.to_owned())
}

fn compiler() -> Option<String> {
    let output = Command::new("rustc").arg("--version").output().ok()?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}

/// When a group was last measured.
fn date(results: &Path) -> Option<String> {
    let entries = fs::read_dir(results).ok()?.flatten();
    let changed = entries.filter_map(|entry| entry.metadata().ok()?.modified().ok());
    Some(day(changed.max()?))
}

/// The date in UTC, after Howard Hinnant's `civil_from_days`: years that begin in March end with
/// the leap day.
fn day(time: SystemTime) -> String {
    let seconds = time
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    let days = seconds / 86_400 + 719_468; // Since 0000-03-01.
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_based = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_based + 2) / 5 + 1;
    let month = if march_based < 10 {
        march_based + 3
    } else {
        march_based - 9
    };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year}-{month:02}-{day:02}")
}

/// From the lock file: a name's line is followed by that of its version.
fn crates() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
    let text = fs::read_to_string(path).unwrap_or_default();
    let version = |name: &str| {
        let (_, rest) = text.split_once(&format!("name = \"{name}\"\nversion = \""))?;
        Some(format!("{name} {}", rest.split_once('"')?.0))
    };
    let versions: Vec<String> = CRATES.into_iter().filter_map(version).collect();
    versions.join(", ")
}
