//! What `actor` promises:
//! - each request gets its own reply, those of one thread in its order: `each_gets_its_own_reply`
//! - a full queue makes the caller wait, and for a reply it may wait for a while:
//!   `a_full_queue_makes_the_caller_wait`
//! - what was accepted is carried out, also for callers that have given up, before the server ends
//!   with its last handle: `what_was_accepted_is_carried_out`
//! - a request that panics leaves the server with new state: `a_request_that_panics_fails_alone`,
//!   `new_state_is_made_when_the_old_one_is_gone`
//! - `finish` ends it after what is queued: `finish_is_after_what_is_queued`
//! - a panic of `make` ends it: `a_panic_of_make_ends_the_server`
//! - callers learn of either end: `callers_that_race_with_the_end_learn_it`
//! - the state stays in its thread: `the_state_stays_in_its_thread`
//! - no thread left is an error: `a_thread_that_cannot_start_is_an_error`

use std::iter::from_fn;
use std::panic::resume_unwind;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{RecvError, RecvTimeoutError, SendError};
use std::thread;
use std::time::Duration;

use super::support::{Bomb, fail, gate};
use request_response::actor;
use testkit::{LIMIT, Ledger, MANY, panic_of, within};

#[test]
fn each_gets_its_own_reply() {
    within(|| {
        for capacity in 0..3 {
            let (counts, _server) = actor::start(|| [0; 3], capacity).unwrap();
            let count = |place: usize| {
                let one_more = move |counts: &mut [usize; 3]| {
                    counts[place] += 1;
                    counts[place]
                };
                // All are sent before a reply is received: the server waits for nobody.
                let replies: Vec<_> = (0..MANY).map(|_| counts.ask(one_more).unwrap()).collect();
                assert!(replies.into_iter().flatten().eq(1..=MANY));
            };
            thread::scope(|scope| {
                [0, 1, 2]
                    .map(|place| scope.spawn(move || count(place)))
                    .len()
            });
        }
    });
}

#[test]
fn a_full_queue_makes_the_caller_wait() {
    within(|| {
        for capacity in 0..3 {
            let (handle, _server) = actor::start(|| (), capacity).unwrap();
            let accepted = Arc::new(AtomicUsize::new(0));
            let (seen, (gate, hold)) = (Arc::clone(&accepted), gate());
            let look = move |(): &mut ()| {
                hold();
                (0..20).for_each(|_| thread::yield_now());
                seen.load(SeqCst)
            };
            let in_hand = handle.ask(look).unwrap();
            gate.recv().unwrap();
            let late = in_hand.recv_timeout(Duration::ZERO);
            assert_eq!(late, Err(RecvTimeoutError::Timeout));
            thread::scope(|scope| {
                scope.spawn(|| {
                    for _ in 0..=capacity {
                        drop(handle.ask(|()| ()).unwrap());
                        accepted.fetch_add(1, SeqCst);
                    }
                });
                while accepted.load(SeqCst) < capacity {
                    thread::yield_now();
                }
                drop(gate);
            });
            assert_eq!(in_hand.recv_timeout(LIMIT), Ok(capacity));
        }
    });
}

#[test]
fn what_was_accepted_is_carried_out() {
    within(|| {
        for capacity in [0, 1, MANY] {
            let (log, server) = actor::start(Vec::new, capacity).unwrap();
            for n in 0..MANY {
                drop(log.ask(move |log| log.push(n)).unwrap());
            }
            let all = log.ask(|log| log.clone()).unwrap();
            drop(log);
            server.join().unwrap();
            // A reply is there, though the server is not.
            assert_eq!(all.recv(), Ok((0..MANY).collect()));
        }
    });
}

#[test]
fn a_request_that_panics_fails_alone() {
    within(|| {
        let (log, _server) = actor::start(Vec::new, 9).unwrap();
        let push = || log.ask(|log| (log.push(()), log.len()).1).unwrap();
        let replies = [push(), log.ask(|_| fail()).unwrap(), push()];
        let replies = replies.map(|reply| reply.recv());
        // The state is a new one.
        assert_eq!(replies, [Ok(1), Err(RecvError), Ok(1)]);
        // Payloads and replies that panic when they are dropped are no worse.
        let bomb = log.ask(|_| -> () { resume_unwind(Box::new(Bomb)) });
        assert_eq!(bomb.unwrap().recv(), Err(RecvError));
        let (gate, hold) = gate();
        drop(log.ask(move |_| (hold(), Bomb)));
        drop(gate);
        assert_eq!(push().recv(), Ok(1));
    });
}

