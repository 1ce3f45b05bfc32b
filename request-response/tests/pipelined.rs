//! What `pipelined` promises.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;

use super::support::{Hold, fail, gate, panic_of_server};
use proptest::prelude::*;
use request_response::pipelined::{self, Client, Lost, Refused, ReplyTo};
use testkit::within;

fn limit(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).expect("a limit is one or more")
}

/// Sends all, receiving as it must, and returns each reply under its number.
fn ask_all<Q, R>(
    client: &mut Client<Q, R>,
    requests: impl IntoIterator<Item = Q>,
) -> BTreeMap<u64, Result<R, Lost>> {
    let mut replies = BTreeMap::new();
    let mut receive = |client: &mut Client<Q, R>| {
        let reply = client.receive();
        reply.is_some_and(|(number, reply)| {
            assert!(
                replies.insert(number, reply).is_none(),
                "two replies to {number}"
            );
            true
        })
    };
    'requests: for mut request in requests {
        loop {
            match client.send(request) {
                Ok(_) => break,
                Err(Refused::Full(back)) => request = back,
                Err(Refused::Gone(_)) => break 'requests,
            }
            assert!(receive(client), "it is full of nothing");
        }
    }
    while receive(client) {}
    replies
}

fn square((): &mut (), n: u32, reply_to: ReplyTo<u64>) {
    reply_to
        .send(u64::from(n) * u64::from(n))
        .expect("the client waits");
}

