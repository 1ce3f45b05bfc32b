//! What `actor` promises.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread;

use super::support::{Gate, Hold, IN_VAIN, fail, gate, panic_of_server};
use proptest::prelude::*;
use request_response::actor::{self, Failure, Store};
use testkit::within;

#[derive(Clone, Debug)]
enum Call {
    Get(u8),
    Set(u8, u32),
    Delete(u8),
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        (0_u8..8).prop_map(Call::Get),
        (0_u8..8, any::<u32>()).prop_map(|(key, value)| Call::Set(key, value)),
        (0_u8..8).prop_map(Call::Delete),
    ]
}

/// Makes the calls on a map and on the server, whose keys are `offset` higher, and compares.
fn compare(store: &Store<u32, u32>, calls: &[Call], offset: u32) -> HashMap<u32, u32> {
    let (mut map, mut values, mut deleted) = (HashMap::new(), Vec::new(), Vec::new());
    for call in calls {
        match *call {
            Call::Get(key) => {
                let key = offset + u32::from(key);
                values.push((store.get(key), map.get(&key).copied()));
            }
            Call::Set(key, value) => {
                let key = offset + u32::from(key);
                values.push((store.set(key, value), map.insert(key, value)));
            }
            Call::Delete(key) => {
                let key = offset + u32::from(key);
                deleted.push((store.delete(key), map.remove(&key).is_some()));
            }
        }
    }
    // Sent first and waited for afterwards: the server does not wait for that.
    for (reply, expected) in values {
        assert_eq!(reply.wait(), Ok(expected));
    }
    for (reply, expected) in deleted {
        assert_eq!(reply.wait(), Ok(expected));
    }
    map
}

proptest! {
    #[test]
    fn the_answers_are_those_of_a_map(
        calls in prop::collection::vec(prop::collection::vec(call(), 0..50), 1..4),
        capacity in 0_usize..3,
    ) {
        let (ended, map, count) = within(move || {
            let (store, server) = actor::start(capacity).expect("a thread starts");
            let map = thread::scope(|scope| {
                let mut callers = Vec::new();
                for (calls, offset) in calls.iter().zip((0..).step_by(100)) {
                    let store = store.clone();
                    callers.push(scope.spawn(move || compare(&store, calls, offset)));
                }
                callers.into_iter().flat_map(|caller| caller.join().expect("all is as on a map")).collect()
            });
            drop(store);
            let count = calls.iter().flatten().count() as u64;
            (server.join().expect("nothing panics"), map, count)
        });
        prop_assert_eq!(ended, actor::Ended { entries: map, answered: count, unclaimed: 0 });
    }
}

/// A key whose hash is more than a number.
#[derive(Clone)]
enum Key {
    Plain(u32),
    /// Holds the server up.
    Held(Arc<Mutex<Hold>>),
    /// Holds the server up, and makes it panic.
    Bad(Arc<Mutex<Hold>>),
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        matches!((self, other), (Key::Plain(one), Key::Plain(two)) if one == two)
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Key::Plain(number) => number.hash(state),
            Key::Held(hold) => hold.lock().expect("it is not poisoned").enter(),
            Key::Bad(hold) => {
                hold.lock().expect("it is not poisoned").enter();
                fail("a bad key");
            }
        }
    }
}

/// A gate, and the key that holds a server up before it.
fn held(key: impl Fn(Arc<Mutex<Hold>>) -> Key) -> (Gate, Key) {
    let (gate, hold) = gate();
    (gate, key(Arc::new(Mutex::new(hold))))
}

