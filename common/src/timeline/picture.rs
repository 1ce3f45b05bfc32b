//! The drawing: as text, as SVG, and as a trace for a viewer.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "columns and pixels of a picture"
)]

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::time::Duration;

use super::{Kind, Record};

/// The lanes of a run.
#[derive(Clone, Debug)]
pub struct Picture {
    lanes: Vec<(String, Vec<Record>)>,
    /// The names of blocks, numbered as they come: what follows each other has different colours.
    blocks: HashMap<String, usize>,
    end: Duration,
}

/// Longer names of lanes are cut.
const LABEL: usize = 18;

impl Picture {
    /// Lanes stand in the order in which they begin, those of one name and several numbers together. Time
    /// counts from the first record.
    pub(crate) fn new(mut records: Vec<Record>) -> Self {
        records.sort_by_key(|record| record.start);
        let mut groups: Vec<String> = Vec::new();
        let mut lanes: BTreeMap<_, Vec<Record>> = BTreeMap::new();
        let first = records.first().map(|record| record.start);
        let first = first.unwrap_or_default();
        let (mut blocks, mut end) = (HashMap::new(), Duration::ZERO);
        for mut record in records {
            record.start = record.start.saturating_sub(first);
            record.end = record.end.saturating_sub(first);
            end = end.max(record.end);
            if matches!(record.kind, Kind::Block | Kind::Poll) {
                let number = blocks.len();
                blocks.entry(record.what.clone()).or_insert(number);
            }
            let name = record.lane.trim_end_matches(|c: char| c.is_ascii_digit());
            let number: usize = record.lane[name.len()..].parse().unwrap_or_default();
            let group = groups.iter().position(|group| group == name);
            let group = group.unwrap_or_else(|| {
                groups.push(name.to_string());
                groups.len() - 1
            });
            let key = (group, number, record.lane.clone());
            lanes.entry(key).or_default().push(record);
        }
        let lanes = lanes
            .into_iter()
            .map(|((.., lane), records)| (lane, records));
        let lanes = lanes.collect();
        Self { lanes, blocks, end }
    }

    /// Where a time stands on an axis of this length.
    fn place(&self, time: Duration, length: f64) -> f64 {
        let end = self.end.max(Duration::from_micros(1));
        time.as_secs_f64() / end.as_secs_f64() * length
    }

    /// Round times, and where they stand on an axis on which each takes at least `room`.
    fn ticks(&self, length: f64, room: f64) -> Vec<(f64, String)> {
        let end = self.end.as_micros().max(1) as f64;
        let steps = (0..12).flat_map(|power| [1., 2., 5.].map(|n| n * 10_f64.powi(power)));
        let step = { steps }
            .find(|step| step / end * length >= room)
            .unwrap_or(end);
        let text = |micros: f64| match step {
            ..1e3 => format!("{micros} µs"),
            1e3..1e6 => format!("{} ms", micros / 1e3),
            _ => format!("{} s", micros / 1e6),
        };
        let times = (0..)
            .map(|n| f64::from(n) * step)
            .take_while(|time| *time <= end);
        times
            .map(|time| (time / end * length, text(time)))
            .collect()
    }

    /// A line for each lane, of at most `width` columns (but never less than 40).
    pub fn text(&self, width: usize, coloured: bool) -> String {
        let labels = self.lanes.iter().map(|(lane, _)| lane.chars().count());
        let label = labels.max().unwrap_or_default().min(LABEL);
        let columns = width.max(40) - label - 2;
        let mut axis = vec![' '; columns];
        for (place, time) in self.ticks(columns as f64, 10.) {
            let place = place as usize;
            if place + time.chars().count() <= columns {
                axis.splice(place..place + time.chars().count(), time.chars());
            }
        }
        let mut lines = vec![format!(
            "{:label$}  {}",
            "",
            axis.iter().collect::<String>()
        )];
        for (lane, records) in &self.lanes {
            let lane: String = lane.chars().take(LABEL).collect();
            let row = self.row(records, columns, coloured);
            lines.push(format!("{lane:label$}  {row}"));
        }
        let lines = lines.iter().map(|line| format!("{}\n", line.trim_end()));
        lines.collect()
    }