proptest! {
    #[test]
    fn each_reply_is_that_of_its_request(
        clients in prop::collection::vec(prop::collection::vec(any::<u32>(), 0..100), 1..4),
        in_flight in 1_usize..10,
    ) {
        within(move || {
            let (client, server) = pipelined::start((), limit(in_flight), square).expect("a thread starts");
            thread::scope(|scope| {
                for requests in &clients {
                    let mut client = client.clone();
                    scope.spawn(move || {
                        let replies = ask_all(&mut client, requests.iter().copied());
                        let squares = requests.iter().map(|&n| Ok(u64::from(n) * u64::from(n)));
                        assert_eq!(replies, (0..).zip(squares).collect());
                    });
                }
            });
            drop(client);
            server.join().expect("nothing panics");
        });
    }

    #[test]
    fn what_was_sent_is_answered_or_lost(
        asks in prop::collection::vec(prop_oneof![Just(Ask::Now), Just(Ask::Later), Just(Ask::Never)], 0..60),
        bad in prop::option::of(0_usize..60),
    ) {
        let never = asks.iter().filter(|ask| matches!(ask, Ask::Never)).count();
        let (sent, refused, answered, lost, panicked) = within(move || {
            let (mut client, server) = pipelined::start(Vec::new(), limit(100), answer).expect("a thread starts");
            let (mut sent, mut refused) = (0, 0);
            let bad = bad.filter(|&place| place < asks.len());
            let asks = asks.into_iter().enumerate().map(|(place, ask)| if bad == Some(place) { Ask::Bad } else { ask });
            for ask in asks.chain([Ask::AnswerAll]) {
                match client.send(ask) {
                    Ok(number) => assert_eq!(number, sent),
                    Err(Refused::Full(_)) => unreachable!("it is not full with less than 100"),
                    Err(Refused::Gone(_)) => refused += 1,
                }
                sent += u64::from(refused == 0);
            }
            let (mut answered, mut lost) = (BTreeSet::new(), BTreeSet::new());
            while let Some((number, reply)) = client.receive() {
                assert!(if reply.is_ok() { &mut answered } else { &mut lost }.insert(number));
            }
            drop(client);
            (sent, refused, answered, lost, server.join().is_err())
        });
        // Each number that was given out came back, once.
        let all: BTreeSet<u64> = answered.union(&lost).copied().collect();
        prop_assert_eq!(all, (0..sent).collect());
        prop_assert_eq!(answered.len() + lost.len(), usize::try_from(sent).expect("it is small"));
        if !panicked {
            prop_assert_eq!((refused, lost.len()), (0, never));
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ask {
    Now,
    Later,
    Never,
    AnswerAll,
    Bad,
}

fn answer(later: &mut Vec<ReplyTo<()>>, ask: Ask, reply_to: ReplyTo<()>) {
    match ask {
        Ask::Now => reply_to.send(()).expect("the client waits"),
        Ask::Later => later.push(reply_to),
        Ask::Never => drop(reply_to),
        Ask::AnswerAll => {
            later.push(reply_to);
            for reply_to in later.drain(..).rev() {
                reply_to.send(()).expect("the client waits");
            }
        }
        Ask::Bad => fail("a bad request"),
    }
}

#[test]
fn replies_may_come_in_any_order() {
    within(|| {
        let (mut client, server) = pipelined::start(Vec::new(), limit(100), answer).unwrap();
        for n in 0..10 {
            assert_eq!(client.send(Ask::Later), Ok(n));
        }
        assert_eq!(client.send(Ask::Now), Ok(10));
        assert_eq!(client.receive(), Some((10, Ok(()))));
        assert_eq!(client.send(Ask::AnswerAll), Ok(11));
        for n in (0..12).rev().filter(|&n| n != 10) {
            assert_eq!(client.receive(), Some((n, Ok(()))));
        }
        assert_eq!(client.receive(), None);
        drop(client);
        assert!(server.join().unwrap().is_empty());
    });
}

#[test]
fn a_reply_may_be_sent_by_another_thread() {
    within(|| {
        let (job_tx, job_rx) = channel::<(u64, ReplyTo<u64>)>();
        let worker = thread::spawn(move || {
            for (n, reply_to) in job_rx {
                reply_to.send(n + 1).expect("the client waits");
            }
        });
        let hand_on =
            move |(): &mut (), n, reply_to| job_tx.send((n, reply_to)).expect("the worker works");
        let (mut client, server) = pipelined::start((), limit(3), hand_on).unwrap();
        let replies = ask_all(&mut client, 0..100);
        assert_eq!(replies, (0..100).map(|n| (n, Ok(n + 1))).collect());
        drop(client);
        server.join().unwrap();
        worker.join().unwrap();
    });
}

#[test]
fn no_more_than_the_limit_are_in_flight() {
    within(|| {
        for in_flight in [1, 2, 5] {
            let (mut client, server) =
                pipelined::start(Vec::new(), limit(in_flight), answer).unwrap();
            let mut sent = 0;
            for _ in 1..in_flight {
                assert_eq!(client.send(Ask::Later), Ok(sent));
                sent += 1;
            }
            assert_eq!(client.send(Ask::Now), Ok(sent));
            assert_eq!(client.send(Ask::Bad), Err(Refused::Full(Ask::Bad)));
            // A reply makes room for one more; another client has room of its own.
            assert_eq!(client.receive(), Some((sent, Ok(()))));
            assert_eq!(client.send(Ask::AnswerAll), Ok(sent + 1));
            assert_eq!(client.send(Ask::Bad), Err(Refused::Full(Ask::Bad)));
            assert_eq!(client.clone().send(Ask::Later), Ok(0));
            while client.receive().is_some() {}
            drop(client);
            // The other client has gone, and its request is still here.
            assert_eq!(server.join().unwrap().len(), 1);
        }
    });
}

#[test]
fn what_is_refused_is_not_in_flight() {
    within(|| {
        // The first reply outlives the server, which ends at the second request.
        let (later_tx, later_rx) = channel();
        let put_off = move |first: &mut bool, (), reply_to: ReplyTo<()>| {
            if !*first {
                fail("a bad request");
            }
            *first = false;
            later_tx.send(reply_to).expect("the test waits");
        };
        let (mut client, server) = pipelined::start(true, limit(10), put_off).unwrap();
        assert_eq!((client.send(()), client.send(())), (Ok(0), Ok(1)));
        assert_eq!(panic_of_server(server), "a bad request");
        assert_eq!(client.send(()), Err(Refused::Gone(())));
        later_rx.recv().unwrap().send(()).unwrap();
        assert_eq!(client.receive(), Some((1, Err(Lost))));
        assert_eq!(client.receive(), Some((0, Ok(()))));
        assert_eq!(client.receive(), None);
    });
}

#[test]
fn a_limit_of_one_is_enough() {
    within(|| {
        let (mut client, server) = pipelined::start((), limit(1), square).unwrap();
        let replies = ask_all(&mut client, 0..1_000);
        assert_eq!(replies, (0..1_000).map(|n| (n, Ok(n * n))).collect());
        drop(client);
        server.join().unwrap();
    });
}

#[test]
fn a_client_that_goes_away_harms_nobody() {
    within(|| {
        let value = Arc::new(());
        let answer = |unclaimed: &mut Vec<Arc<()>>,
                      (hold, reply): (Option<Hold>, _),
                      reply_to: ReplyTo<_>| {
            if let Some(hold) = hold {
                hold.enter();
            }
            unclaimed.extend(reply_to.send(reply).err());
        };
        let (mut client, server) = pipelined::start(Vec::new(), limit(3), answer).unwrap();
        let mut gone = client.clone();
        let (gate, hold) = gate();
        gone.send((Some(hold), Arc::clone(&value))).unwrap();
        gone.send((None, Arc::clone(&value))).unwrap();
        gate.wait_until_entered();
        drop(gone);
        gate.open();
        client.send((None, Arc::clone(&value))).unwrap();
        drop(client.receive());
        client.send((None, Arc::clone(&value))).unwrap();
        drop(client); // With a reply that it has not received.
        // Those of the client that was gone before are told from the others.
        let unclaimed = server.join().unwrap();
        assert!(unclaimed.len() >= 2);
        drop(unclaimed);
        assert_eq!(Arc::strong_count(&value), 1);
    });
}

#[test]
fn a_panic_reaches_the_owner_and_all_clients() {
    within(|| {
        let fail = |(): &mut (), hold: Option<Hold>, _reply_to: ReplyTo<()>| {
            hold.expect("the first has one").enter();
            fail("a bad request");
        };
        let (mut client, server) = pipelined::start((), limit(10), fail).unwrap();
        let mut other = client.clone();
        let (gate, hold) = gate();
        client.send(Some(hold)).unwrap();
        gate.wait_until_entered();
        for _ in 0..5 {
            client.send(None).unwrap();
            other.send(None).unwrap();
        }
        gate.open();
        for n in 0..5 {
            assert_eq!(other.receive(), Some((n, Err(Lost))));
        }
        for n in 0..6 {
            assert_eq!(client.receive(), Some((n, Err(Lost))));
        }
        assert_eq!(panic_of_server(server), "a bad request");
        assert!(matches!(client.send(None), Err(Refused::Gone(None))));
        // What was refused is not lost: it never was in flight.
        assert_eq!(client.receive(), None);
    });
}

#[test]
fn clients_that_race_with_a_panic_get_an_answer() {
    within(|| {
        for round in 1..100 {
            let bad = |count: &mut usize, (), reply_to: ReplyTo<()>| {
                *count += 1;
                if *count == 20 {
                    fail("a bad request");
                }
                reply_to.send(()).expect("the client waits");
            };
            let (client, server) = pipelined::start(0, limit(round), bad).unwrap();
            let clients: Vec<_> = (0..3)
                .map(|_| {
                    let mut client = client.clone();
                    thread::spawn(move || ask_all(&mut client, (0..).map(|_| ())))
                })
                .collect();
            let replies = clients
                .into_iter()
                .flat_map(|client| client.join().unwrap().into_values());
            assert_eq!(replies.flatten().count(), 19);
            assert_eq!(panic_of_server(server), "a bad request");
        }
    });
}

#[test]
fn a_hundred_servers_end() {
    within(|| {
        for round in 0..100 {
            let count = |count: &mut u32, (), _: ReplyTo<()>| *count += 1;
            let (client, server) = pipelined::start(0, limit(2), count).unwrap();
            thread::scope(|scope| {
                for _ in 0..round % 4 {
                    let mut client = client.clone();
                    scope.spawn(move || client.send(()).unwrap());
                }
            });
            drop(client);
            assert_eq!(server.join().unwrap(), round % 4);
        }
    });
}
