//! Does each operation on real channels, and keeps what came back.

use std::fmt::Debug;
use std::num::NonZeroUsize;
use std::panic::catch_unwind;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use errors::failure::{Failure, flatten};

use crate::program::shown::Shown;
use crate::program::table::Case;

/// What std's channels offer, under the names that crossbeam uses.
mod of_std {
    use std::num::NonZeroUsize;
    pub(super) use std::sync::mpsc::{channel as unbounded, sync_channel as bounded};

    pub(super) use errors::deadline_std::receive_until;
    pub(super) use errors::first_error_std::try_for_each;
    use errors::timed_send::{Receiver, Sender, channel};

    pub(super) fn timed<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
        channel(NonZeroUsize::new(capacity).expect("it is no rendezvous"))
    }
}

/// What crossbeam's channels offer.
mod of_crossbeam {
    pub(super) use crossbeam_channel::{bounded, bounded as timed, unbounded};
    pub(super) use errors::deadline_crossbeam::receive_until;
    pub(super) use errors::first_error_crossbeam::try_for_each;
}

/// How long to wait where nobody is there to end the wait.
const LIMIT: Duration = Duration::from_millis(1);

/// Not reached: what ends the wait is there.
const FAR: Duration = Duration::from_secs(60);

/// Takes the same steps with a channel of std's and with one of crossbeam's, and shows what the
/// last of them gave back.
macro_rules! both {
    ($channel:ident($($capacity:literal)?), |$tx:ident, $rx:ident| $steps:expr) => {
        [
            {
                use of_std as channels;
                let ($tx, $rx) = channels::$channel::<u32>($($capacity)?);
                $steps.shown()
            },
            {
                use of_crossbeam as channels;
                let ($tx, $rx) = channels::$channel::<u32>($($capacity)?);
                $steps.shown()
            },
        ]
    };
}

/// Rows of `"state": what came back from both => "what to do";`, so that they read as a table here,
/// too.
macro_rules! cases {
    ($operation:literal $($state:literal: $came_back:expr => $advice:literal;)+) => {
        [$(Case {
            operation: $operation,
            state: $state,
            came_back: $came_back,
            advice: $advice,
        }),+]
    };
}

/// All cases, those of one operation after each other.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    cases.extend(send());
    cases.extend(try_send());
    cases.extend(send_timeout());
    cases.extend(recv());
    cases.extend(try_recv());
    cases.extend(recv_timeout());
    cases.extend(recv_deadline());
    cases.extend(receive_until());
    cases.extend(join());
    cases.extend(flatten_join());
    cases.extend(try_for_each());
    cases
}

fn send() -> impl IntoIterator<Item = Case> {
    cases! { "send"
        "unbounded": both!(unbounded(), |tx, _rx| tx.send(2))
            => "go on; bound it, or memory grows";
        "room": both!(bounded(1), |tx, _rx| tx.send(2))
            => "go on; accepted is not yet done";
        "full, then read": both!(bounded(1), |tx, rx| {
            queue(tx.send(1));
            beside(move || (rx.recv(), rx.recv()), || tx.send(2))
        }) => "go on; it waits for room";
        "rendezvous, reader waits": both!(bounded(0), |tx, rx| {
            beside(move || rx.recv(), || tx.send(2))
        }) => "go on; the reader has it";
        "room, then receiver gone": receiver_goes()
            => "have it acknowledged, or drain";
        "full, then receiver gone": both!(bounded(1), |tx, rx| {
            queue(tx.send(1));
            beside(move || drop(rx), || tx.send(2))
        }) => "take it back, and stop";
        "receiver gone": both!(bounded(1), |tx, rx| { drop(rx); tx.send(2) })
            => "take it back, and stop";
    }
}

/// What becomes of a message that was accepted, and not yet received when the receiver goes.
fn receiver_goes() -> [String; 2] {
    let fate = |message: &Arc<()>| {
        let kept = Arc::strong_count(message) > 1;
        format!("Ok(()), then {}", if kept { "kept" } else { "dropped" })
    };
    let message = Arc::new(());
    let (std_tx, std_rx) = of_std::bounded(1);
    queue(std_tx.send(Arc::clone(&message)));
    drop(std_rx);
    let of_std = fate(&message);

    let message = Arc::new(());
    let (crossbeam_tx, crossbeam_rx) = of_crossbeam::bounded(1);
    queue(crossbeam_tx.send(Arc::clone(&message)));
    drop(crossbeam_rx);
    [of_std, fate(&message)]
}

