//! What `send_failure` promises:
//! - full and closed are told apart: `each_failure_keeps_its_reason`
//! - it goes through `?`, whatever the message is: `a_question_mark_takes_it`
//! - without it, a boxed job does not: the example of the pattern
//! - a producer ends with it when the receiver goes: `a_receiver_that_goes_ends_the_producer`
//! - the message is dropped when its error is converted: `the_message_is_dropped_at_once`
//! - it is one byte, whatever the message: `a_result_is_one_byte`

use std::error::Error;
use std::sync::mpsc::{Sender, SyncSender, channel, sync_channel};
use std::thread;

use errors::send_failure::SendFailure;
use testkit::{Ledger, within};

#[test]
fn each_failure_keeps_its_reason() {
    let (full_tx, _full_rx) = sync_channel(0);
    let (closed_tx, closed_rx) = sync_channel(0);
    drop(closed_rx);
    let full: SendFailure = full_tx.try_send(1).unwrap_err().into();
    let closed: SendFailure = closed_tx.try_send(1).unwrap_err().into();
    assert_eq!(full, SendFailure::Full);
    assert_eq!(closed, SendFailure::Closed);
    assert_eq!(closed, closed_tx.send(1).unwrap_err().into());
    assert_eq!(full.to_string(), "the channel is full");
    assert_eq!(closed.to_string(), "the receiver is gone");
}

type Job = Box<dyn FnOnce() + Send>;

#[test]
fn a_question_mark_takes_it() {
    fn as_it_is(job_tx: &SyncSender<Job>, job: Job) -> Result<(), SendFailure> {
        Ok(job_tx.try_send(job)?)
    }
    fn into_anyhow(job_tx: &SyncSender<Job>, job: Job) -> anyhow::Result<()> {
        Ok(job_tx.send(job).map_err(SendFailure::from)?)
    }
    fn into_a_box<'a>(
        tx: &Sender<&'a str>,
        text: &'a str,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        Ok(tx.send(text).map_err(SendFailure::from)?)
    }

    let (job_tx, job_rx) = sync_channel(0);
    assert_eq!(as_it_is(&job_tx, Box::new(|| ())), Err(SendFailure::Full));
    drop(job_rx);
    let error = into_anyhow(&job_tx, Box::new(|| ())).unwrap_err();
    assert_eq!(error.downcast_ref(), Some(&SendFailure::Closed));

    let text = String::from("borrowed");
    let error = {
        let (text_tx, _) = channel();
        into_a_box(&text_tx, &text).unwrap_err()
    };
    // The error outlives what the message borrowed.
    drop(text);
    assert_eq!(error.to_string(), "the receiver is gone");
}

#[test]
fn a_receiver_that_goes_ends_the_producer() {
    within(|| {
        for capacity in [0, 1] {
            let ledger = Ledger::default();
            let (item_tx, item_rx) = sync_channel(capacity);
            let mut items = ledger.items();
            let producer = thread::spawn(move || -> Result<(), SendFailure> {
                Ok(items.try_for_each(|item| item_tx.send(item))?)
            });
            assert_eq!(item_rx.into_iter().take(2).count(), 2);
            assert_eq!(producer.join().unwrap(), Err(SendFailure::Closed));
            ledger.assert_all_dropped();
        }
    });
}

#[test]
fn the_message_is_dropped_at_once() {
    let ledger = Ledger::default();
    let (message_tx, message_rx) = channel();
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
