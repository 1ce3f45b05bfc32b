//! What `oneshot` promises.

use std::collections::HashMap;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Barrier, Mutex};
use std::task::Poll;
use std::thread;

use super::support::{on_each_flavour, on_paused_time, paused, poll};
use async_tokio::oneshot::{Ended, Failure, store};
use proptest::prelude::*;
use testkit::{count, within};

#[derive(Clone, Debug)]
enum Call {
    Get(u8),
    Set(u8, u16),
    Delete(u8),
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        (0..4_u8).prop_map(Call::Get),
        (0..4_u8, any::<u16>()).prop_map(|(key, value)| Call::Set(key, value)),
        (0..4_u8).prop_map(Call::Delete),
    ]
}

proptest! {
    #[test]
    fn the_answers_are_those_of_a_map(calls in prop::collection::vec(call(), 0..60), capacity in 1..4_usize) {
        let (ended, model) = within(move || paused().block_on(async {
            let mut model = HashMap::new();
            let (store, server) = store(count(capacity));
            let server = tokio::spawn(server);
            let asked = calls.len() as u64;
            for call in calls {
                match call {
                    Call::Get(key) => assert_eq!(store.get(key).await, Ok(model.get(&key).copied())),
                    Call::Set(key, value) => assert_eq!(store.set(key, value).await, Ok(model.insert(key, value))),
                    Call::Delete(key) => assert_eq!(store.delete(key).await, Ok(model.remove(&key).is_some())),
                }
            }
            drop(store);
            let ended = server.await.unwrap();
            assert_eq!((ended.answered, ended.unclaimed), (asked, 0));
            (ended.entries, model)
        }));
        prop_assert_eq!(ended, model);
    }
}

#[test]
fn a_full_queue_makes_the_caller_wait() {
    on_paused_time(|| async {
        let (store, server) = store(count(1));
        let other = store.clone();
        {
            let (mut first, mut second) = (pin!(store.set("a", 1)), pin!(other.set("b", 2)));
            assert!(poll(first.as_mut()).is_pending());
            // There is no room for this one, and dropped, it was never there.
            assert!(poll(second.as_mut()).is_pending());
        }
        drop((store, other));
        let ended = server.await;
        assert_eq!(ended.answered + ended.unclaimed, 1);
    });
}

#[test]
fn what_was_accepted_is_answered() {
    on_paused_time(|| async {
        let (store, server) = store(count(4));
        let ask = |key: usize| {
            let store = store.clone();
            async move { store.set(key, key).await }
        };
        let (mut one, mut two, mut three) = (pin!(ask(1)), pin!(ask(2)), pin!(ask(3)));
        assert!(poll(one.as_mut()).is_pending());
        assert!(poll(two.as_mut()).is_pending());
        assert!(poll(three.as_mut()).is_pending());
        // The requests are in the queue, and the server only starts now.
        drop(store);
        let (ended, one, two, three) = tokio::join!(server, one, two, three);
        assert_eq!((one, two, three), (Ok(None), Ok(None), Ok(None)));
        assert_eq!((ended.answered, ended.unclaimed), (3, 0));
        assert_eq!(ended.entries.len(), 3);
    });
}

#[test]
fn a_caller_that_gives_up_harms_nobody() {
    on_paused_time(|| async {
        let (store, server) = store(count(4));
        let mut server = pin!(server);
        // Before its turn.
        assert!(poll(pin!(store.set("early", 1))).is_pending());
        // After it: the server has answered, and nobody looks.
        {
            let mut late = pin!(store.set("late", 2));
            assert!(poll(late.as_mut()).is_pending());
            assert!(poll(server.as_mut()).is_pending());
        }
        let (found, ()) = tokio::join!(
            async {
                let found = (store.get("early").await, store.get("late").await);
                drop(store);
                found
            },
            async {
                let ended = server.await;
                assert_eq!((ended.answered, ended.unclaimed), (3, 1));
            },
        );
        assert_eq!(found, (Ok(None), Ok(Some(2))));
    });
}

type Caller = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A value that, when it is cloned, has the caller give up.
#[derive(Default)]
struct Parting(Arc<Mutex<Option<Caller>>>);

impl Clone for Parting {
    fn clone(&self) -> Self {
        drop(self.0.lock().expect("nothing panics").take());
        Self::default()
    }
}

