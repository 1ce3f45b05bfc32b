//! What `reused` promises.

use std::sync::Arc;
use std::thread;

use super::support::{Ask, Gate, Hold, answer, fail, gate, never, over, panic_of_server};
use proptest::prelude::*;
use request_response::reused::{self, Client, Ended, Failure};
use testkit::{panic_of, within};

fn start() -> (Client<Ask, u32>, reused::Server<Vec<u32>>) {
    reused::start(Vec::new(), answer).expect("a thread starts")
}

/// Gives up on a request that the server has in hand, and on which it stays.
fn hold_up(client: &mut Client<Ask, u32>, ask: impl FnOnce(Hold) -> Ask) -> Gate {
    let (gate, hold) = gate();
    assert_eq!(client.ask(ask(hold), over()), Err(Failure::TimedOut));
    gate.wait_until_entered();
    gate
}

proptest! {
    #[test]
    fn each_client_gets_its_own_replies(asks in prop::collection::vec(prop::collection::vec(any::<u32>(), 0..50), 1..4)) {
        within(move || {
            let (client, server) = start();
            thread::scope(|scope| {
                for asks in &asks {
                    let mut client = client.clone();
                    scope.spawn(move || {
                        for &n in asks {
                            assert_eq!(client.ask(Ask::Number(n), never()), Ok(n));
                        }
                    });
                }
            });
            drop(client);
            let mut ended = server.join().expect("nothing panics");
            let mut all: Vec<u32> = asks.into_iter().flatten().collect();
            assert_eq!((ended.answered, ended.unclaimed), (all.len() as u64, 0));
            ended.state.sort_unstable();
            all.sort_unstable();
            assert_eq!(ended.state, all);
        });
    }
}

#[test]
fn a_late_reply_is_not_taken_for_the_next() {
    within(|| {
        // It comes after the next call, and before it: another client's reply tells that it has.
        for before in [false, true] {
            let (mut client, server) = start();
            for n in 0..10 {
                let gate = hold_up(&mut client, |hold| Ask::Held(n, hold));
                gate.open();
                if before {
                    assert_eq!(client.clone().ask(Ask::Number(7), never()), Ok(7));
                }
                assert_eq!(client.ask(Ask::Number(100 + n), never()), Ok(100 + n));
            }
            drop(client);
            assert_eq!(server.join().unwrap().unclaimed, 0);
        }
    });
}

#[test]
fn a_client_has_one_request_at_the_server() {
    within(|| {
        let (mut client, server) = start();
        let gate = hold_up(&mut client, |hold| Ask::Held(1, hold));
        for _ in 0..10 {
            assert_eq!(client.ask(Ask::Number(2), over()), Err(Failure::Busy));
        }
        gate.open();
        assert_eq!(client.ask(Ask::Number(3), never()), Ok(3));
        drop(client);
        assert_eq!(server.join().unwrap().state, [1, 3]);
    });
}

#[test]
fn a_client_that_goes_away_harms_nobody() {
    within(|| {
        let (mut client, server) = start();
        let mut gone = client.clone();
        let gate = hold_up(&mut gone, |hold| Ask::Held(1, hold));
        drop(gone);
        gate.open();
        assert_eq!(client.ask(Ask::Number(2), never()), Ok(2));
        drop(client);
        let ended = Ended {
            state: vec![1, 2],
            answered: 1,
            unclaimed: 1,
        };
        assert_eq!(server.join().unwrap(), ended);
    });
}

#[test]
fn a_late_reply_goes_with_its_client() {
    within(|| {
        let reply = Arc::new(());
        let answer = |reply: &mut Arc<()>, hold: Option<Hold>| {
            if let Some(hold) = hold {
                hold.enter();
            }
            Arc::clone(reply)
        };
        let (mut client, server) = reused::start(Arc::clone(&reply), answer).unwrap();
        let (gate, hold) = gate();
        assert_eq!(client.ask(Some(hold), over()), Err(Failure::TimedOut));
        gate.open();
        // With the reply to another client here, the late one has come, too.
        drop(client.clone().ask(None, never()).unwrap());
        drop(client);
        drop(server.join().unwrap());
        assert_eq!(Arc::strong_count(&reply), 1);
    });
}

/// Panics as it is dropped, if it is to.
struct Bomb(bool);

impl Drop for Bomb {
    fn drop(&mut self) {
        if self.0 {
            fail("a bad reply");
        }
    }
}

#[test]
fn a_late_reply_that_panics_leaves_its_client_whole() {
    within(|| {
        let answer = |(): &mut (), hold: Option<Hold>| {
            hold.as_ref().inspect(|hold| hold.enter());
            Bomb(hold.is_some())
        };
        let (mut client, server) = reused::start((), answer).unwrap();
        let (gate, hold) = gate();
        assert_eq!(
            client.ask(Some(hold), over()).err(),
            Some(Failure::TimedOut)
        );
        gate.open();
        let message = panic_of(|| client.ask(None, never()).is_ok());
        assert_eq!(message, "a bad reply");
        assert!(client.ask(None, never()).is_ok());
        drop(client);
        assert_eq!(server.join().unwrap().answered, 2);
    });
}

#[test]
fn a_panic_reaches_the_owner_and_all_clients() {
    within(|| {
        let (mut in_hand, server) = start();
        let (mut queued, mut late) = (in_hand.clone(), in_hand.clone());
        let gate = hold_up(&mut in_hand, Ask::Bad);
        assert_eq!(queued.ask(Ask::Number(1), over()), Err(Failure::TimedOut));
        let waiting = thread::spawn(move || in_hand.ask(Ask::Number(2), never()));
        gate.open();
        // Each of them would wait for ever if its sender were still somewhere.
        assert_eq!(waiting.join().unwrap(), Err(Failure::NotAccepted));
        assert_eq!(
            queued.ask(Ask::Number(3), never()),
            Err(Failure::NotAccepted)
        );
        assert_eq!(panic_of_server(server), "a bad request");
        for _ in 0..3 {
            assert_eq!(late.ask(Ask::Number(4), never()), Err(Failure::NotAccepted));
        }
    });
}

#[test]
fn clients_that_race_with_a_panic_get_an_error() {
    within(|| {
        for _ in 0..100 {
            let (mut client, server) = start();
            let (gate, hold) = gate();
            gate.open();
            let ask = |mut client: Client<Ask, u32>| {
                move || (0..).find_map(|n| client.ask(Ask::Number(n), never()).err())
            };
            let clients: Vec<_> = (0..3).map(|_| thread::spawn(ask(client.clone()))).collect();
            assert_eq!(
                client.ask(Ask::Bad(hold), never()),
                Err(Failure::Unanswered)
            );
            for client in clients {
                let failure = client.join().unwrap().expect("it ends with an error");
                assert!(matches!(
                    failure,
                    Failure::NotAccepted | Failure::Unanswered
                ));
            }
            assert_eq!(panic_of_server(server), "a bad request");
        }
    });
}

#[test]
fn a_hundred_servers_end() {
    within(|| {
        for round in 0..100 {
            let (client, server) = start();
            thread::scope(|scope| {
                for n in 0..round % 4 {
                    let mut client = client.clone();
                    scope.spawn(move || client.ask(Ask::Number(n), never()).unwrap());
                }
            });
            drop(client);
            assert_eq!(server.join().unwrap().answered, u64::from(round % 4));
        }
    });
}