fn try_send() -> impl IntoIterator<Item = Case> {
    let (unbounded_tx, _unbounded_rx) = of_crossbeam::unbounded();
    cases! { "try_send"
        "unbounded": only_crossbeam(&unbounded_tx.try_send(2))
            => "go on; bound it, or memory grows";
        "room": both!(bounded(1), |tx, _rx| tx.try_send(2))
            => "go on; accepted is not yet done";
        "full": both!(bounded(1), |tx, _rx| { queue(tx.send(1)); tx.try_send(2) })
            => "retry later, try another, or shed";
        "rendezvous, nobody waits": both!(bounded(0), |tx, _rx| tx.try_send(2))
            => "use send, or a capacity of 1";
        "receiver gone": both!(bounded(1), |tx, rx| { drop(rx); tx.try_send(2) })
            => "take it back, and stop";
        "full, receiver gone": both!(bounded(1), |tx, rx| {
            queue(tx.send(1));
            drop(rx);
            tx.try_send(2)
        }) => "take it back, and stop";
    }
}

fn send_timeout() -> impl IntoIterator<Item = Case> {
    let (rendezvous_tx, _rendezvous_rx) = of_crossbeam::bounded(0);
    cases! { "send_timeout"
        "room": both!(timed(1), |tx, _rx| tx.send_timeout(2, LIMIT))
            => "go on; accepted is not yet done";
        "full, then read": both!(timed(1), |tx, rx| {
            queue(tx.send_timeout(1, LIMIT));
            beside(move || (rx.recv(), rx.recv()), || tx.send_timeout(2, FAR))
        }) => "go on; it waits for room";
        "full": both!(timed(1), |tx, _rx| {
            queue(tx.send_timeout(1, LIMIT));
            tx.send_timeout(2, LIMIT)
        }) => "retry later, try another, or shed";
        "rendezvous, nobody waits": only_crossbeam(&rendezvous_tx.send_timeout(2, LIMIT))
            => "retry later, try another, or shed";
        "receiver gone": both!(timed(1), |tx, rx| { drop(rx); tx.send_timeout(2, LIMIT) })
            => "take it back, and stop";
    }
}

fn recv() -> impl IntoIterator<Item = Case> {
    cases! { "recv"
        "1 queued": both!(bounded(1), |tx, rx| { queue(tx.send(1)); rx.recv() })
            => "go on";
        "1 queued, senders gone": both!(bounded(1), |tx, rx| {
            queue(tx.send(1));
            drop(tx);
            rx.recv()
        }) => "go on; the end comes after it";
        "empty, then 1 is sent": both!(bounded(1), |tx, rx| {
            beside(move || tx.send(1), || rx.recv())
        }) => "go on; it waits";
        "rendezvous, sender waits": both!(bounded(0), |tx, rx| {
            beside(move || tx.send(1), || rx.recv())
        }) => "go on";
        "empty, senders gone": both!(bounded(1), |tx, rx| { drop(tx); rx.recv() })
            => "the end: join the senders";
        "empty, sender panicked": both!(bounded(1), |tx, rx| { panic_with(tx); rx.recv() })
            => "looks like the end: join it";
    }
}

fn try_recv() -> impl IntoIterator<Item = Case> {
    cases! { "try_recv"
        "1 queued": both!(bounded(1), |tx, rx| { queue(tx.send(1)); rx.try_recv() })
            => "go on";
        "1 queued, senders gone": both!(bounded(1), |tx, rx| {
            queue(tx.send(1));
            drop(tx);
            rx.try_recv()
        }) => "go on; the end comes after it";
        "empty": both!(bounded(1), |_tx, rx| rx.try_recv())
            => "do something else, or recv";
        "empty, only you can send": both!(bounded(1), |_tx, rx| rx.try_recv())
            => "drop tx: recv would never end";
        "rendezvous, nobody sends": both!(bounded(0), |_tx, rx| rx.try_recv())
            => "do something else, or recv";
        "empty, senders gone": both!(bounded(1), |tx, rx| { drop(tx); rx.try_recv() })
            => "the end: join the senders";
    }
}

fn recv_timeout() -> impl IntoIterator<Item = Case> {
    cases! { "recv_timeout"
        "1 queued": both!(bounded(1), |tx, rx| { queue(tx.send(1)); rx.recv_timeout(LIMIT) })
            => "go on";
        "1 queued, limit 0": both!(bounded(1), |tx, rx| {
            queue(tx.send(1));
            rx.recv_timeout(Duration::ZERO)
        }) => "go on; in a loop, mind the clock";
        "1 queued, senders gone": both!(bounded(1), |tx, rx| {
            queue(tx.send(1));
            drop(tx);
            rx.recv_timeout(LIMIT)
        }) => "go on; the end comes after it";
        "empty, then 1 is sent": both!(bounded(1), |tx, rx| {
            beside(move || tx.send(1), || rx.recv_timeout(FAR))
        }) => "go on; it waits";
        "empty": both!(bounded(1), |_tx, rx| rx.recv_timeout(LIMIT))
            => "retry, or give up";
        "rendezvous, nobody sends": both!(bounded(0), |_tx, rx| rx.recv_timeout(LIMIT))
            => "retry, or give up";
        "empty, senders gone": both!(bounded(1), |tx, rx| { drop(tx); rx.recv_timeout(LIMIT) })
            => "the end: join the senders";
    }
}

