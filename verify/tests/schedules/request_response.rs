use std::any::Any;
use std::hash::{Hash, Hasher};

use verify::explore::{explore, explore_each};
use verify::model::crossbeam_channel::{Receiver, TryRecvError, bounded, unbounded};
use verify::model::std::sync::Arc;
use verify::model::std::thread;
use verify::model::std::time::{Duration, Instant};

use crate::patterns::request_response::pipelined::{Refused, ReplyTo};
use crate::patterns::request_response::{actor, pipelined, reused, timeout};
use crate::support::{Item, Ledger, Log, count, fail, pause};

/// That of `fail`.
fn is_the_panic(payload: &(dyn Any + Send)) -> bool {
    payload.downcast_ref() == Some(&"failed")
}

#[test]
fn actor_answers_as_a_map_does() {
    explore_each([0, 1], |capacity| {
        let (store, server) = actor::start(capacity).expect("the model has threads");
        let other = store.clone();
        let asking = thread::spawn(move || {
            let before = other.set(1, "one");
            let after = other.get(1);
            (before.wait(), after.wait())
        });
        let (before, gone) = (store.set(2, "two"), store.delete(2));
        let after = store.get(2);
        assert_eq!((before.wait(), gone.wait()), (Ok(None), Ok(true)));
        assert_eq!(after.wait(), Ok(None));
        let asked = asking.join().expect("it asks and no more");
        assert_eq!(asked, (Ok(None), Ok(Some("one"))));
        drop(store);
        let ended = server.join().expect("no request makes it panic");
        assert_eq!((ended.answered, ended.unclaimed), (5, 0));
        assert_eq!(Vec::from_iter(ended.entries), [(1, "one")]);
    });
}

#[test]
fn actor_carries_out_one_request_at_a_time() {
    explore(|| {
        let (store, server) = actor::start(1).expect("the model has threads");
        let others = [1, 2].map(|value| {
            let store = store.clone();
            thread::spawn(move || (store.set((), value).wait(), value))
        });
        drop(store);
        let mut replies = others.map(|other| other.join().expect("it asks and no more"));
        // Of two that set, the second sees what the first has set.
        replies.sort_by_key(|(before, _)| *before != Ok(None));
        let [(_, first), (before, second)] = replies;
        assert_eq!(before, Ok(Some(first)));
        let ended = server.join().expect("no request makes it panic");
        assert_eq!(ended.entries[&()], second);
    });
}

#[test]
fn actor_carries_out_what_nobody_waits_for() {
    explore_each([0, 1], |capacity| {
        let ledger = Ledger::default();
        let (store, server) = actor::start(capacity).expect("the model has threads");
        for item in ledger.items(3) {
            drop(store.set(item.number, Arc::new(item)));
        }
        drop(store);
        let ended = server.join().expect("no request makes it panic");
        assert_eq!(ended.answered + ended.unclaimed, 3);
        assert_eq!(ended.entries.len(), 3);
        drop(ended);
        ledger.assert_empty();
    });
}

/// A value that is cloned once its channel has ended.
struct Gate(Receiver<()>);

impl Clone for Gate {
    fn clone(&self) -> Self {
        assert!(self.0.recv().is_err());
        Self(self.0.clone())
    }
}

#[test]
fn actor_makes_the_caller_wait_while_the_queue_is_full() {
    explore_each([0, 1], |capacity| {
        let log = Log::default();
        let (open_tx, open_rx) = bounded(0);
        let (store, server) = actor::start(capacity).expect("the model has threads");
        let set = store.set((), Gate(open_rx)).wait();
        assert!(matches!(set, Ok(None)));
        let sent = log.clone();
        let asking = thread::spawn(move || {
            let replies = [0, 1, 2].map(|number| {
                let reply = store.get(());
                sent.push(number);
                reply
            });
            replies.map(|reply| assert!(matches!(reply.wait(), Ok(Some(_)))))
        });
        for _ in 0..12 {
            thread::yield_now();
        }
        // One is in hand.
        assert!(log.len() <= capacity + 1, "{log:?}");
        drop(open_tx);
        asking.join().expect("each has a reply");
        server.join().expect("no request makes it panic");
    });
}

/// Panics when it is looked up, if it is 1.
#[derive(Debug, PartialEq, Eq)]
struct Key(u64);

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        if self.0 == 1 {
            fail();
        }
        self.0.hash(state);
    }
}

