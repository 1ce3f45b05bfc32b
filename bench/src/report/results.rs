//! Reads what criterion and the benches have left.

use std::cmp::Ordering;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use serde_json::Value;

/// A case of a group in a scenario, and what came out.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) case: String,
    pub(crate) scenario: String,
    pub(crate) figure: Figure,
    /// Of how many rounds, and how many of them were ended too early; where somebody counted.
    pub(crate) rounds: Option<(u64, u64)>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Figure {
    /// Nanoseconds for each item.
    Time(Estimate),
    /// Relative.
    Error(f64),
}

impl Figure {
    /// What is better where it is smaller.
    pub(crate) fn size(self) -> f64 {
        match self {
            Self::Time(time) => time.median,
            Self::Error(error) => error.abs(),
        }
    }
}

/// A median and its confidence interval.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Estimate {
    pub(crate) low: f64,
    pub(crate) median: f64,
    pub(crate) high: f64,
}

impl Estimate {
    /// How many times as fast it is as `baseline`: at least, probably, at most.
    pub(crate) fn speed_up(self, baseline: Self) -> Self {
        Self {
            low: baseline.low / self.high,
            median: baseline.median / self.median,
            high: baseline.high / self.low,
        }
    }
}

/// The rows of `group`, in no order. There are none where there is no such folder.
pub(crate) fn read(from: &Path, group: &str) -> impl Iterator<Item = anyhow::Result<Row>> {
    // from/group/case/scenario, as criterion names them.
    folders(from.join(group))
        .flat_map(folders)
        .filter_map(|folder| row(&folder).transpose())
}

fn folders(of: PathBuf) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(of).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
}

/// `None` for a folder without results: criterion has such, too.
fn row(folder: &Path) -> anyhow::Result<Option<Row>> {
    if let Some(json) = parsed(&folder.join("error.json"))? {
        let row = error_row(&json);
        return row
            .with_context(|| format!("{folder:?}: not an error of a rate"))
            .map(Some);
    }
    let Some(benchmark) = parsed(&folder.join("new/benchmark.json"))? else {
        return Ok(None);
    };
    let estimates = parsed(&folder.join("new/estimates.json"))?;
    let rounds = parsed(&folder.join("rounds.json"))?;
    let row = time_row(&benchmark, &estimates.unwrap_or_default(), rounds.as_ref());
    row.with_context(|| format!("{folder:?}: not results of criterion 0.7"))
        .map(Some)
}

/// `None` where there is no such file.
fn parsed(path: &Path) -> anyhow::Result<Option<Value>> {
    if !path.exists() {
        return Ok(None);
    }
    let text = fs::read(path).with_context(|| format!("{path:?}"))?;
    let json = serde_json::from_slice(&text).map_err(|error| anyhow!("{path:?}: {error}"))?;
    Ok(Some(json))
}

fn error_row(json: &Value) -> Option<Row> {
    Some(Row {
        case: json["case"].as_str()?.to_owned(),
        scenario: json["scenario"].as_str()?.to_owned(),
        figure: Figure::Error(json["error"].as_f64()?),
        rounds: None,
    })
}

fn time_row(benchmark: &Value, estimates: &Value, rounds: Option<&Value>) -> Option<Row> {
    let items = benchmark["throughput"]["Elements"].as_f64()?;
    let median = &estimates["median"];
    let interval = &median["confidence_interval"];
    Some(Row {
        case: benchmark["function_id"].as_str()?.to_owned(),
        scenario: benchmark["value_str"].as_str()?.to_owned(),
        figure: Figure::Time(Estimate {
            low: interval["lower_bound"].as_f64()? / items,
            median: median["point_estimate"].as_f64()? / items,
            high: interval["upper_bound"].as_f64()? / items,
        }),
        rounds: rounds.and_then(|json| Some((json["rounds"].as_u64()?, json["short"].as_u64()?))),
    })
}

/// By scenario, then the best first.
pub(crate) fn sorted(mut rows: Vec<Row>) -> Vec<Row> {
    rows.sort_by(|a, b| {
        by_number(&a.scenario, &b.scenario)
            .then_with(|| a.figure.size().total_cmp(&b.figure.size()))
    });
    rows
}

/// Those that begin with a number by that, and before the rest.
fn by_number(a: &str, b: &str) -> Ordering {
    number(a).cmp(&number(b)).then_with(|| a.cmp(b))
}

/// What `scenario` begins with; of those that begin with none, the largest.
pub(crate) fn number(scenario: &str) -> u32 {
    let digits = scenario.split(|c: char| !c.is_ascii_digit()).next();
    digits
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(u32::MAX)
}

/// What the row of `scenario` is compared with: the `baseline` of that scenario; or the only one
/// there is, where it is the same for all.
pub(crate) fn baseline<'r>(rows: &'r [Row], baseline: &str, scenario: &str) -> Option<&'r Row> {
    let mut candidates = rows.iter().filter(|row| row.case == baseline);
    let of_scenario = candidates.clone().find(|row| row.scenario == scenario);
    of_scenario.or_else(|| candidates.next())
}
