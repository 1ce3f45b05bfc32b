//! What `timeout` promises:
//! - each request gets its own reply, or its caller learns why not; what was accepted is carried out
//!   unless it is late, before the server ends: `each_gets_its_own_reply_or_learns_why_not`
//! - the deadline covers both waits: `a_deadline_covers_the_queue_and_the_reply`
//! - a late request is not carried out: `a_late_request_is_not_carried_out`,
//!   `a_deadline_that_the_server_sees_first_is_a_deadline`
//! - a late reply is dropped: `a_late_reply_disturbs_nobody`
//! - a request that panics leaves its caller without a reply, and the server goes on:
//!   `a_request_that_panics_fails_alone`
//! - no thread left is an error: `a_thread_that_cannot_start_is_an_error`

use std::panic::resume_unwind;
use std::sync::mpsc::channel;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::support::{Bomb, Call, count, fail, gate};
use request_response::timeout::{self, Failure, Handle};
use testkit::{LIMIT, MANY, within};

fn start<R: Send + 'static>(capacity: usize) -> (Handle<Call<R>, R>, JoinHandle<usize>) {
    timeout::start(0, capacity, count).expect("a thread starts")
}

/// Calls `body` while the server is held up by another request.
fn while_held_up(handle: &Handle<Call<()>, ()>, body: impl FnOnce()) {
    thread::scope(|scope| {
        let (gate, hold) = gate();
        let caller = scope.spawn(|| handle.ask_timeout(Box::new(hold), LIMIT));
        gate.recv().expect("it is held up");
        body();
        drop(gate);
        assert_eq!(caller.join().expect("no panic"), Ok(()));
    });
}

#[test]
fn each_gets_its_own_reply_or_learns_why_not() {
    within(|| {
        for capacity in 0..3 {
            let (handle, server) = start(capacity);
            let ask_all = |caller| {
                let (mut answered, mut late) = (0, 0);
                for n in 0..MANY {
                    let limit = [Duration::MAX, Duration::from_micros(5)][n % 2];
                    match handle.ask_timeout(Box::new(move || (caller, n)), limit) {
                        Ok(reply) if reply == (caller, n) => answered += 1,
                        Err(Failure::TimedOut) => late += 1,
                        other => assert_eq!(other, Err(Failure::Full)),
                    }
                }
                assert!(answered >= MANY / 2);
                [answered, late]
            };
            let counts = thread::scope(|scope| {
                let callers = [0, 1, 2].map(|caller| scope.spawn(move || ask_all(caller)));
                callers.map(|caller| caller.join().unwrap())
            });
            drop(handle);
            let [answered, late] = [0, 1].map(|n| counts.map(|counts| counts[n]).iter().sum());
            let carried_out = server.join().unwrap();
            assert!((answered..=answered + late).contains(&carried_out));
        }
    });
}

#[test]
fn a_deadline_covers_the_queue_and_the_reply() {
    within(|| {
        for capacity in 0..3 {
            let (handle, server) = start(capacity);
            while_held_up(&handle, || {
                // As many as there is room for wait in the queue, the others for it.
                for n in 0..5 {
                    let reply = handle.ask_timeout(Box::new(|| ()), Duration::from_micros(1));
                    let failure = if n < capacity {
                        Failure::TimedOut
                    } else {
                        Failure::Full
                    };
                    assert_eq!(reply, Err(failure));
                }
            });
            drop(handle);
            assert_eq!(server.join().unwrap(), 1);
        }
    });
}

#[test]
fn a_late_request_is_not_carried_out() {
    within(|| {
        let (handle, server) = start(5);
        let late = || {
            let reply = handle.ask(Box::new(|| ()), Instant::now());
            assert_eq!(reply, Err(Failure::TimedOut));
        };
        while_held_up(&handle, late);
        late();
        drop(handle);
        assert_eq!(server.join().unwrap(), 1);
    });
}

#[test]
fn a_deadline_that_the_server_sees_first_is_a_deadline() {
    within(|| {
        for _ in 0..20 {
            let (handle, _server) = start(1);
            let (_never_tx, never_rx) = channel::<()>();
            let (gate, hold) = gate();
            let deadline = Instant::now() + Duration::from_millis(2);
            // The server is busy with one request until just the deadline of the next.
            let stay = Box::new(move || {
                hold();
                let left = deadline.saturating_duration_since(Instant::now());
                never_rx.recv_timeout(left).unwrap_err();
            });
            thread::scope(|scope| {
                scope.spawn(|| assert_eq!(handle.ask_timeout(stay, LIMIT), Ok(())));
                gate.recv().expect("it is held up");
                drop(gate);
                let late = handle.ask(Box::new(|| ()), deadline);
                assert_eq!(late, Err(Failure::TimedOut));
            });
        }
    });
}

#[test]
fn a_late_reply_disturbs_nobody() {
    within(|| {
        let (handle, _server) = start(1);
        let (gate, hold) = gate();
        let late = Box::new(move || (hold(), Some(Bomb)).1);
        let late = handle.ask_timeout(late, Duration::from_millis(1));
        assert_eq!(late.err(), Some(Failure::TimedOut));
        drop(gate);
        // Its drop panics, here or, if that came too late, there.
        let next = handle.ask_timeout(Box::new(|| None), LIMIT);
        assert!(next.unwrap().is_none());
    });
}

#[test]
fn a_request_that_panics_fails_alone() {
    within(|| {
        let (handle, server) = start(1);
        let ask = |call: Call<Option<Bomb>>| handle.ask_timeout(call, LIMIT).map(drop);
        thread::scope(|scope| {
            scope.spawn(|| assert_eq!(ask(Box::new(|| None)), Ok(())));
            // At once: the deadline never comes.
            assert_eq!(ask(Box::new(fail)), Err(Failure::Panicked));
        });
        // Payloads and late requests that panic when they are dropped are no worse.
        let bomb = Box::new(|| resume_unwind(Box::new(Bomb)));
        assert_eq!(ask(bomb), Err(Failure::Panicked));
        let bomb = Bomb;
        let late = handle.ask(Box::new(move || Some(bomb)), Instant::now());
        assert_eq!(late.err(), Some(Failure::TimedOut));
        assert_eq!(ask(Box::new(|| None)), Ok(()));
        drop(handle);
        assert_eq!(server.join().unwrap(), 4);
    });
}

#[test]
#[cfg(modelled)] // Only there can the system be made to refuse a thread.
fn a_thread_that_cannot_start_is_an_error() {
    std::thread::leave(0);
    let ledger = testkit::Ledger::default();
    assert!(timeout::start(ledger.item(0), 1, |_, ()| ()).is_err());
    ledger.assert_all_dropped();
}