#[test]
fn actor_that_panics_is_seen_by_all_callers() {
    explore_each([0, 1, 3], |capacity| {
        let ledger = Ledger::default();
        let (store, server) = actor::start(capacity).expect("the model has threads");
        let other = store.clone();
        let item = Arc::new(ledger.item(9));
        let asking = thread::spawn(move || other.set(Key(9), item).wait().is_ok());
        let pending: Vec<_> = ledger
            .items(4)
            .map(|item| store.set(Key(item.number), Arc::new(item)))
            .collect();
        let replies = pending.into_iter().map(actor::Pending::wait);
        let replies: Vec<_> = replies.map(|reply| reply.map(drop)).collect();
        assert_eq!(replies[..2], [Ok(()), Err(actor::Failure::Unanswered)]);
        let late = replies[2..]
            .iter()
            .skip_while(|reply| **reply == Err(actor::Failure::Unanswered));
        let mut refused = late.map(|reply| *reply == Err(actor::Failure::NotAccepted));
        assert!(refused.all(|refused| refused), "{replies:?}");
        asking.join().expect("it is told");
        let payload = server.join().expect_err("a key makes it panic");
        assert!(is_the_panic(&*payload));
        let after = store.get(Key(0)).wait();
        assert_eq!(after.map(drop), Err(actor::Failure::NotAccepted));
        ledger.assert_empty();
    });
}

/// Sends all items and receives all replies; returns the numbers of the items that came back as
/// replies, of those that were lost, and of those that were refused.
fn ask_all(
    client: &mut pipelined::Client<Item, Item>,
    items: impl Iterator<Item = Item>,
    limit: usize,
) -> [Vec<u64>; 3] {
    let (mut sent, mut received) = (Vec::new(), 0);
    let [mut answered, mut lost, mut refused] = [const { Vec::new() }; 3];
    let mut receive = |client: &mut pipelined::Client<Item, Item>, sent: &[u64]| {
        let Some((number, reply)) = client.receive() else {
            return false;
        };
        received += 1;
        let asked = sent[usize::try_from(number).expect("a small number")];
        match reply {
            Ok(item) => {
                assert_eq!(item.number, asked);
                answered.push(asked);
            }
            Err(pipelined::Lost) => lost.push(asked),
        }
        true
    };
    let mut under_way = 0;
    for mut item in items {
        let number = item.number;
        loop {
            match client.send(item) {
                Ok(place) => {
                    assert!(under_way < limit);
                    assert_eq!(place, sent.len() as u64);
                    under_way += 1;
                    sent.push(number);
                    break;
                }
                Err(Refused::Full(back)) => {
                    assert_eq!((back.number, under_way), (number, limit));
                    item = back;
                    assert!(receive(client, &sent));
                    under_way -= 1;
                }
                Err(Refused::Gone(back)) => {
                    refused.push(back.number);
                    break;
                }
            }
        }
    }
    while receive(client, &sent) {}
    assert_eq!(received, sent.len());
    [answered, lost, refused]
}

/// Replies at once, with the request itself, and counts those that nobody wants.
fn reply(unwanted: &mut u64, item: Item, reply_to: ReplyTo<Item>) {
    *unwanted += u64::from(reply_to.send(item).is_err());
}

#[test]
fn pipelined_gives_each_client_its_own_replies() {
    explore_each([1, 2], |limit| {
        let ledger = Ledger::default();
        let (mut client, server) =
            pipelined::start(0, count(limit), reply).expect("the model has threads");
        let (mut other, items) = (client.clone(), ledger.items(3));
        let asking = thread::spawn(move || ask_all(&mut other, items.skip(1), limit));
        let [answered, ..] = ask_all(&mut client, ledger.items(3), limit);
        assert_eq!(answered, [0, 1, 2]);
        let [answered, ..] = asking.join().expect("it asks and no more");
        assert_eq!(answered, [1, 2]);
        drop(client);
        assert_eq!(server.join().expect("it does not panic"), 0);
        ledger.assert_empty();
    });
}

#[test]
fn pipelined_replies_may_come_in_any_order() {
    explore(|| {
        let ledger = Ledger::default();
        // Keeps each second request, and answers the other first.
        let swap = |kept: &mut Option<(Item, ReplyTo<Item>)>, item, reply_to: ReplyTo<Item>| {
            if let Some((first, first_to)) = kept.take() {
                assert!(reply_to.send(item).is_ok() && first_to.send(first).is_ok());
            } else {
                *kept = Some((item, reply_to));
            }
        };
        let (mut client, server) =
            pipelined::start(None, count(2), swap).expect("the model has threads");
        let [answered, ..] = ask_all(&mut client, ledger.items(4), 2);
        assert_eq!(answered, [1, 0, 3, 2]);
        drop(client);
        assert!(server.join().expect("it does not panic").is_none());
        ledger.assert_empty();
    });
}

