//! What `pipelined` promises:
//! - each request gets its own reply, under its number: `each_gets_its_own_reply`
//! - replies come in any order, from any thread: `replies_may_come_in_any_order`,
//!   `what_was_sent_is_settled_once`
//! - each request gets a reply, or the news that there is none, once; one that panics fails alone:
//!   `what_was_sent_is_settled_once`
//! - no more than the limit are in flight, and no send waits: `no_more_than_the_limit_are_in_flight`,
//!   `a_limit_of_zero_is_refused`
//! - a client may wait for a while: `a_client_may_wait_for_a_while`
//! - the server empties the queue and ends with the last client, wherever clients go:
//!   `a_client_that_goes_away_harms_nobody`
//! - no thread left is an error: `a_thread_that_cannot_start_is_an_error`

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::sync::mpsc::{RecvError, RecvTimeoutError, TrySendError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::support::{Bomb, fail, gate};
use proptest::prelude::*;
use request_response::pipelined::{self, Client, ReplyTo};
use testkit::{LIMIT, Ledger, MANY, panic_of, within};

/// Sends all, receives as it must, and returns what came under each number.
fn ask_all<Q, R>(
    client: &mut Client<Q, R>,
    requests: impl IntoIterator<Item = Q>,
) -> Vec<Result<R, RecvError>> {
    let (mut replies, mut sent) = (BTreeMap::new(), 0);
    let mut receive = |client: &mut Client<Q, R>| {
        let reply = client.receive();
        reply.is_some_and(|(number, reply)| replies.insert(number, reply).is_none())
    };
    for request in requests {
        while client.is_full() {
            assert!(receive(client), "no reply, or two");
        }
        assert_eq!(client.send(request), Ok(sent));
        sent += 1;
    }
    while receive(client) {}
    assert!(replies.keys().copied().eq(0..sent), "one reply to each");
    replies.into_values().collect()
}

fn echo<T>(calls: &mut usize, item: T, reply_to: ReplyTo<T>) {
    *calls += 1;
    reply_to.send(item);
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ask {
    Now,
    Later,
    Elsewhere,
    Never,
    Bad,
    Bomb,
    AllNow,
}

/// A server that keeps what it answers later.
fn start(limit: usize) -> (Client<Ask, ()>, JoinHandle<Vec<ReplyTo<()>>>) {
    let answer = |later: &mut Vec<_>, ask, reply_to: ReplyTo<()>| match ask {
        Ask::Now => reply_to.send(()),
        Ask::Later => later.push(reply_to),
        Ask::Elsewhere => drop(thread::spawn(|| reply_to.send(()))),
        Ask::Never => drop(reply_to),
        Ask::Bad => fail(),
        Ask::Bomb => resume_unwind(Box::new(Bomb)),
        Ask::AllNow => {
            later.push(reply_to);
            later.drain(..).rev().for_each(|reply_to| reply_to.send(()));
        }
    };
    pipelined::start(Vec::new(), limit, answer).expect("a thread starts")
}

fn ask() -> impl Strategy<Value = Ask> {
    use Ask::*;
    prop_oneof![
        Just(Now),
        Just(Later),
        Just(Elsewhere),
        Just(Never),
        Just(Bad),
        Just(Bomb)
    ]
}

proptest! {
    #[test]
    fn what_was_sent_is_settled_once(asks in prop::collection::vec(ask(), 0..60)) {
        within(move || {
            let (mut client, _server) = start(100);
            let replies = ask_all(&mut client, asks.iter().copied().chain([Ask::AllNow]));
            for (ask, reply) in asks.into_iter().zip(replies) {
                let is_answered = !matches!(ask, Ask::Never | Ask::Bad | Ask::Bomb);
                assert_eq!(reply.is_ok(), is_answered);
            }
        });
    }
}

#[test]
fn each_gets_its_own_reply() {
    within(|| {
        for limit in [1, 2, 10] {
            let (client, server) = pipelined::start(0, limit, echo).unwrap();
            thread::scope(|scope| {
                for caller in 0..3 {
                    let mut client = client.clone();
                    scope.spawn(move || {
                        let items = (0..MANY).map(|n| (caller, n));
                        let replies = ask_all(&mut client, items.clone());
                        assert!(replies.into_iter().flatten().eq(items));
                    });
                }
            });
            drop(client);
            assert_eq!(server.join().unwrap(), 3 * MANY);
        }
    });
}

#[test]
fn replies_may_come_in_any_order() {
    within(|| {
        let (mut client, _server) = start(12);
        for n in 0..10 {
            assert_eq!(client.send(Ask::Later), Ok(n));
        }
        assert_eq!(client.send(Ask::Now), Ok(10));
        assert_eq!(client.receive(), Some((10, Ok(()))));
        assert_eq!(client.send(Ask::AllNow), Ok(11));
        for n in (0..12).rev().filter(|&n| n != 10) {
            assert_eq!(client.receive(), Some((n, Ok(()))));
        }
        assert_eq!(client.receive(), None);
    });
}

#[test]
fn no_more_than_the_limit_are_in_flight() {
    within(|| {
        for limit in [1, 2, 5] {
            let (mut client, _server) = start(limit);
            for n in 0..limit {
                assert!(!client.is_full());
                client
                    .send(if n == 0 { Ask::Now } else { Ask::Later })
                    .unwrap();
            }
            assert!(client.is_full());
            assert_eq!(client.send(Ask::Bad), Err(TrySendError::Full(())));
            // A reply makes room for one more; another client has room of its own.
            assert_eq!(client.receive(), Some((0, Ok(()))));
            client.send(Ask::AllNow).unwrap();
            assert!(client.is_full() && !client.clone().is_full());
            // What was refused is not in flight.
            assert_eq!(std::iter::from_fn(|| client.receive()).count(), limit);
        }
    });
}

#[test]
fn a_limit_of_zero_is_refused() {
    assert_eq!(panic_of(|| start(0)), "a client must be able to send");
}

#[test]
fn a_client_may_wait_for_a_while() {
    within(|| {
        let (mut client, _server) = start(2);
        let soon = |client: &mut Client<_, ()>| client.receive_timeout(Duration::ZERO).unwrap_err();
        assert_eq!(soon(&mut client), RecvTimeoutError::Disconnected);
        client.send(Ask::Later).unwrap();
        assert_eq!(soon(&mut client), RecvTimeoutError::Timeout);
        client.send(Ask::AllNow).unwrap();
        assert_eq!(client.receive_timeout(LIMIT), Ok((1, Ok(()))));
        assert_eq!(client.receive_timeout(LIMIT), Ok((0, Ok(()))));
        assert_eq!(soon(&mut client), RecvTimeoutError::Disconnected);
    });
}

#[test]
fn a_client_that_goes_away_harms_nobody() {
    within(|| {
        let (ledger, (gate, hold)) = (Ledger::default(), gate());
        let echo = move |calls: &mut usize, item, reply_to: ReplyTo<_>| {
            hold();
            echo(calls, item, reply_to);
        };
        let (mut client, server) = pipelined::start(0, 3, echo).unwrap();
        let mut gone = client.clone();
        for client in [&mut gone, &mut client] {
            client.send(ledger.item(0)).unwrap();
            client.send(ledger.item(1)).unwrap();
        }
        gate.recv().unwrap();
        drop((gone, gate));
        assert!(client.receive().is_some());
        drop(client); // With a reply that it has not received.
        assert_eq!(server.join().unwrap(), 4);
        ledger.assert_all_dropped();
    });
}

#[test]
#[cfg(modelled)] // Only there can the system be made to refuse a thread.
fn a_thread_that_cannot_start_is_an_error() {
    std::thread::leave(0);
    let ledger = Ledger::default();
    let handler = |_: &mut _, (), _: ReplyTo<()>| ();
    assert!(pipelined::start(ledger.item(0), 1, handler).is_err());
    ledger.assert_all_dropped();
}
