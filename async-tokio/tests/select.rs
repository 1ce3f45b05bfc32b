//! What `select` promises:
//!
//! - each message arrives once, in the order of its input: `every_message_arrives_once`
//! - a busy input does not starve the other: `a_busy_input_does_not_starve_the_other`
//! - a full output makes it wait, with no message in hand, and the end comes once there is room:
//!   `a_full_output_leaves_the_messages_in_their_input`
//! - an output that goes is noticed at once, and no message is taken for it:
//!   `a_receiver_that_closes_is_noticed_while_nothing_comes`,
//!   `no_message_is_taken_for_an_output_that_has_gone`
//! - dropped at any moment, it loses nothing: `a_merge_cancelled_at_every_step_loses_nothing`
//! - its error goes through `?`: `the_error_goes_through_the_question_mark`

use std::pin::pin;

use super::support::{on_each_flavour, poll, receive};
use async_tokio::select::{OutputGone, merge};
use tokio::sync::mpsc::{Receiver, channel};
use tokio::task::yield_now;

/// An input with the numbers of `sender` up to `count`, and no sender any more in the end.
fn input(capacity: usize, sender: u8, count: u32) -> Receiver<(u8, u32)> {
    let (message_tx, message_rx) = channel(capacity);
    tokio::spawn(async move {
        for n in 0..count {
            // Fails when the test has what it wants.
            let _ = message_tx.send((sender, n)).await;
        }
    });
    message_rx
}

/// Merges two inputs of so many messages, by a future that is dropped wherever it waits, or by one.
fn assert_whole(capacity: usize, counts: [u32; 2], cancelled: bool) {
    on_each_flavour(move || async move {
        let mut one_rx = input(capacity, 0, counts[0]);
        let mut other_rx = input(capacity, 1, counts[1]);
        let (output_tx, output_rx) = channel(capacity);
        let receiver = tokio::spawn(receive(output_rx));
        while cancelled && poll(pin!(merge(&mut one_rx, &mut other_rx, &output_tx))).is_pending() {
            yield_now().await;
        }
        assert_eq!(merge(&mut one_rx, &mut other_rx, &output_tx).await, Ok(()));
        drop(output_tx);
        let mut received = receiver.await.expect("it does not panic");
        // Stable: it leaves the order of one sender as it was.
        received.sort_by_key(|&(sender, _)| sender);
        let of = |sender: u8, count| (0..count).map(move |n| (sender, n));
        assert!(
            received
                .into_iter()
                .eq(of(0, counts[0]).chain(of(1, counts[1])))
        );
    });
}

#[test]
fn every_message_arrives_once() {
    for (capacity, counts) in [(1, [0, 0]), (1, [300, 0]), (1, [0, 300]), (8, [300, 200])] {
        assert_whole(capacity, counts, false);
    }
}

#[test]
fn a_merge_cancelled_at_every_step_loses_nothing() {
    for capacity in [1, 3] {
        assert_whole(capacity, [300, 300], true);
    }
}

#[tokio::test]
async fn a_busy_input_does_not_starve_the_other() {
    // Whichever of the two is the busy one.
    for counts in [[1_000, 1], [1, 1_000]] {
        let mut one_rx = input(1_000, 0, counts[0]);
        let mut other_rx = input(1_000, 1, counts[1]);
        let (output_tx, mut output_rx) = channel(500);
        // There is room for half of them: the single one of the other is among them, or chance has
        // passed it over 500 times.
        let mut merging = pin!(merge(&mut one_rx, &mut other_rx, &output_tx));
        while output_rx.len() < 500 {
            assert!(poll(merging.as_mut()).is_pending());
            yield_now().await;
        }
        output_rx.close();
        let received = receive(output_rx).await;
        assert!(received.contains(&(0, 0)) && received.contains(&(1, 0)));
    }
}

#[tokio::test]
async fn a_full_output_leaves_the_messages_in_their_input() {
    let (mut one_rx, mut other_rx) = (input(4, 0, 4), input(4, 1, 4));
    let (output_tx, mut output_rx) = channel(1);
    yield_now().await; // The inputs are filled, and have ended.
    for left in (0..8).rev() {
        assert!(poll(pin!(merge(&mut one_rx, &mut other_rx, &output_tx))).is_pending());
        assert_eq!(one_rx.len() + other_rx.len(), left);
        output_rx.recv().await.unwrap();
    }
    assert_eq!(merge(&mut one_rx, &mut other_rx, &output_tx).await, Ok(()));
}

#[tokio::test]
async fn a_receiver_that_closes_is_noticed_while_nothing_comes() {
    let ((_one_tx, mut one_rx), (_other_tx, mut other_rx)) = (channel(1), channel(1));
    let (output_tx, mut output_rx) = channel::<u8>(1);
    {
        let mut merging = pin!(merge(&mut one_rx, &mut other_rx, &output_tx));
        assert!(poll(merging.as_mut()).is_pending());
        output_rx.close();
        assert_eq!(merging.await, Err(OutputGone));
    }
    // It had a place of the output, and nothing to put there: it has given it back.
    assert_eq!(output_rx.recv().await, None);
}

#[tokio::test]
async fn no_message_is_taken_for_an_output_that_has_gone() {
    // Many times: a choice that is left to chance takes one soon.
    for _ in 0..32 {
        let ((one_tx, mut one_rx), (_other_tx, mut other_rx)) = (channel(1), channel(1));
        let (output_tx, output_rx) = channel(1);
        {
            let mut merging = pin!(merge(&mut one_rx, &mut other_rx, &output_tx));
            assert!(poll(merging.as_mut()).is_pending());
            // It has a place of the output, and now learns of both at once.
            drop(output_rx);
            one_tx.send(1).await.unwrap();
            assert_eq!(merging.await, Err(OutputGone));
        }
        assert_eq!(
            merge(&mut one_rx, &mut other_rx, &output_tx).await,
            Err(OutputGone)
        );
        assert_eq!(one_rx.recv().await, Some(1));
    }
}

#[test]
fn the_error_goes_through_the_question_mark() {
    let error = anyhow::Error::from(OutputGone);
    assert_eq!(error.to_string(), "the receiver of the output is gone");
}