/// A server that leaves some requests to other threads: what it is, and the client.
type Deputed = (
    pipelined::Client<Item, Item>,
    thread::JoinHandle<()>,
    thread::JoinHandle<()>,
);

/// Each even number is answered by a thread of its own. The server panics at number `bad`.
fn deputed(limit: usize, bad: u64) -> Deputed {
    let (tx, rx) = unbounded::<(Item, ReplyTo<Item>)>();
    let deputy = thread::spawn(move || {
        for (item, reply_to) in rx {
            assert!(reply_to.send(item).is_ok());
        }
    });
    let hand_on = move |(): &mut (), item: Item, reply_to| match item.number {
        number if number == bad => fail(),
        number if number % 2 == 0 => tx.send((item, reply_to)).expect("it is there"),
        _ => assert!(reply_to.send(item).is_ok()),
    };
    let (client, server) =
        pipelined::start((), count(limit), hand_on).expect("the model has threads");
    (client, server, deputy)
}

#[test]
fn pipelined_replies_may_come_from_another_thread() {
    explore_each([1, 2], |limit| {
        let ledger = Ledger::default();
        let (mut client, server, deputy) = deputed(limit, u64::MAX);
        let [answered, ..] = ask_all(&mut client, ledger.items(4), limit);
        assert_eq!(answered.len(), 4);
        drop(client);
        server.join().expect("it does not panic");
        deputy.join().expect("the client waits for all");
        ledger.assert_empty();
    });
}

#[test]
fn pipelined_loses_nothing_unseen_when_the_server_panics() {
    explore_each([1, 3], |limit| {
        let ledger = Ledger::default();
        let (mut client, server, deputy) = deputed(limit, 1);
        let (mut other, item) = (client.clone(), ledger.item(9));
        let asking = thread::spawn(move || ask_all(&mut other, [item].into_iter(), limit).concat());
        let [answered, lost, refused] = ask_all(&mut client, ledger.items(4), limit);
        // The deputy answers also when the server is gone.
        assert_eq!((answered, lost[0]), (vec![0], 1));
        assert_eq!([lost, refused].concat(), [1, 2, 3]);
        assert_eq!(asking.join().expect("it is told"), [9]);
        let payload = server.join().expect_err("a request makes it panic");
        assert!(is_the_panic(&*payload));
        deputy.join().expect("the client waits for all");
        ledger.assert_empty();
    });
}

#[test]
fn pipelined_tells_of_a_request_that_is_dropped() {
    explore(|| {
        let ledger = Ledger::default();
        let forget = |(): &mut (), item: Item, reply_to: ReplyTo<Item>| {
            if item.number != 1 {
                assert!(reply_to.send(item).is_ok());
            }
        };
        let (mut client, server) =
            pipelined::start((), count(2), forget).expect("the model has threads");
        let came = ask_all(&mut client, ledger.items(3), 2);
        assert_eq!(came, [vec![0, 2], vec![1], vec![]]);
        drop(client);
        server.join().expect("it does not panic");
        ledger.assert_empty();
    });
}

#[test]
fn pipelined_client_may_go_away() {
    explore(|| {
        let (ledger, log) = (Ledger::default(), Log::default());
        let carried_out = log.clone();
        let handler = move |unwanted: &mut u64, item: Item, reply_to| {
            carried_out.push(item.number);
            reply(unwanted, item, reply_to);
        };
        let (mut client, server) =
            pipelined::start(0, count(3), handler).expect("the model has threads");
        for item in ledger.items(3) {
            assert!(client.send(item).is_ok());
        }
        assert!(client.receive().is_some_and(|(number, _)| number == 0));
        drop(client);
        let unwanted = server.join().expect("it does not panic");
        assert!(unwanted <= 2, "{unwanted}");
        assert_eq!(log.numbers(), [0, 1, 2]);
        ledger.assert_empty();
    });
}

/// Longer than either side looks before it sleeps.
const A_WHILE: Duration = Duration::from_millis(1);

fn soon() -> Instant {
    Instant::now() + 2 * A_WHILE
}

/// Replies with the request itself, and leaves its number.
fn echo(log: &Log) -> impl FnMut(&mut u64, Item) -> Item + Send + use<> {
    let log = log.clone();
    move |served, item| {
        *served += 1;
        log.push(item.number);
        item
    }
}

