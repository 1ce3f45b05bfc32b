//! Receives from two sources of different types as the items come, until both have ended.
//!
//! left, right -> select -> one event after the other
//!
//! Use it when one thread listens to sources of different types: each further source is one more
//! arm. Not when all are of one type: clones of one sender cost less than a select. When one source
//! comes first, such as a stop: `shutdown.rs`. Without a dependency: `std_only.rs`.
//!
//! - Each item is yielded once, those of a source in their order. When both have items, chance
//!   decides: neither source starves the other.
//! - The end of a source is one event, and the other source goes on.
//! - It ends when both have ended.
//! - A caller that drops the iterator ends the producers: their next send fails. What is queued is
//!   lost.
//!
//! In short: `examples/select_two_channels.rs` · Tests: `tests/select.rs`
//! Needs: crossbeam-channel 0.5.17

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

/// Returns what arrives from both sources, and the end of each. `next` waits for whichever comes
/// first.
///
/// # Example
///
/// ```
/// use select_shutdown::select::{Event, receive_either};
///
/// let (line_tx, line_rx) = crossbeam_channel::bounded(2);
/// let (key_tx, key_rx) = crossbeam_channel::bounded(1);
/// std::thread::spawn(move || ["one", "two"].map(|line| line_tx.send(line)));
/// std::thread::spawn(move || key_tx.send('q'));
/// for event in receive_either(line_rx, key_rx) {
///     match event {
///         Event::Left(line) => println!("line {line}"),
///         Event::Right(key) => println!("key {key}"),
///         Event::LeftEnded | Event::RightEnded => {}
///     }
/// }
/// ```
pub fn receive_either<A, B>(
    mut left_rx: Receiver<A>,
    mut right_rx: Receiver<B>,
) -> impl Iterator<Item = Event<A, B>> {
    let mut open = 2;
    iter::from_fn(move || {
        if open == 0 {
            return None; // A select over two `never()`s would wait forever.
        }
        // A channel without senders is always ready, and the caller would spin: `never` never is.
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
