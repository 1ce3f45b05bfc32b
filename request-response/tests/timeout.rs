//! What `timeout` promises.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use super::support::{Ask, Gate, Hold, answer, fail, gate, never, over, panic_of_server};
use proptest::prelude::*;
use request_response::timeout::{self, Ended, Failure, Handle};
use testkit::within;

fn start(capacity: usize) -> (Handle<Ask, u32>, timeout::Server<Vec<u32>>) {
    timeout::start(Vec::new(), capacity, answer).expect("a thread starts")
}

/// Makes the server stay on a request whose caller waits for it.
fn hold_up(
    handle: &Handle<Ask, u32>,
    ask: impl FnOnce(Hold) -> Ask,
) -> (Gate, thread::JoinHandle<Result<u32, Failure>>) {
    let (gate, hold) = gate();
    let (handle, ask) = (handle.clone(), ask(hold));
    let caller = thread::spawn(move || handle.ask(ask, never()));
    gate.wait_until_entered();
    (gate, caller)
}

proptest! {
    #[test]
    fn each_caller_gets_its_own_replies(
        asks in prop::collection::vec(prop::collection::vec(any::<u32>(), 0..50), 1..4),
        capacity in 0_usize..3,
    ) {
        within(move || {
            let (handle, server) = start(capacity);
            thread::scope(|scope| {
                for asks in &asks {
                    let handle = handle.clone();
                    scope.spawn(move || {
                        for &n in asks {
                            assert_eq!(handle.ask(Ask::Number(n), never()), Ok(n));
                        }
                    });
                }
            });
            drop(handle);
            let mut ended = server.join().expect("nothing panics");
            let mut all: Vec<u32> = asks.into_iter().flatten().collect();
            all.sort_unstable();
            ended.state.sort_unstable();
            let answered = all.len() as u64;
            assert_eq!(ended, Ended { state: all, answered, unclaimed: 0, expired: 0 });
        });
    }
}

#[test]
fn a_deadline_covers_the_queue_and_the_reply() {
    within(|| {
        for capacity in 0..3 {
            let (handle, server) = start(capacity);
            let (gate, caller) = hold_up(&handle, |hold| Ask::Held(1, hold));
            // As many as there is room for wait in the queue, the others for it.
            for n in 0..5 {
                let failure = if n < capacity {
                    Failure::TimedOut
                } else {
                    Failure::Full
                };
                let soon = Instant::now() + Duration::from_millis(1);
                assert_eq!(handle.ask(Ask::Number(2), soon), Err(failure));
            }
            gate.open();
            assert_eq!(caller.join().unwrap(), Ok(1));
            drop(handle);
            let ended = server.join().unwrap();
            assert_eq!((ended.answered, ended.expired), (1, capacity as u64));
        }
    });
}

#[test]
fn a_late_reply_disturbs_nobody() {
    within(|| {
        let (handle, server) = start(1);
        // A caller whose time is up while the server is at work for it. If the server comes to it
        // too late, or has no room yet after the try before, it has to try with more.
        let (mut time, mut timed_out) = (Duration::from_millis(1), 0);
        let gate = loop {
            let (gate, hold) = gate();
            let failure = handle.ask(Ask::Held(1, hold), Instant::now() + time);
            timed_out += u64::from(failure == Err(Failure::TimedOut));
            if gate.is_entered() {
                assert_eq!(failure, Err(Failure::TimedOut));
                break gate;
            }
            time *= 2;
        };
        gate.open();
        for n in 2..5 {
            assert_eq!(handle.ask(Ask::Number(n), never()), Ok(n));
        }
        drop(handle);
        let ended = server.join().unwrap();
        assert_eq!(ended.answered, 3);
        assert_eq!(ended.unclaimed + ended.expired, timed_out);
        assert!(ended.unclaimed >= 1 && ended.state.ends_with(&[1, 2, 3, 4]));
    });
}

#[test]
fn a_late_request_is_not_carried_out() {
    within(|| {
        let (handle, server) = start(5);
        let (gate, caller) = hold_up(&handle, |hold| Ask::Held(1, hold));
        for _ in 0..3 {
            assert_eq!(handle.ask(Ask::Number(2), over()), Err(Failure::TimedOut));
        }
        gate.open();
        assert_eq!(handle.ask(Ask::Number(3), never()), Ok(3));
        caller.join().unwrap().unwrap();
        drop(handle);
        let ended = Ended {
            state: vec![1, 3],
            answered: 2,
            unclaimed: 0,
            expired: 3,
        };
        assert_eq!(server.join().unwrap(), ended);
    });
}