#[test]
fn a_full_queue_makes_the_caller_wait() {
    within(|| {
        for capacity in 0..3 {
            let (store, server) = actor::start(capacity).unwrap();
            let (gate, key) = held(Key::Held);
            store.set(Key::Plain(0), 0).wait().unwrap();
            // The server has this one in hand, not in the queue.
            let in_hand = store.set(key, 1);
            gate.wait_until_entered();
            let (accepted_tx, accepted_rx) = channel();
            let caller = thread::spawn(move || {
                for _ in 0..=capacity {
                    accepted_tx.send(store.get(Key::Plain(0))).unwrap();
                }
            });
            let queued: Vec<_> = accepted_rx.iter().take(capacity).collect();
            // There is no room until the gate is open.
            assert!(accepted_rx.recv_timeout(IN_VAIN).is_err());
            gate.open();
            assert_eq!(in_hand.wait(), Ok(None));
            for reply in queued.into_iter().chain(accepted_rx) {
                assert_eq!(reply.wait(), Ok(Some(0)));
            }
            caller.join().unwrap();
            server.join().unwrap();
        }
    });
}

#[test]
fn what_was_accepted_is_carried_out() {
    within(|| {
        for capacity in [0, 1, 100] {
            let (store, server) = actor::start(capacity).unwrap();
            let replies: Vec<_> = (0..100).map(|n| store.set(n, n * n)).collect();
            drop(store);
            let ended = server.join().unwrap();
            assert_eq!(ended.entries, (0..100).map(|n| (n, n * n)).collect());
            assert_eq!((ended.answered, ended.unclaimed), (100, 0));
            // The replies are there, though the server is not.
            for reply in replies {
                assert_eq!(reply.wait(), Ok(None));
            }
        }
    });
}

#[test]
fn a_caller_that_gives_up_harms_nobody() {
    within(|| {
        let (store, server) = actor::start(8).unwrap();
        let (gate, key) = held(Key::Held);
        drop(store.set(key, "held"));
        gate.wait_until_entered();
        drop(store.set(Key::Plain(1), "one"));
        drop(store.get(Key::Plain(1)));
        drop(store.delete(Key::Plain(2)));
        let reply = store.get(Key::Plain(1));
        gate.open();
        assert_eq!(reply.wait(), Ok(Some("one")));
        drop(store);
        let ended = server.join().unwrap();
        assert_eq!((ended.answered, ended.unclaimed), (1, 4));
    });
}

#[test]
fn a_panic_reaches_the_owner_and_all_callers() {
    within(|| {
        for queued in [0, 1, 5] {
            let (store, server) = actor::start(queued).unwrap();
            let value = Arc::new(());
            let (gate, key) = held(Key::Bad);
            let in_hand = store.set(key, Arc::clone(&value));
            gate.wait_until_entered();
            let replies: Vec<_> = (0..)
                .take(queued)
                .map(|n| store.set(Key::Plain(n), Arc::clone(&value)))
                .collect();
            gate.open();
            assert_eq!(in_hand.wait(), Err(Failure::Unanswered));
            for reply in replies {
                assert_eq!(reply.wait(), Err(Failure::Unanswered));
            }
            assert_eq!(panic_of_server(server), "a bad key");
            assert_eq!(store.get(Key::Plain(0)).wait(), Err(Failure::NotAccepted));
            // Nothing of it is left behind, though the handle is still here.
            assert_eq!(Arc::strong_count(&value), 1);
        }
    });
}

#[test]
fn callers_that_race_with_a_panic_get_an_error() {
    within(|| {
        for round in 0..100 {
            let (store, server) = actor::start(round % 3).unwrap();
            let (gate, key) = held(Key::Bad);
            gate.open();
            let ask = |store: Store<Key, ()>| {
                move || (0..).find_map(|n| store.get(Key::Plain(n)).wait().err())
            };
            let callers: Vec<_> = (0..3).map(|_| thread::spawn(ask(store.clone()))).collect();
            drop(store.set(key, ()));
            for caller in callers {
                assert!(caller.join().unwrap().is_some());
            }
            assert_eq!(panic_of_server(server), "a bad key");
        }
    });
}

#[test]
fn a_hundred_servers_end() {
    within(|| {
        for round in 0..100 {
            let (store, server) = actor::start(1).unwrap();
            thread::scope(|scope| {
                for n in 0..round % 4 {
                    let store = store.clone();
                    scope.spawn(move || store.set(n, n).wait().unwrap());
                }
            });
            drop(store);
            assert_eq!(server.join().unwrap().entries.len(), round % 4);
        }
    });
}
