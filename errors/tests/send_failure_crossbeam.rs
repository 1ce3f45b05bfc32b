//! What `send_failure_crossbeam` promises.

use std::cell::Cell;
use std::error::Error;
use std::time::Duration;

use crossbeam_channel::{Sender, bounded, unbounded};
use errors::send_failure_crossbeam::SendFailure;
use testkit::Ledger;

type Job = Box<dyn FnOnce() + Send>;

/// It has no `Debug`, and threads cannot share it.
struct Unshared(#[expect(dead_code, reason = "it is there to be not Sync")] Cell<u8>);

#[test]
fn each_failure_keeps_its_reason() {
    let (full_tx, _full_rx) = bounded(0);
    let (closed_tx, closed_rx) = bounded(0);
    drop(closed_rx);
    let full = full_tx.try_send(1).map_err(SendFailure::from);
    let closed = closed_tx.try_send(1).map_err(SendFailure::from);
    let timed_out = full_tx
        .send_timeout(1, Duration::ZERO)
        .map_err(SendFailure::from);
    let closed_in_time = closed_tx
        .send_timeout(1, Duration::ZERO)
        .map_err(SendFailure::from);
    let closed_to_send = closed_tx.send(1).map_err(SendFailure::from);

    assert_eq!(full, Err(SendFailure::Full));
    assert_eq!(closed, Err(SendFailure::Closed));
    assert_eq!(timed_out, Err(SendFailure::TimedOut));
    assert_eq!(closed_in_time, Err(SendFailure::Closed));
    assert_eq!(closed_to_send, Err(SendFailure::Closed));
    assert_eq!(SendFailure::Full.to_string(), "the channel is full");
    assert_eq!(
        SendFailure::TimedOut.to_string(),
        "the channel stayed full for the time limit"
    );
    assert_eq!(SendFailure::Closed.to_string(), "the receivers are gone");
}

#[test]
fn a_question_mark_takes_it() {
    fn as_it_is<T>(message_tx: &Sender<T>, message: T) -> Result<(), SendFailure> {
        message_tx.try_send(message)?;
        Ok(())
    }
    fn into_anyhow<T>(message_tx: &Sender<T>, message: T) -> anyhow::Result<()> {
        message_tx.send(message).map_err(SendFailure::from)?;
        Ok(())
    }
    fn into_a_box<T>(
        message_tx: &Sender<T>,
        message: T,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        message_tx.send(message).map_err(SendFailure::from)?;
        Ok(())
    }

    let (job_tx, job_rx) = unbounded::<Job>();
    into_anyhow(&job_tx, Box::new(|| ())).unwrap();
    job_rx.recv().unwrap()();
    drop(job_rx);
    let error = into_anyhow(&job_tx, Box::new(|| ())).unwrap_err();
    assert_eq!(error.downcast_ref(), Some(&SendFailure::Closed));

    let text = String::from("borrowed");
    let error = {
        let (borrowed_tx, borrowed_rx) = unbounded::<&str>();
        drop(borrowed_rx);
        into_a_box(&borrowed_tx, &text).unwrap_err()
    };
    // The error outlives what the message borrowed.
    drop(text);
    assert_eq!(error.to_string(), "the receivers are gone");

    let (unshared_tx, _unshared_rx) = bounded(1);
    assert_eq!(as_it_is(&unshared_tx, Unshared(Cell::new(1))), Ok(()));
    let full = as_it_is(&unshared_tx, Unshared(Cell::new(2)));
    assert_eq!(full, Err(SendFailure::Full));
}

#[test]
fn the_message_is_dropped_at_once() {
    let ledger = Ledger::default();
    let (message_tx, message_rx) = unbounded();
    drop(message_rx);
    let failed = message_tx.send(ledger.item(0));
    assert_eq!(ledger.dropped(), 0);
    let failed = failed.map_err(SendFailure::from);
    ledger.assert_all_dropped();
    assert_eq!(failed, Err(SendFailure::Closed));
}

#[test]
fn a_result_is_one_byte() {
    assert_eq!(size_of::<Result<(), SendFailure>>(), 1);
}
