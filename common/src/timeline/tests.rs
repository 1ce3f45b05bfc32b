//! What a picture shows.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};
use std::thread;
use std::time::Duration;

use tracing::Instrument;
use tracing_subscriber::layer::SubscriberExt;

use super::{Kind, Picture, Record, Recorder, at_work, mark, task, waits};

fn record(lane: &str, kind: Kind, what: &str, start: u64, end: u64) -> Record {
    Record {
        lane: lane.into(),
        kind,
        what: what.into(),
        start: Duration::from_millis(start),
        end: Duration::from_millis(end),
    }
}

fn block(lane: &str, what: &str, start: u64, end: u64) -> Record {
    record(lane, Kind::Block, what, start, end)
}

fn drawn(records: Vec<Record>, width: usize) -> String {
    Picture::new(records).text(width, false)
}

#[test]
fn blocks_waits_and_marks_stand_where_they_happened() {
    let records = vec![
        record("feeder", Kind::Mark, "1", 0, 0),
        record("feeder", Kind::Mark, "2", 10, 10),
        record("feeder", Kind::Wait, "", 20, 60),
        record("feeder", Kind::Mark, "3", 60, 60),
        block("worker-1", "two", 20, 80),
        block("worker-0", "one", 0, 50),
        block("main", "", 80, 100),
    ];
    let expected = [
        "          0 ms                50 ms",
        "feeder    1   2   ................3",
        "worker-0  [one               ]",
        "worker-1          [two                   ]",
        "main                                      [      ]",
    ];
    assert!(
        drawn(records.clone(), 50).lines().eq(expected),
        "{}",
        drawn(records, 50)
    );
}

#[test]
fn lanes_stand_in_order_of_their_first_record_and_numbers_in_theirs() {
    let lanes = ["b", "w-10", "w-2", "a"];
    let records = lanes
        .iter()
        .zip(0..)
        .map(|(lane, n)| block(lane, "x", n, n + 1));
    let text = drawn(records.collect(), 40);
    let names: Vec<&str> = text
        .lines()
        .skip(1)
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert_eq!(names, ["b", "w-2", "w-10", "a"]);
}

#[test]
fn names_that_are_too_long_are_cut() {
    let long = "a name that is much too long for its lane";
    let text = drawn(vec![block(long, long, 0, 1), block("b", long, 1, 100)], 40);
    assert!(
        text.lines().all(|line| line.chars().count() <= 40),
        "{text}"
    );
    assert!(
        text.contains("a name that is muc") && text.contains("[a name that is mu"),
        "{text}"
    );
}

#[test]
fn a_thousand_blocks_are_thinned_out() {
    let named = |n: u64| {
        block(
            "w",
            ["xyz", "abc"][usize::from(n.is_multiple_of(2))],
            n,
            n + 1,
        )
    };
    let records: Vec<Record> = (0..1_000).map(named).collect();
    let text = drawn(records.clone(), 80);
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
    assert!(text.contains("#####"), "{text}");
    let wide: Vec<Record> = (0..100_000).map(|n| block("w", "x", n, n + 1)).collect();
    assert!(Picture::new(wide).svg().len() < 400_000);
}

#[test]
fn overlaps_are_seen() {
    let text = drawn(
        vec![block("w", "outer", 0, 100), block("w", "inner", 40, 60)],
        43,
    );
    assert!(
        text.contains("[outer          ########               ]"),
        "{text}"
    );
}

#[test]
fn one_thread_and_none_are_drawn_too() {
    assert_eq!(drawn(vec![block("w", "x", 0, 0)], 40).lines().count(), 2);
    assert_eq!(drawn(vec![], 40).lines().count(), 1);
    assert!(Picture::new(vec![]).svg().ends_with("</svg>\n"));
    assert_eq!(Picture::new(vec![]).trace(), "[\n\n]\n");
}

#[test]
fn colours_are_there_only_where_they_are_wanted() {
    let picture = Picture::new(vec![block("w", "x", 0, 1)]);
    assert!(!picture.text(80, false).contains('\x1b'));
    assert!(picture.text(80, true).contains("\x1b[0m"));
}

#[test]
fn what_a_file_takes_no_name_can_break() {
    let odd = "a<b & \"c\"\\\n";
    let picture = Picture::new(vec![
        block(odd, odd, 0, 1),
        record(odd, Kind::Mark, odd, 1, 1),
    ]);
    assert!(picture.svg().contains("a&lt;b &amp;") && !picture.svg().contains("a<b"));
    assert!(
        picture.trace().contains(r#""a<b & \"c\"\\\u000a""#),
        "{}",
        picture.trace()
    );
    assert!(
        !picture
            .text(80, false)
            .lines()
            .any(|line| line.contains('\n'))
    );
}

#[test]
fn spans_and_marks_are_recorded_in_the_lane_of_their_thread_or_task() {
    let recorder = Recorder::new();
    let subscriber = tracing_subscriber::registry().with(recorder.clone());
    let body = || {
        tracing::subscriber::with_default(subscriber, || {
            drop(at_work("one"));
            drop(waits());
            mark("two");
            let future = async {
                drop(at_work("three"));
                mark("four");
            };
            let mut future = pin!(future.instrument(task("a task")));
            let polled = future
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()));
            assert!(polled.is_ready());
        });
    };
    let thread = thread::Builder::new().name("a thread".into()).spawn(body);
    thread.expect("it starts").join().expect("it ends");
    let seen = recorder.records.lock().expect("nobody panics with it");
    let seen = seen
        .iter()
        .map(|record| (&*record.lane, record.kind, &*record.what));
    let expected = [
        ("a thread", Kind::Block, "one"),
        ("a thread", Kind::Wait, ""),
        ("a thread", Kind::Mark, "two"),
        ("a task", Kind::Block, "three"),
        ("a task", Kind::Mark, "four"),
        ("a task", Kind::Poll, "a thread"),
    ];
    // A task leaves its span once more as it is dropped.
    assert!(seen.take(expected.len()).eq(expected));
}
