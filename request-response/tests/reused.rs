//! What `reused` promises:
//! - each request gets its own reply, before the server ends with its last client:
//!   `each_gets_its_own_reply`
//! - a client has one request at the server: `a_client_has_one_request_at_the_server`
//! - a late reply is discarded: `a_late_reply_is_not_taken_for_the_next`
//! - the time limit covers the wait for a late reply, too: `the_limit_covers_both_waits`
//! - what was sent is carried out: `a_client_that_goes_away_harms_nobody`
//! - a request that panics leaves its client without a reply, and the server goes on:
//!   `a_request_that_panics_fails_alone`
//! - no thread left is an error: `a_thread_that_cannot_start_is_an_error`

use std::panic::resume_unwind;
use std::sync::mpsc::Receiver;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::support::{Bomb, Call, count, fail, gate};
use request_response::reused::{self, Client, Failure};
use testkit::{LIMIT, Ledger, MANY, within};

fn start<R: Send + 'static>() -> (Client<Call<R>, R>, JoinHandle<usize>) {
    reused::start(0, count).expect("a thread starts")
}

fn ask<R: Send + 'static>(client: &mut Client<Call<R>, R>, reply: R) -> Result<R, Failure> {
    client.ask(Box::new(|| reply), LIMIT)
}

/// Gives up on a request that the server has in hand then, until the gate is dropped.
fn hold_up<R>(
    client: &mut Client<Call<R>, R>,
    call: impl FnOnce() -> R + Send + 'static,
) -> Receiver<()> {
    let (gate, hold) = gate();
    let reply = client.ask(Box::new(move || (hold(), call()).1), Duration::ZERO);
    assert_eq!(reply.err(), Some(Failure::TimedOut));
    gate.recv().expect("it is held up");
    gate
}

#[test]
fn each_gets_its_own_reply() {
    within(|| {
        let (client, server) = start();
        thread::scope(|scope| {
            for caller in 0..3 {
                let mut client = client.clone();
                scope.spawn(move || {
                    for n in 0..MANY {
                        assert_eq!(ask(&mut client, (caller, n)), Ok((caller, n)));
                    }
                });
            }
        });
        drop(client);
        assert_eq!(server.join().unwrap(), 3 * MANY);
    });
}

#[test]
fn a_late_reply_is_not_taken_for_the_next() {
    within(|| {
        // It comes after the next call, and before it: another client's reply tells that it has.
        for before in [false, true] {
            let (mut client, _server) = start();
            for n in 0..10 {
                // The news that there is none may come late, too.
                drop(hold_up(
                    &mut client,
                    move || if n % 2 == 0 { n } else { fail() },
                ));
                if before {
                    assert_eq!(ask(&mut client.clone(), 7), Ok(7));
                }
                assert_eq!(ask(&mut client, 100 + n), Ok(100 + n));
                assert_eq!(ask(&mut client, 200 + n), Ok(200 + n));
            }
        }
    });
}

#[test]
fn a_client_has_one_request_at_the_server() {
    within(|| {
        let (mut client, server) = start();
        let gate = hold_up(&mut client, || 1);
        for _ in 0..10 {
            let reply = client.ask(Box::new(|| 2), Duration::ZERO);
            assert_eq!(reply, Err(Failure::Busy));
        }
        drop(gate);
        assert_eq!(ask(&mut client, 3), Ok(3));
        drop(client);
        assert_eq!(server.join().unwrap(), 2);
    });
}

#[test]
#[cfg(modelled)] // Only there is time exact.
fn the_limit_covers_both_waits() {
    let limit = Duration::from_secs(2);
    let (_never_tx, never_rx) = std::sync::mpsc::channel::<()>();
    let (mut client, _server) = start();
    let late = hold_up(&mut client, move || {
        let _ = never_rx.recv_timeout(limit / 2);
    });
    let start = std::time::Instant::now();
    drop(late);
    let (_gate, hold) = gate();
    assert!(client.ask(Box::new(hold), limit).is_err());
    assert!(start.elapsed() <= limit + Duration::from_millis(1));
}

#[test]
fn a_client_that_goes_away_harms_nobody() {
    within(|| {
        let ledger = Ledger::default();
        let (mut client, server) = start();
        let (mut gone, item) = (client.clone(), ledger.item(1));
        let gate = hold_up(&mut gone, || item);
        drop((gone, gate));
        assert_eq!(ask(&mut client, ledger.item(2)).unwrap().number, 2);
        let item = ledger.item(3);
        drop(client.ask(Box::new(|| item), Duration::ZERO));
        drop(client);
        assert_eq!(server.join().unwrap(), 3);
        ledger.assert_all_dropped();
    });
}

#[test]
fn a_request_that_panics_fails_alone() {
    within(|| {
        let (mut client, server) = start();
        thread::scope(|scope| {
            let mut other = client.clone();
            scope.spawn(move || assert!(ask(&mut other, None).is_ok()));
            // At once: the limit is never reached.
            let reply = client.ask(Box::new(fail), LIMIT);
            assert_eq!(reply.err(), Some(Failure::Panicked));
        });
        // Payloads and late replies that panic when they are dropped are no worse.
        let bomb = Box::new(|| resume_unwind(Box::new(Bomb)));
        assert_eq!(client.ask(bomb, LIMIT).err(), Some(Failure::Panicked));
        let mut gone = client.clone();
        let gate = hold_up(&mut gone, || Some(Bomb));
        drop((gone, gate));
        assert!(matches!(ask(&mut client, None), Ok(None)));
        drop(client);
        assert_eq!(server.join().unwrap(), 5);
    });
}

#[test]
#[cfg(modelled)] // Only there can the system be made to refuse a thread.
fn a_thread_that_cannot_start_is_an_error() {
    std::thread::leave(0);
    let ledger = Ledger::default();
    assert!(reused::start(ledger.item(0), |_, ()| ()).is_err());
    ledger.assert_all_dropped();
}