#[test]
fn finish_is_after_what_is_queued() {
    within(|| {
        let (log, server) = actor::start(Vec::new, 9).unwrap();
        let (gate, hold) = gate();
        drop(log.ask(move |_| hold()));
        let before = log.ask(|log| log.push(1)).unwrap();
        log.clone().finish();
        let after = log.ask(|log| log.push(2)).unwrap();
        drop(gate);
        server.join().unwrap();
        assert_eq!((before.recv(), after.recv()), (Ok(()), Err(RecvError)));
        assert_eq!(log.ask(|_| ()).err(), Some(SendError(())));
    });
}

#[test]
fn new_state_is_made_when_the_old_one_is_gone() {
    within(|| {
        // As of a serial port, there is one at a time. The first panics when it is dropped, too.
        let (ports, mut bombs) = (Arc::new(()), vec![Bomb]);
        let make = move || {
            assert_eq!(Arc::strong_count(&ports), 1, "the port is open");
            (Arc::clone(&ports), bombs.pop())
        };
        let (handle, server) = actor::start(make, 1).unwrap();
        assert_eq!(
            handle.ask(|_| fail()).unwrap().recv(),
            Err::<(), _>(RecvError)
        );
        assert_eq!(handle.ask(|_| ()).unwrap().recv(), Ok(()));
        drop(handle);
        server.join().unwrap();
    });
}

#[test]
fn a_panic_of_make_ends_the_server() {
    within(|| {
        let ledger = Ledger::default();
        let mut states = vec![ledger.item(0)];
        let make = move || states.pop().unwrap_or_else(fail);
        let (handle, server) = actor::start(make, 9).unwrap();
        let ((gate, hold), item) = (gate(), ledger.item(1));
        let bad = handle.ask(move |_| (hold(), fail()).1).unwrap();
        let queued = handle.ask(|_| drop(item)).unwrap();
        drop(gate);
        assert_eq!([bad, queued].map(|reply| reply.recv()), [Err(RecvError); 2]);
        let message = panic_of(|| server.join().map_err(resume_unwind));
        assert_eq!(message, "a bad request");
        assert_eq!(handle.ask(|_| ()).err(), Some(SendError(())));
        ledger.assert_all_dropped();
    });
}

#[test]
fn callers_that_race_with_the_end_learn_it() {
    within(|| {
        for (capacity, is_bad) in [(0, false), (1, false), (2, false), (0, true), (2, true)] {
            let count = Arc::new(AtomicUsize::new(0));
            let mut states = vec![Arc::clone(&count)];
            let make = move || states.pop().unwrap_or_else(fail);
            let (handle, server) = actor::start(make, capacity).unwrap();
            let ask = || {
                let reply = handle.ask(|count| count.fetch_add(1, SeqCst)).ok()?;
                reply.recv().ok()
            };
            let answered = thread::scope(|scope| {
                let callers = [(); 2].map(|()| scope.spawn(|| from_fn(ask).count()));
                if is_bad {
                    drop(handle.ask(|_| fail::<()>()));
                } else {
                    handle.clone().finish();
                }
                callers.map(|caller| caller.join().unwrap())
            });
            assert_eq!(server.join().is_err(), is_bad);
            assert_eq!(answered[0] + answered[1], count.load(SeqCst));
        }
    });
}

#[test]
fn the_state_stays_in_its_thread() {
    within(|| {
        let name = || thread::current().name().map(String::from);
        let (handle, _server) = actor::start(move || Rc::new(name()), 1).unwrap();
        let names = handle.ask(move |made_in| [(**made_in).clone(), name()]);
        let names = names.unwrap().recv().unwrap();
        assert_eq!(names, [(); 2].map(|()| Some("server".into())));
    });
}

#[test]
#[cfg(modelled)] // Only there can the system be made to refuse a thread.
fn a_thread_that_cannot_start_is_an_error() {
    std::thread::leave(0);
    let ledger = Ledger::default();
    let mut states = vec![ledger.item(0)];
    assert!(actor::start(move || states.pop(), 1).is_err());
    ledger.assert_all_dropped();
}
