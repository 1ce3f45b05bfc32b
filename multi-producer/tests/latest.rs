//! What `latest` promises:
//!
//! - a reader receives the newest value, in the order of the values and none twice:
//!   `only_the_newest_value_is_received`, `values_come_in_their_order_and_none_twice`
//! - the last value is never lost: `the_last_value_is_received_before_the_end`
//! - a reader waits for a change: `a_reader_waits_for_a_change`
//! - each reader goes at its own pace: `each_reader_receives_the_newest`
//! - the writer learns when all readers are gone: `a_writer_learns_that_nobody_reads`
//! - what is replaced is dropped, and no lock is held by then, nor when it is cloned:
//!   `nothing_is_left_behind`, `a_value_may_use_its_own_slot`

use std::sync::mpsc::RecvTimeoutError::{Disconnected, Timeout};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use multi_producer::latest::{Reader, slot};
use testkit::{Ledger, MANY, within};

/// A limit that is over soon.
const SHORT: Duration = Duration::from_millis(1);

#[test]
fn only_the_newest_value_is_received() {
    within(|| {
        let (writer, mut reader) = slot();
        for newest in [3, 7] {
            assert_eq!(reader.recv_timeout(SHORT), Err(Timeout));
            (0..=newest).for_each(|value| _ = writer.set(value));
            assert_eq!(reader.recv_timeout(SHORT), Ok(newest));
        }
    });
}

#[test]
fn values_come_in_their_order_and_none_twice() {
    within(|| {
        let (writer, reader) = slot();
        thread::scope(|scope| {
            for reader in [reader.clone(), reader] {
                scope.spawn(move || {
                    let seen: Vec<usize> = reader.collect();
                    assert!(seen.is_sorted_by(|a, b| a < b), "{seen:?}");
                    assert_eq!(seen.last(), Some(&MANY));
                });
            }
            (0..=MANY).for_each(|value| _ = writer.set(value));
            drop(writer);
        });
    });
}

#[test]
fn the_last_value_is_received_before_the_end() {
    within(|| {
        let (writer, mut reader) = slot();
        let mut late = reader.clone();
        writer.set("first");
        assert_eq!(reader.next(), Some("first"));
        writer.set("last");
        drop(writer);
        assert_eq!(reader.next(), Some("last"));
        assert_eq!(reader.next(), None);
        assert_eq!(reader.recv_timeout(Duration::MAX), Err(Disconnected));
        assert_eq!(late.recv_timeout(Duration::ZERO), Ok("last"));
        assert_eq!(late.recv_timeout(Duration::ZERO), Err(Disconnected));
        // Without a value, there is only the end.
        let (writer, mut reader) = slot::<u8>();
        drop(writer);
        assert_eq!(reader.next(), None);
    });
}

#[test]
fn a_reader_waits_for_a_change() {
    within(|| {
        let (question, mut asked) = slot();
        let (answer, mut answered) = slot();
        thread::scope(|scope| {
            scope.spawn(move || {
                while let Ok(value) = asked.recv_timeout(Duration::MAX) {
                    answer.set(value + 1);
                }
            });
            // Each waits for the other in turn.
            for value in 0..20 {
                question.set(value);
                assert_eq!(answered.next(), Some(value + 1));
            }
            drop(question);
            assert_eq!(answered.next(), None);
        });
    });
}

#[test]
fn each_reader_receives_the_newest() {
    let (writer, mut first) = slot();
    writer.set(1);
    assert_eq!(first.next(), Some(1));
    // It has received what the other has.
    let mut second = first.clone();
    assert_eq!(second.recv_timeout(Duration::ZERO), Err(Timeout));
    writer.set(2);
    assert_eq!(first.next(), Some(2));
    writer.set(3);
    assert_eq!((first.next(), second.next()), (Some(3), Some(3)));
}

#[test]
fn a_writer_learns_that_nobody_reads() {
    let (writer, reader) = slot();
    let other = reader.clone();
    drop(reader);
    assert!(writer.set(1));
    drop(other);
    assert!(!writer.set(2));
}

#[test]
fn nothing_is_left_behind() {
    within(|| {
        let ledger = Ledger::default();
        let (writer, mut reader) = slot();
        for item in ledger.items().take(5) {
            writer.set(Arc::new(item));
            assert_eq!(ledger.alive(), 1);
        }
        assert_eq!(reader.next().map(|item| item.number), Some(4));
        drop(writer);
        assert_eq!(ledger.alive(), 1);
        drop(reader);
        ledger.assert_all_dropped();
    });
}

/// Looks at the slot, once, when it is cloned or dropped.
struct Value(Arc<Mutex<Option<Reader<Value>>>>);

fn look(value: &Value) {
    let reader = value.0.lock().expect("no panic").take();
    let _ = reader.map(|mut reader| reader.recv_timeout(Duration::ZERO).is_ok());
}

impl Clone for Value {
    fn clone(&self) -> Self {
        look(self);
        Self(Arc::clone(&self.0))
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        look(self);
    }
}

#[test]
fn a_value_may_use_its_own_slot() {
    within(|| {
        for is_cloned in [false, true] {
            let (writer, mut reader) = slot();
            writer.set(Value(Arc::new(Mutex::new(Some(reader.clone())))));
            if is_cloned {
                assert!(reader.next().is_some());
            }
            writer.set(Value(Arc::default()));
        }
    });
}