#[test]
#[cfg(not(modelled))] // It waits for the real clock.
fn a_deadline_that_the_server_sees_first_is_a_deadline() {
    within(|| {
        // The server is busy with one request until just the deadline of the next.
        let stay = |(): &mut (), (hold, until): (Option<Hold>, Instant)| {
            hold.inspect(Hold::enter);
            while Instant::now() < until {}
        };
        for _ in 0..20 {
            let (handle, server) = timeout::start((), 1, stay).unwrap();
            let (gate, hold) = gate();
            let deadline = Instant::now() + Duration::from_millis(2);
            thread::scope(|scope| {
                scope.spawn(|| handle.ask((Some(hold), deadline), never()).unwrap());
                gate.wait_until_entered();
                gate.open();
                assert_eq!(handle.ask((None, over()), deadline), Err(Failure::TimedOut));
            });
            drop(handle);
            server.join().unwrap();
        }
    });
}

#[test]
fn a_panic_reaches_the_owner_and_all_callers() {
    within(|| {
        for round in 0..100 {
            let (handle, server) = start(round % 5);
            let (gate, caller) = hold_up(&handle, Ask::Bad);
            // Some of them get into the queue, some wait for room, some come too late.
            let barrier = Arc::new(Barrier::new(4));
            let others: Vec<_> = (0..3)
                .map(|n| {
                    let (handle, barrier) = (handle.clone(), Arc::clone(&barrier));
                    thread::spawn(move || {
                        barrier.wait();
                        handle.ask(Ask::Number(n), never())
                    })
                })
                .collect();
            barrier.wait();
            for _ in 0..round % 4 {
                thread::yield_now();
            }
            gate.open();
            assert_eq!(caller.join().unwrap(), Err(Failure::Unanswered));
            for other in others {
                let failure = other.join().unwrap().unwrap_err();
                assert!(
                    matches!(failure, Failure::Unanswered | Failure::NotAccepted),
                    "{failure}"
                );
            }
            assert_eq!(panic_of_server(server), "a bad request");
            assert_eq!(
                handle.ask(Ask::Number(1), never()),
                Err(Failure::NotAccepted)
            );
        }
    });
}

#[test]
fn a_reply_that_was_sent_arrives() {
    within(|| {
        for _ in 0..100 {
            let answer = |carried_out: &mut Arc<AtomicU64>, bad: bool| {
                if bad {
                    fail("a bad request");
                }
                carried_out.fetch_add(1, SeqCst)
            };
            let carried_out = Arc::new(AtomicU64::new(0));
            let (handle, server) = timeout::start(Arc::clone(&carried_out), 2, answer).unwrap();
            let barrier = Barrier::new(2);
            let answered = thread::scope(|scope| {
                scope.spawn(|| {
                    barrier.wait();
                    handle.ask(true, never()).unwrap_err()
                });
                barrier.wait();
                let mut answered = 0;
                // The server may end right behind any of these replies.
                while handle.ask(false, never()).is_ok() {
                    answered += 1;
                }
                answered
            });
            assert_eq!(answered, carried_out.load(SeqCst));
            assert_eq!(panic_of_server(server), "a bad request");
        }
    });
}

#[test]
fn what_was_accepted_is_accounted_for() {
    within(|| {
        let (handle, server) = start(2);
        let accepted: u64 = thread::scope(|scope| {
            let mut callers = Vec::new();
            for _ in 0..4 {
                let handle = handle.clone();
                callers.push(scope.spawn(move || {
                    let outcomes = (0..200).map(|n| {
                        let deadline = if n % 2 == 0 {
                            never()
                        } else {
                            Instant::now() + Duration::from_micros(5)
                        };
                        handle.ask(Ask::Number(n), deadline)
                    });
                    outcomes
                        .filter(|outcome| *outcome != Err(Failure::Full))
                        .count() as u64
                }));
            }
            callers
                .into_iter()
                .map(|caller| caller.join().unwrap())
                .sum()
        });
        drop(handle);
        let ended = server.join().unwrap();
        assert_eq!(ended.answered + ended.unclaimed, ended.state.len() as u64);
        assert_eq!(ended.answered + ended.unclaimed + ended.expired, accepted);
    });
}

#[test]
fn a_hundred_servers_end() {
    within(|| {
        for round in 0..100 {
            let (handle, server) = start(1);
            thread::scope(|scope| {
                for n in 0..round % 4 {
                    let handle = handle.clone();
                    scope.spawn(move || handle.ask(Ask::Number(n), never()).unwrap());
                }
            });
            drop(handle);
            assert_eq!(server.join().unwrap().answered, u64::from(round % 4));
        }
    });
}