    /// What happened in a lane: `[name  ]` is a block, `. .` a wait, a name alone a mark, and `#` more
    /// than one thing.
    fn row(&self, records: &[Record], columns: usize, coloured: bool) -> String {
        let mut cells = vec![Cell::default(); columns];
        // In whole numbers, so that no rounding moves what begins at a column.
        let end = self.end.as_nanos().max(1);
        let end_of = |time: Duration| (time.as_nanos() * columns as u128 / end) as usize;
        let place = |time| end_of(time).min(columns - 1);
        for (n, record) in records.iter().enumerate() {
            let start = place(record.start);
            let next = records
                .get(n + 1)
                .map_or(columns, |next| place(next.start).max(start + 1));
            let (end, style) = match record.kind {
                Kind::Block => (
                    end_of(record.end).clamp(start + 1, columns),
                    Style::Block(self.blocks[&record.what]),
                ),
                Kind::Poll => (
                    end_of(record.end).clamp(start + 1, columns),
                    Style::Poll(self.blocks[&record.what]),
                ),
                Kind::Wait => (end_of(record.end).clamp(start + 1, columns), Style::Wait),
                // A mark has no length: its name takes what room there is.
                Kind::Mark => (
                    (start + record.what.chars().count()).clamp(start + 1, next),
                    Style::Mark,
                ),
            };
            let text = text_of(record, end - start, coloured);
            for (cell, letter) in cells[start..end].iter_mut().zip(text) {
                *cell = match (cell.style, style) {
                    // A task that is polled twice in a column.
                    (Style::Block(_) | Style::Poll(_), Style::Poll(_)) => *cell,
                    (Style::Block(_), _) if cell.style == style => *cell,
                    (Style::Nothing | Style::Wait | Style::Poll(_), _) => Cell { letter, style },
                    // What ends where a wait begins is worth more than its first dot.
                    (_, Style::Wait) => *cell,
                    _ => Cell {
                        letter: '#',
                        style: Style::Many,
                    },
                };
            }
        }
        let mut row = String::new();
        for cells in cells.chunk_by(|a, b| a.style == b.style) {
            let text: String = cells.iter().map(|cell| cell.letter).collect();
            match cells[0].style.escape().filter(|_| coloured) {
                Some(escape) => row.extend(["\x1b[", escape, "m", &text, "\x1b[0m"]),
                None => row += &text,
            }
        }
        row
    }

