//! A run, drawn: one lane for each thread, time from left to right, what it worked on as a block with
//! its name, and gaps where it waited.
//!
//! It is made from tracing spans that programs open around the work that they pass in ([`at_work`],
//! [`waits`], [`task`]) and from marks ([`mark`]). Where nothing is recorded, they cost as much as a log
//! line that is not shown.

use std::ffi::OsString;
use std::fmt::Display;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, EnteredSpan, Id};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

pub use picture::Picture;

mod picture;

/// `--timeline`, for a program to take into its arguments.
#[derive(clap::Args, Debug)]
#[group(skip)]
pub struct Args {
    /// Draw who worked when, and who waited, at the end: on stderr, or into FILE.svg, or into FILE.json,
    /// which <https://ui.perfetto.dev> opens
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    timeline: Option<OsString>,
}

impl Args {
    pub(crate) fn is_wanted(&self) -> bool {
        self.timeline.is_some()
    }

    pub(crate) fn draw(&self, picture: &Picture) -> anyhow::Result<()> {
        let file = Path::new(self.timeline.as_deref().unwrap_or_default());
        if file.as_os_str().is_empty() {
            let drawn = picture.text(crate::width(), crate::has_colours(&io::stderr()));
            // As with any other line on stderr: where it cannot be written, nobody can be told.
            let _ = io::Write::write_all(&mut io::stderr(), drawn.as_bytes());
            return Ok(());
        }
        let text = match file.extension().and_then(|extension| extension.to_str()) {
            Some("svg") => picture.svg(),
            Some("json") => picture.trace(),
            _ => anyhow::bail!("--timeline={}: neither .svg nor .json", file.display()),
        };
        fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
    }
}

/// What the spans and marks of a timeline have as their target; no other log has it.
pub(crate) const TARGET: &str = "timeline";

/// From here until what is returned is dropped, this thread works on `what`.
pub fn at_work(what: impl Display) -> EnteredSpan {
    tracing::trace_span!(target: TARGET, "block", what = %what).entered()
}

/// From here until what is returned is dropped, this thread waits, and not for work: for room, say.
pub fn waits() -> EnteredSpan {
    tracing::trace_span!(target: TARGET, "wait").entered()
}

/// At this moment, this thread did `what`.
pub fn mark(what: impl Display) {
    tracing::trace!(target: TARGET, what = %what);
}

/// A task, which has a lane of its own, whatever thread it is on: instrument its future with this. A
/// block on it is a time in which it was on a thread.
pub fn task(name: impl Display) -> tracing::Span {
    tracing::trace_span!(target: TARGET, "task", lane = %name)
}

/// What was done in one piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// Of the thread, or of the task.
    pub(crate) lane: String,
    pub(crate) kind: Kind,
    pub(crate) what: String,
    /// Since the start of the recording.
    pub(crate) start: Duration,
    pub(crate) end: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Block,
    /// A time of a task on a thread, beneath what it does then.
    Poll,
    Wait,
    Mark,
}

/// Notes what is told to tracing under [`TARGET`].
#[derive(Clone, Debug)]
pub(crate) struct Recorder {
    start: Instant,
    records: Arc<Mutex<Vec<Record>>>,
}

impl Recorder {
    pub(crate) fn new() -> Self {
        Self {
            start: Instant::now(),
            records: Arc::default(),
        }
    }

    /// All that has been recorded.
    pub(crate) fn picture(&self) -> Picture {
        let records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        Picture::new(records.clone())
    }

    fn note(&self, lane: Option<String>, kind: Kind, what: String, start: Duration) {
        let lane = lane.unwrap_or_else(|| {
            let thread = thread::current();
            thread.name().unwrap_or("unnamed").to_string()
        });
        let end = self.start.elapsed();
        let record = Record {
            lane,
            kind,
            what,
            start,
            end,
        };
        // A list is whole at any time.
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        records.push(record);
    }
}

/// What a span tells of itself.
#[derive(Default)]
struct Told {
    what: String,
    lane: Option<String>,
    entered: Option<Duration>,
}

impl Visit for Told {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        match field.name() {
            "what" => self.what = format!("{value:?}"),
            "lane" => self.lane = Some(format!("{value:?}")),
            _ => {}
        }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Recorder {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut told = Told::default();
        attributes.record(&mut told);
        if let Some(span) = context.span(id) {
            if told.lane.is_none() {
                // That of the task in which it is opened.
                let parent = span.parent();
                told.lane =
                    parent.and_then(|parent| parent.extensions().get::<Told>()?.lane.clone());
            }
            span.extensions_mut().insert(told);
        }
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(told) = span.extensions_mut().get_mut::<Told>()
        {
            told.entered = Some(self.start.elapsed());
        }
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut extensions = span.extensions_mut();
        let Some(told) = extensions.get_mut::<Told>() else {
            return;
        };
        if let Some(entered) = told.entered.take() {
            let (kind, what) = match span.name() {
                "wait" => (Kind::Wait, String::new()),
                "task" => {
                    let thread = thread::current();
                    (Kind::Poll, thread.name().unwrap_or_default().to_string())
                }
                _ => (Kind::Block, told.what.clone()),
            };
            self.note(told.lane.clone(), kind, what, entered);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut told = Told::default();
        event.record(&mut told);
        let lane = context.event_span(event);
        let lane = lane.and_then(|span| span.extensions().get::<Told>()?.lane.clone());
        self.note(lane, Kind::Mark, told.what, self.start.elapsed());
    }
}

#[cfg(test)]
mod tests;