#[test]
fn reused_gives_each_client_its_own_replies() {
    explore(|| {
        let (ledger, log) = (Ledger::default(), Log::default());
        // The clock stands still, so that no limit is reached.
        let (mut client, server) = reused::start(0, echo(&log)).expect("the model has threads");
        let (mut other, items) = (client.clone(), ledger.items(4).skip(2));
        let asking = thread::spawn(move || {
            for item in items {
                let number = item.number;
                let reply = other.ask(item, soon()).expect("there is time");
                assert_eq!(reply.number, number);
            }
        });
        for item in ledger.items(2) {
            let number = item.number;
            let reply = client.ask(item, soon()).expect("there is time");
            assert_eq!(reply.number, number);
        }
        asking.join().expect("it asks and no more");
        drop(client);
        let ended = server.join().expect("it does not panic");
        assert_eq!((ended.state, ended.answered, ended.unclaimed), (4, 4, 0));
        ledger.assert_empty();
    });
}

/// Asks for all items, each with a limit, and returns the numbers of those that the server got.
fn ask_in_time(
    client: &mut reused::Client<Item, Item>,
    items: impl Iterator<Item = Item>,
) -> Vec<u64> {
    let accepted = items.filter_map(|item| {
        let number = item.number;
        match client.ask(item, soon()) {
            Ok(reply) => {
                assert_eq!(reply.number, number);
                Some(number)
            }
            Err(reused::Failure::TimedOut) => Some(number),
            Err(reused::Failure::Busy) => None,
            Err(failure) => unreachable!("{failure}"),
        }
    });
    accepted.collect()
}

#[test]
fn reused_takes_no_late_reply_for_the_next() {
    explore(|| {
        let (ledger, log) = (Ledger::default(), Log::default());
        let mut echo = echo(&log);
        let slow = move |served: &mut u64, item| {
            pause(A_WHILE);
            echo(served, item)
        };
        let (mut client, server) = reused::start(0, slow).expect("the model has threads");
        let accepted = ask_in_time(&mut client, ledger.items(3));
        drop(client);
        let ended = server.join().expect("it does not panic");
        assert_eq!(log.numbers(), accepted);
        assert_eq!(ended.state, ended.answered + ended.unclaimed);
        assert_eq!(ended.state, accepted.len() as u64);
        ledger.assert_empty();
    });
}

#[test]
fn reused_gives_up_at_its_deadline() {
    explore(|| {
        let ledger = Ledger::default();
        let (open_tx, open_rx) = bounded::<()>(0);
        let stuck = move |_: &mut u64, item: Item| {
            assert!(open_rx.recv().is_err());
            item
        };
        let (mut client, server) = reused::start(0, stuck).expect("the model has threads");
        let (stop_tx, stop_rx) = bounded::<()>(0);
        let clock = thread::spawn(move || {
            while stop_rx.try_recv() == Err(TryRecvError::Empty) {
                pause(A_WHILE);
            }
        });
        for failure in [reused::Failure::TimedOut, reused::Failure::Busy] {
            let asked = client.ask(ledger.item(0), soon());
            assert_eq!(asked.map(drop), Err(failure));
        }
        drop(stop_tx);
        clock.join().expect("it moves the clock");
        drop(open_tx);
        drop(client);
        let ended = server.join().expect("it does not panic");
        assert_eq!(ended.answered + ended.unclaimed, 1);
        ledger.assert_empty();
    });
}

#[test]
fn reused_client_may_go_away() {
    explore(|| {
        let (ledger, log) = (Ledger::default(), Log::default());
        let (mut client, server) = reused::start(0, echo(&log)).expect("the model has threads");
        let (mut other, items) = (client.clone(), ledger.items(1));
        let asking = thread::spawn(move || ask_in_time(&mut other, items).len());
        let clock = thread::spawn(|| pause(A_WHILE));
        let accepted = ask_in_time(&mut client, ledger.items(1)).len();
        drop(client);
        let accepted = accepted + asking.join().expect("it asks and no more");
        clock.join().expect("it moves the clock");
        let ended = server.join().expect("it does not panic");
        assert_eq!(ended.answered + ended.unclaimed, accepted as u64);
        assert_eq!(log.len(), accepted);
        ledger.assert_empty();
    });
}

/// Asks for all items, and says which of them were answered and which the server cannot have got.
fn ask_until_it_panics(
    client: &mut reused::Client<Item, Item>,
    items: impl Iterator<Item = Item>,
) -> (Vec<u64>, Vec<u64>) {
    let (mut answered, mut refused, mut over) = (Vec::new(), Vec::new(), false);
    for item in items {
        let number = item.number;
        // The clock stands still.
        match client.ask(item, soon()) {
            Ok(reply) => {
                assert!(!over && reply.number == number);
                answered.push(number);
            }
            Err(reused::Failure::Unanswered) => assert!(!over),
            Err(reused::Failure::NotAccepted) => refused.push(number),
            Err(failure) => unreachable!("{failure}"),
        }
        over = answered.last() != Some(&number);
    }
    (answered, refused)
}