fn recv_deadline() -> impl IntoIterator<Item = Case> {
    let (message_tx, message_rx) = of_crossbeam::bounded(1);
    queue(message_tx.send(1));
    cases! { "recv_deadline"
        "1 queued, deadline past": only_crossbeam(&message_rx.recv_deadline(Instant::now()))
            => "go on; in a loop, mind the clock";
    }
}

fn receive_until() -> impl IntoIterator<Item = Case> {
    let now = Instant::now;
    cases! { "receive_until"
        "1 queued, deadline past": both!(bounded(1), |tx, rx| {
            queue(tx.send(1));
            channels::receive_until(&rx, now(), now, |_| ())
        }) => "take the rest with try_iter";
        "empty": both!(bounded(1), |_tx, rx| {
            channels::receive_until(&rx, now() + LIMIT, now, |_| ())
        }) => "go on; the time is over";
        "1 queued, senders gone": both!(bounded(1), |tx, rx| {
            queue(tx.send(1));
            drop(tx);
            channels::receive_until(&rx, now() + FAR, now, |_| ())
        }) => "the end: join the senders";
    }
}

fn join() -> impl IntoIterator<Item = Case> {
    cases! { "join"
        "worker returned a value": only_std(&worker(|| Ok(7)))
            => "go on";
        "worker returned an error": only_std(&worker(|| Err("bad")))
            => "mind the error inside the Ok";
        "worker panicked": only_std(&worker(|| panic!("bad")))
            => "resume_unwind, or flatten";
    }
}

fn flatten_join() -> impl IntoIterator<Item = Case> {
    cases! { "flatten(join)"
        "worker returned a value": only_std(&flatten(worker(|| Ok(7))))
            => "go on";
        "worker returned an error": only_std(&flatten(worker(|| Err("bad"))))
            => "handle it, or use ?";
        "worker panicked": only_std(&flatten(worker(|| panic!("bad"))))
            => "handle it, or use ?";
    }
}

fn try_for_each() -> impl IntoIterator<Item = Case> {
    let fail = |item| {
        if item == 1 {
            Err(Failure::Failed("bad"))
        } else {
            Ok(())
        }
    };
    let panic = |item| {
        flatten(catch_unwind(
            || if item == 1 { panic!("bad") } else { Ok(()) },
        ))
    };
    let of_both = |work: fn(u32) -> Result<(), Failure<&'static str>>| {
        let workers = NonZeroUsize::MIN;
        [
            of_std::try_for_each(0..3, workers, 1, work).shown(),
            of_crossbeam::try_for_each(0..3, workers, 1, work).shown(),
        ]
    };
    cases! { "try_for_each"
        "3 items": of_both(|_| Ok(()))
            => "go on";
        "item 1 fails": of_both(fail)
            => "handle it: all workers have ended";
        "item 1 panics, is caught": of_both(panic)
            => "handle it: all workers have ended";
    }
}

/// For a message that is there before the operation: it is sure to find room.
fn queue<E: Debug>(sent: Result<(), E>) {
    sent.expect("there is room, and a receiver");
}

/// What `body` gives back, while `other` runs on a thread of its own.
fn beside<T: Send, R>(other: impl FnOnce() -> T + Send, body: impl FnOnce() -> R) -> R {
    thread::scope(|scope| {
        scope.spawn(other);
        body()
    })
}

type Ended = thread::Result<Result<u32, &'static str>>;

/// How a thread ended that ran `body`.
fn worker(body: impl FnOnce() -> Result<u32, &'static str> + Send + 'static) -> Ended {
    let thread = thread::Builder::new().name("worker".into()).spawn(body);
    thread.expect("the system has a thread left").join()
}

/// A worker panics, and `tx` goes with it.
fn panic_with<Tx: Send + 'static>(tx: Tx) {
    let ended = worker(move || {
        let _tx = tx;
        panic!("bad")
    });
    assert!(ended.is_err(), "it has panicked");
}

/// For an operation that std lacks.
fn only_crossbeam(came_back: &impl Shown) -> [String; 2] {
    ["-".into(), came_back.shown()]
}

/// For an operation that crossbeam lacks.
fn only_std(came_back: &impl Shown) -> [String; 2] {
    [came_back.shown(), "-".into()]
}