    /// A picture that is readable on light and on dark pages.
    pub fn svg(&self) -> String {
        const LEFT: f64 = 130.;
        const WIDTH: f64 = 760.;
        const LINE: f64 = 26.;
        let height = LINE * (self.lanes.len() as f64 + 1.) + 10.;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {height}\" \
             font-family=\"monospace\" font-size=\"12\" fill=\"#808080\">\n",
            LEFT + WIDTH + 50.
        );
        let mut line = |text: String| svg.extend([text.as_str(), "\n"]);
        for (place, time) in self.ticks(WIDTH, 90.) {
            let x = LEFT + place;
            line(format!(
                "<path d=\"M{x:.1} 20V{height}\" stroke=\"#808080\" opacity=\".3\"/>"
            ));
            line(format!("<text x=\"{x:.1}\" y=\"14\">{time}</text>"));
        }
        for (n, (lane, records)) in self.lanes.iter().enumerate() {
            let y = LINE * (n as f64 + 1.);
            let middle = y + 13.;
            line(format!(
                "<text x=\"0\" y=\"{}\">{}</text>",
                y + 17.,
                escaped(lane)
            ));
            let mut last = f64::MIN;
            for record in records {
                let x = LEFT + self.place(record.start, WIDTH);
                let width = (LEFT + self.place(record.end, WIDTH) - x).max(1.);
                // So close to the last one, or so short a wait, that nobody would see it.
                if x + width < last + 0.5 || record.kind == Kind::Wait && width < 3. {
                    continue;
                }
                if record.kind != Kind::Poll {
                    last = x + width;
                }
                let what = escaped(&record.what);
                let room = (width / 7.5) as usize;
                let name: String = record.what.chars().take(room).collect();
                match record.kind {
                    Kind::Block | Kind::Poll => {
                        let colour = PALETTE[self.blocks[&record.what] % PALETTE.len()].1;
                        line(format!(
                            "<rect x=\"{x:.1}\" y=\"{}\" width=\"{width:.1}\" height=\"20\" rx=\"3\" \
                             fill=\"{colour}\"><title>{what}</title></rect>",
                            y + 3.
                        ));
                        line(format!(
                            "<text x=\"{:.1}\" y=\"{}\" fill=\"#fff\">{}</text>",
                            x + 3.,
                            y + 17.,
                            escaped(&name)
                        ));
                    }
                    Kind::Wait => line(format!(
                        "<path d=\"M{x:.1} {middle}h{width:.1}\" stroke=\"#808080\" stroke-width=\"2\" \
                         stroke-dasharray=\"2 5\"/>"
                    )),
                    Kind::Mark => line(format!(
                        "<text x=\"{x:.1}\" y=\"{}\">{what}</text>",
                        y + 17.
                    )),
                }
            }
        }
        svg + "</svg>\n"
    }

    /// What <https://ui.perfetto.dev> and `chrome://tracing` open: the trace event format, in JSON.
    pub fn trace(&self) -> String {
        let mut events = Vec::new();
        for (lane, (name, records)) in self.lanes.iter().enumerate() {
            events.push(format!(
                "{{\"ph\":\"M\",\"pid\":1,\"tid\":{lane},\"name\":\"thread_name\",\
                 \"args\":{{\"name\":{}}}}}",
                quoted(name)
            ));
            for record in records {
                let start = record.start.as_nanos() as f64 / 1e3;
                let kind = if record.kind == Kind::Mark {
                    "\"ph\":\"i\",\"s\":\"t\"".to_string()
                } else {
                    let length = record.end.saturating_sub(record.start);
                    format!("\"ph\":\"X\",\"dur\":{}", length.as_nanos() as f64 / 1e3)
                };
                let name = if record.kind == Kind::Wait {
                    "waits"
                } else {
                    &record.what
                };
                events.push(format!(
                    "{{{kind},\"pid\":1,\"tid\":{lane},\"ts\":{start},\"name\":{}}}",
                    quoted(name)
                ));
            }
        }
        format!("[\n{}\n]\n", events.join(",\n"))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Nothing,
    /// The number of its name, which chooses one of the [`PALETTE`].
    Block(usize),
    /// The same, beneath blocks.
    Poll(usize),
    Wait,
    Mark,
    Many,
}

/// Of the terminal, and of the SVG.
const PALETTE: [(&str, &str); 6] = [
    ("30;46", "#2f7f9e"),
    ("30;42", "#4a8a4f"),
    ("30;43", "#a07a1c"),
    ("30;45", "#9a5699"),
    ("30;44", "#4a72b8"),
    ("30;41", "#b85c4a"),
];

impl Style {
    fn escape(self) -> Option<&'static str> {
        match self {
            Self::Nothing => None,
            Self::Block(number) | Self::Poll(number) => Some(PALETTE[number % PALETTE.len()].0),
            Self::Wait => Some("2"),
            Self::Mark => Some("1"),
            Self::Many => Some("30;47"),
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Cell {
    letter: char,
    style: Style,
}

impl Default for Cell {
    fn default() -> Self {
        Self {
            letter: ' ',
            style: Style::Nothing,
        }
    }
}

/// `room` letters for a record.
fn text_of(record: &Record, room: usize, coloured: bool) -> Vec<char> {
    let name = record
        .what
        .chars()
        .map(|c| if c.is_control() { '?' } else { c });
    let mut text: Vec<char> = match record.kind {
        Kind::Wait => return ".".repeat(room).chars().collect(),
        // Colours show where it begins and ends.
        Kind::Block | Kind::Poll if room > 1 && !coloured => {
            ['['].into_iter().chain(name).collect()
        }
        _ => name.collect(),
    };
    text.resize(room, ' ');
    if record.kind != Kind::Mark && room > 2 && !coloured {
        text[room - 1] = ']';
    }
    text
}

/// For text between tags.
fn escaped(text: &str) -> String {
    let text = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    text.replace(char::is_control, "?")
}

/// A string of JSON.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => {
                // A string has room.
                let _ = write!(quoted, "\\u{:04x}", c as u32);
            }
            c => quoted.push(c),
        }
    }
    quoted + "\""
}