#[test]
fn reused_tells_all_clients_that_the_server_has_panicked() {
    explore(|| {
        let (ledger, log) = (Ledger::default(), Log::default());
        let mut echo = echo(&log);
        let handler = move |served: &mut u64, item: Item| match item.number {
            1 => fail(),
            _ => echo(served, item),
        };
        let (mut client, server) = reused::start(0, handler).expect("the model has threads");
        let (mut other, items) = (client.clone(), ledger.items(5).skip(3));
        let asking = thread::spawn(move || ask_until_it_panics(&mut other, items));
        let (answered, refused) = ask_until_it_panics(&mut client, ledger.items(3));
        assert_eq!((&answered[..], &refused[..]), (&[0][..], &[2][..]));
        let others = asking.join().expect("it is told");
        let carried_out = log.numbers();
        assert!(others.0.iter().all(|number| carried_out.contains(number)));
        assert!(others.1.iter().all(|number| !carried_out.contains(number)));
        let payload = server.join().expect_err("a request makes it panic");
        assert!(is_the_panic(&*payload));
        ledger.assert_empty();
    });
}

#[test]
fn timeout_answers_in_time_or_tells_why_not() {
    explore(|| {
        let deadline = Instant::now() + Duration::from_secs(2);
        let (handle, server) = timeout::start(Vec::new(), 1, move |seen: &mut Vec<u64>, number| {
            assert!(Instant::now() < deadline, "nobody waits for it any more");
            pause(Duration::from_secs(1));
            seen.push(number);
            number + 10
        })
        .expect("the model has threads");
        let asking = [0, 1].map(|number| {
            let handle = handle.clone();
            thread::spawn(move || handle.ask(number, deadline))
        });
        drop(handle);
        let replies = asking.map(|asking| asking.join().expect("it asks and no more"));
        let ended = server.join().expect("the handler does not panic");
        let (mut in_time, mut refused) = (0, 0);
        for (number, reply) in (0..).zip(replies) {
            match reply {
                Ok(reply) => {
                    assert_eq!(reply, number + 10);
                    assert!(ended.state.contains(&number));
                    in_time += 1;
                }
                Err(timeout::Failure::Full) => {
                    assert!(!ended.state.contains(&number), "not carried out");
                    refused += 1;
                }
                Err(timeout::Failure::TimedOut) => {}
                Err(failure) => panic!("the server is there: {failure:?}"),
            }
        }
        assert_eq!(ended.answered + ended.unclaimed, ended.state.len() as u64);
        assert_eq!(
            ended.answered + ended.unclaimed + ended.expired,
            2 - refused
        );
        assert!(ended.answered >= in_time);
    });
}

#[test]
fn timeout_tells_at_once_when_the_server_panics() {
    explore(|| {
        let (handle, server) = timeout::start((), 1, |(), number: u64| match number {
            0 => fail(),
            _ => number,
        })
        .expect("the model has threads");
        let asking = [0, 1].map(|number| {
            let handle = handle.clone();
            thread::spawn(move || handle.ask(number, Instant::END))
        });
        drop(handle);
        let [lost, other] = asking.map(|asking| asking.join().expect("it asks and no more"));
        assert!(server.join().is_err_and(|payload| is_the_panic(&*payload)));
        assert_eq!(lost, Err(timeout::Failure::Unanswered));
        let gone = [
            Err(timeout::Failure::NotAccepted),
            Err(timeout::Failure::Unanswered),
        ];
        assert!(other == Ok(1) || gone.contains(&other), "{other:?}");
    });
}

/// The server fails at the second request while the first caller has yet to look for its reply.
#[test]
fn timeout_gives_the_reply_that_was_sent_before_a_panic() {
    explore(|| {
        let log = Log::default();
        let seen = log.clone();
        let (handle, server) = timeout::start((), 2, move |(), number: u64| {
            if log.len() == 1 {
                fail();
            }
            log.push(number);
            number
        })
        .expect("the model has threads");
        let asking = [0, 1].map(|number| {
            let handle = handle.clone();
            thread::spawn(move || handle.ask(number, Instant::END))
        });
        drop(handle);
        let [zero, one] = asking.map(|asking| asking.join().expect("it asks and no more"));
        let ended = server.join();
        ended.expect_err("the second request makes it fail");
        let first = seen.numbers()[0];
        assert_eq!(if first == 0 { zero } else { one }, Ok(first));
    });
}
