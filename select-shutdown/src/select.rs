//! Receives from two sources of different types as the items come, until both have ended.
//!
//! ```text
//! [left]  -+
//!          +-> select -> one event after the other
//! [right] -+
//! ```
//!
//! Use it when one thread has two or more sources of different types to listen to: each further
//! source is one more arm. Not when all are of one type: give each producer a clone of one sender,
//! which costs less and needs no select. When one source must come first, such as a stop, see
//! [`shutdown`].
//!
//! Variants: [`std_only`] without a dependency; [`async-tokio/select`] for tasks.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | result | each item of each source is yielded once | `every_item_of_both_is_yielded_once` |
//! | order | each source's items in their order; none between the two | `every_item_of_both_is_yielded_once` |
//! | fairness | a choice at random when both have items: neither waits for the end of the other | `a_source_that_is_always_ready_does_not_starve_the_other` |
//! | no spinning | each turn of the select yields an event: items + 2, and no more | `there_are_as_many_turns_as_items_and_ends` |
//! | one source ends | its end is an event, and the other goes on | `there_are_as_many_turns_as_items_and_ends` |
//! | loss | only when the caller drops the iterator: what is queued then is never received, and is dropped with the last sender at the latest | `a_caller_that_stops_ends_the_producers`, `what_is_queued_at_a_stop_goes_with_the_last_sender` |
//! | ends | the senders of both are gone and all was yielded | `every_item_of_both_is_yielded_once`, `a_hundred_rounds_end` |
//!
//! [`shutdown`]: ../shutdown/index.html
//! [`std_only`]: ../std_only/index.html
//! [`async-tokio/select`]: ../../async_tokio/select/index.html
//!
//! In short: `examples/select_two_channels.rs`
//!
//! Needs: crossbeam-channel 0.5

use std::iter;

use crossbeam_channel::{Receiver, never, select};

/// What one turn of the select brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<A, B> {
    /// The next item of the left source.
    Left(A),
    /// The next item of the right source.
    Right(B),
    /// All senders of the left source are gone, and all that they sent was yielded.
    LeftEnded,
    /// The same for the right source.
    RightEnded,
}

/// Yields what arrives from both sources, and the end of each, once. `next` waits for whichever
/// comes first.
///
/// The iterator ends for good after both ends. It owns the receivers: dropped before that, it ends
/// the producers too, whose next send fails. What is queued is received by nobody; in a bounded
/// channel, crossbeam keeps it for as long as there is a sender.
///
/// The swap for `never()` comes from crossbeam's own documentation: a channel without senders is
/// always ready, and a loop that asks it again gets the same answer at full speed.
///
/// # Example
///
/// ```
/// use crossbeam_channel::bounded;
/// use select_shutdown::select::{Event, receive_either};
///
/// let (line_tx, line_rx) = bounded(2);
/// let (key_tx, key_rx) = bounded(1);
/// line_tx.send("one").unwrap();
/// line_tx.send("two").unwrap();
/// key_tx.send('q').unwrap();
/// drop((line_tx, key_tx));
///
/// let (mut lines, mut keys) = (Vec::new(), Vec::new());
/// for event in receive_either(line_rx, key_rx) {
///     match event {
///         Event::Left(line) => lines.push(line),
///         Event::Right(key) => keys.push(key),
///         Event::LeftEnded | Event::RightEnded => {}
///     }
/// }
/// assert_eq!((lines, keys), (vec!["one", "two"], vec!['q']));
/// ```
pub fn receive_either<A, B>(
    mut left_rx: Receiver<A>,
    mut right_rx: Receiver<B>,
) -> impl Iterator<Item = Event<A, B>> {
    let mut open = 2;
    iter::from_fn(move || {
        if open == 0 {
            return None; // A select over two `never()`s would wait for ever.
        }
        Some(select! {
            recv(left_rx) -> item => if let Ok(item) = item {
                Event::Left(item)
            } else {
                left_rx = never();
                open -= 1;
                Event::LeftEnded
            },
            recv(right_rx) -> item => if let Ok(item) = item {
                Event::Right(item)
            } else {
                right_rx = never();
                open -= 1;
                Event::RightEnded
            },
        })
    })
}