#[test]
fn a_caller_that_gives_up_while_it_is_answered_is_counted() {
    on_paused_time(|| async {
        let (store, server) = store(count(2));
        let caller = Arc::default();
        let value = Parting(Arc::clone(&caller));
        let mut server = pin!(server);
        {
            let mut set = pin!(store.set("key", value));
            assert!(poll(set.as_mut()).is_pending());
            assert!(poll(server.as_mut()).is_pending());
            assert!(set.await.unwrap().is_none());
        }
        let mut get: Caller = Box::pin(async move { drop(store.get("key").await) });
        assert!(poll(get.as_mut()).is_pending());
        *caller.lock().unwrap() = Some(get);
        let ended = server.await;
        assert_eq!((ended.answered, ended.unclaimed), (1, 1));
    });
}

#[test]
fn a_server_that_dies_is_an_error_at_once() {
    on_paused_time(|| async {
        let (store, server) = store(count(4));
        let mut queued = pin!(store.set("key", 1));
        assert!(poll(queued.as_mut()).is_pending());
        drop(server);
        assert_eq!(poll(queued.as_mut()), Poll::Ready(Err(Failure::Unanswered)));
        let later = poll(pin!(store.get("key")));
        assert_eq!(later, Poll::Ready(Err(Failure::NotAccepted)));
    });
}

#[test]
fn a_request_sent_while_the_server_dies_is_an_error() {
    within(|| {
        // Many times over: seldom is one sent just when the queue has been emptied for the last
        // time.
        for round in 0..10_000 {
            let (store, server) = store::<_, u8>(count(4));
            let (begin, mut asked) = (Barrier::new(2), Vec::new());
            thread::scope(|scope| {
                scope.spawn(|| {
                    let mut server = Box::pin(server);
                    begin.wait();
                    for _ in 0..round % 50 {
                        assert!(poll(server.as_mut()).is_pending());
                    }
                });
                begin.wait();
                for key in 0..100 {
                    let mut get = Box::pin(store.get(key));
                    if poll(get.as_mut()).is_pending() {
                        asked.push(get);
                    }
                }
            });
            for mut get in asked {
                assert!(poll(get.as_mut()).is_ready());
            }
        }
    });
}

#[test]
fn a_caller_that_waits_for_room_learns_of_the_end() {
    on_each_flavour(|| async {
        let (store, server) = store(count(1));
        let (mut queued, mut waiting) = (pin!(store.set("a", 1)), pin!(store.set("b", 2)));
        assert!(poll(queued.as_mut()).is_pending());
        assert!(poll(waiting.as_mut()).is_pending());
        drop(server);
        assert_eq!(waiting.await, Err(Failure::NotAccepted));
        assert_eq!(queued.await, Err(Failure::Unanswered));
    });
}

/// A value that cannot be cloned.
#[derive(Debug, PartialEq)]
struct Fragile;

impl Clone for Fragile {
    fn clone(&self) -> Self {
        panic!("it broke")
    }
}

#[test]
fn a_panic_reaches_the_owner_and_all_callers() {
    on_each_flavour(|| async {
        let (store, server) = store(count(4));
        let (mut set, mut get) = (pin!(store.set("key", Fragile)), pin!(store.get("key")));
        let mut queued = pin!(store.delete("key"));
        assert!(poll(set.as_mut()).is_pending());
        assert!(poll(get.as_mut()).is_pending());
        assert!(poll(queued.as_mut()).is_pending());
        let payload = tokio::spawn(server).await.unwrap_err().into_panic();
        assert_eq!(payload.downcast_ref(), Some(&"it broke"));
        assert_eq!(set.await, Ok(None));
        assert_eq!(get.await, Err(Failure::Unanswered));
        assert_eq!(queued.await, Err(Failure::Unanswered));
        assert_eq!(store.delete("key").await, Err(Failure::NotAccepted));
    });
}

#[test]
fn a_hundred_servers_end() {
    on_each_flavour(|| async {
        for round in 0..100_u64 {
            let (store, server) = store(count(1));
            let server = tokio::spawn(server);
            let other = store.clone();
            for n in 0..round % 5 {
                assert_eq!(other.set(n, n).await, Ok(None));
            }
            drop((store, other));
            let Ended {
                entries,
                answered,
                unclaimed,
            } = server.await.unwrap();
            assert_eq!(
                (entries.len() as u64, answered, unclaimed),
                (round % 5, round % 5, 0)
            );
        }
    });
}
