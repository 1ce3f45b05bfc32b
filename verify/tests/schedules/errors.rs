use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

use verify::explore::{explore, explore_each};
use verify::model::std::sync::mpsc::{TrySendError, sync_channel};
use verify::model::std::time::{Duration, Instant};
use verify::model::{crossbeam_channel, std::thread};

use crate::patterns::errors::failover_std::offer;
use crate::patterns::errors::failure::{Failure, flatten};
use crate::patterns::errors::timed_send::{self, SendTimeoutError};
use crate::patterns::errors::{
    deadline_crossbeam, deadline_std, first_error_crossbeam, first_error_std,
    send_failure_crossbeam, send_failure_std,
};
use crate::support::{Item, Lead, Ledger, count, fail, fails, numbers, pause, sorted};

const LIMIT: Duration = Duration::from_millis(10);

/// More than half of it, less than the whole.
const PAUSE: Duration = Duration::from_millis(6);

/// What both deadlines promise, under every schedule.
macro_rules! deadlines {
    ($variant:ident, $deadline:ident, $channel:path) => {
        mod $variant {
            use super::*;
            use $deadline::{End, receive_until, receive_until_idle};

            #[test]
            fn what_is_not_received_before_the_deadline_stays_queued() {
                explore(|| {
                    let ledger = Ledger::default();
                    let (message_tx, message_rx) = $channel(3);
                    let mut items = ledger.items(3);
                    let producer =
                        thread::spawn(move || items.try_for_each(|item| message_tx.send(item)));
                    let mut received = Vec::new();
                    let deadline = Instant::now() + LIMIT;
                    let each = |item: Item| received.push(item.number);
                    let end = receive_until(&message_rx, deadline, Instant::now, each);
                    let rest = numbers(&message_rx);
                    match end {
                        End::Disconnected => assert!(rest.is_empty()),
                        End::TimedOut => assert!(Instant::now() >= deadline),
                    }
                    assert_eq!([received, rest].concat(), [0, 1, 2]);
                    assert!(producer.join().expect("it does not panic").is_ok());
                    ledger.assert_empty();
                });
            }

            #[test]
            fn a_receiver_that_goes_at_the_deadline_ends_the_producer() {
                explore_each([0, 1], |capacity| {
                    let ledger = Ledger::default();
                    let (message_tx, message_rx) = $channel(capacity);
                    let mut items = ledger.items(3);
                    let producer =
                        thread::spawn(move || items.try_for_each(|item| message_tx.send(item)));
                    let mut received = Vec::new();
                    let deadline = Instant::now() + LIMIT;
                    let each = |item: Item| received.push(item.number);
                    let end = receive_until(&message_rx, deadline, Instant::now, each);
                    drop(message_rx);
                    let sent_all = producer.join().expect("it does not panic").is_ok();
                    let all = received.len() == 3;
                    assert!(all || end == End::TimedOut);
                    assert!(sent_all || !all);
                    assert!((0..3).take(received.len()).eq(received));
                    ledger.assert_empty();
                });
            }

            /// The second message comes after a pause, then none, and the sender stays.
            #[test]
            fn the_deadline_is_that_of_the_whole_loop() {
                explore(|| {
                    let (message_tx, message_rx) = $channel(2);
                    let (over_tx, over_rx) = crossbeam_channel::bounded::<()>(0);
                    let producer = thread::spawn(move || {
                        message_tx.send(0).expect("the receiver is there");
                        pause(PAUSE);
                        message_tx.send(1).expect("the receiver is there");
                        assert!(over_rx.recv().is_err());
                    });
                    let mut received = Vec::new();
                    let deadline = Instant::now() + LIMIT;
                    let each = |number| received.push(number);
                    let end = receive_until(&message_rx, deadline, Instant::now, each);
                    assert_eq!((end, Instant::now()), (End::TimedOut, deadline));
                    drop(over_tx);
                    received.extend(&message_rx);
                    assert_eq!(received, [0, 1]);
                    producer.join().expect("it does not panic");
                });
            }

            /// Time passes while one message is worked on, and others are queued.
            #[test]
            fn nothing_is_received_after_the_deadline() {
                explore(|| {
                    let (message_tx, message_rx) = $channel(3);
                    let producer =
                        thread::spawn(move || (0..3).try_for_each(|n| message_tx.send(n)));
                    let (mut received, mut late) = (0, 0);
                    let deadline = Instant::now() + LIMIT;
                    let each = |_| {
                        received += 1;
                        late += usize::from(Instant::now() >= deadline);
                        pause(LIMIT);
                    };
                    let _ = receive_until(&message_rx, deadline, Instant::now, each);
                    assert!(
                        received <= 1 && late == 0,
                        "{received} received, {late} late"
                    );
                    assert_eq!(received + message_rx.iter().count(), 3);
                    assert!(producer.join().expect("it does not panic").is_ok());
                });
            }

            #[test]
            fn an_idle_limit_starts_anew_with_each_message() {
                explore(|| {
                    let (message_tx, message_rx) = $channel(1);
                    let producer = thread::spawn(move || {
                        (0..3).try_for_each(|number| {
                            pause(PAUSE);
                            message_tx.send(number)
                        })
                    });
                    let mut received = Vec::new();
                    let mut last = Instant::now();
                    let end = receive_until_idle(&message_rx, LIMIT, |number| {
                        received.push(number);
                        last = Instant::now();
                    });
                    if end == End::TimedOut {
                        assert!(last.elapsed() >= LIMIT, "{:?}", last.elapsed());
                    }
                    let rest: Vec<i32> = message_rx.iter().collect();
                    assert!(end == End::TimedOut || rest.is_empty());
                    assert_eq!([received, rest].concat(), [0, 1, 2]);
                    assert!(producer.join().expect("it does not panic").is_ok());
                });
            }
        }
    };
}

deadlines!(deadline_of_std, deadline_std, sync_channel);
deadlines!(
    deadline_of_crossbeam,
    deadline_crossbeam,
    crossbeam_channel::bounded
);

#[test]
fn failover_every_message_is_taken_once_or_comes_back() {
    explore_each([0, 1], |capacity| {
        let ledger = Ledger::default();
        let (queue_txs, consumers): (Vec<_>, Vec<_>) = [(); 2]
            .map(|()| {
                let (queue_tx, queue_rx) = sync_channel::<Item>(capacity);
                (queue_tx, thread::spawn(move || numbers(queue_rx)))
            })
            .into_iter()
            .unzip();
        let mut placed = vec![Vec::new(); 3];
        for item in ledger.items(4) {
            let number = item.number;
            let place = match offer(item, &queue_txs) {
                Ok(place) => place,
                Err(TrySendError::Full(back)) => {
                    assert_eq!(back.number, number);
                    2
                }
                Err(TrySendError::Disconnected(_)) => unreachable!("both are open"),
            };
            placed[place].push(number);
        }
        drop(queue_txs);
        for (consumer, placed) in consumers.into_iter().zip(&placed) {
            assert_eq!(consumer.join().expect("it does not panic"), *placed);
        }
        assert_eq!(sorted(placed.concat()), [0, 1, 2, 3]);
        ledger.assert_empty();
    });
}

/// One queue that nobody empties, and one that closes.
#[test]
fn failover_waits_for_none_and_passes_over_what_is_closed() {
    explore(|| {
        let ledger = Ledger::default();
        let (full_tx, full_rx) = sync_channel(1);
        let (closing_tx, closing_rx) = sync_channel(1);
        let closing = thread::spawn(move || numbers(closing_rx.into_iter().take(1)));
        let queue_txs = [closing_tx, full_tx];
        let results: Vec<_> = ledger
            .items(4)
            .map(|item| offer(item, &queue_txs))
            .collect();
        let full = |result: &&Result<_, _>| matches!(result, Err(TrySendError::Full(_)));
        let placed = |place| {
            results
                .iter()
                .filter(move |result| matches!(result, Ok(p) if *p == place))
        };
        assert_eq!(placed(1).count(), 1, "never full, never empty");
        assert_eq!(
            placed(0).count() + 1 + results.iter().filter(full).count(),
            4
        );
        assert_eq!(closing.join().expect("it does not panic"), [0]);
        // Now it is closed, and the other one still full.
        assert!(matches!(
            offer(ledger.item(4), &queue_txs),
            Err(TrySendError::Full(_))
        ));
        drop((results, full_rx));
        let last = offer(ledger.item(5), &queue_txs);
        assert!(matches!(last, Err(TrySendError::Disconnected(item)) if item.number == 5));
        ledger.assert_empty();
    });
}

#[test]
fn failure_tells_apart_how_threads_have_ended() {
    explore(|| {
        let ledger = Ledger::default();
        let results = thread::scope(|scope| {
            let work = |item: Item| match item.number {
                0 => Ok(0),
                1 => Err(1),
                _ => fail(),
            };
            let threads: Vec<_> = ledger
                .items(3)
                .map(|item| scope.spawn(move || work(item)))
                .collect();
            // All are joined before one looks at a result.
            let ends: Vec<_> = threads
                .into_iter()
                .map(thread::ScopedJoinHandle::join)
                .collect();
            ends.into_iter().map(flatten).collect::<Vec<_>>()
        });
        ledger.assert_empty();
        let [value, error, panic] = results.try_into().expect("there are three");
        assert!(matches!(value, Ok(0)) && matches!(error, Err(Failure::Failed(1))));
        let Err(Failure::Panicked { message, payload }) = panic else {
            unreachable!("it is a panic")
        };
        let payload = payload.into_inner().expect("it is never locked");
        assert_eq!(
            (&*message, payload.downcast_ref()),
            ("failed", Some(&"failed"))
        );
    });
}

/// What both variants promise, under every schedule.
macro_rules! first_errors {
    ($variant:ident, $try_for_each:path) => {
        mod $variant {
            use super::*;

            #[test]
            fn without_an_error_all_is_done() {
                explore_each([0, 1], |capacity| {
                    let ledger = Ledger::default();
                    let done = Mutex::new(Vec::new());
                    let work = |item: Item| {
                        done.lock()
                            .expect("nobody panics with it")
                            .push(item.number);
                        Ok::<_, ()>(())
                    };
                    let counted = $try_for_each(ledger.items(4), count(2), capacity, work);
                    assert_eq!(counted.ok(), Some(4));
                    let done = done.into_inner().expect("nobody panics with it");
                    assert_eq!(sorted(done), [0, 1, 2, 3]);
                    ledger.assert_empty();
                });
            }

            #[test]
            fn the_first_error_is_that_of_a_loop() {
                explore_each([0, 1], |capacity| {
                    let ledger = Ledger::default();
                    let (taken, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
                    let items = ledger.items(5).inspect(|_| _ = taken.fetch_add(1, Relaxed));
                    let work = |item: Item| {
                        // Somebody else may fail, or be done, meanwhile.
                        thread::yield_now();
                        match item.number {
                            0 | 3 => {
                                done.fetch_add(1, Relaxed);
                                Ok(())
                            }
                            number => Err(number),
                        }
                    };
                    let result = $try_for_each(items, count(2), capacity, work);
                    let stopped = result.expect_err("items fail");
                    assert_eq!((stopped.item, stopped.error), (1, 1));
                    assert_eq!(stopped.done, done.into_inner());
                    assert!(stopped.done >= 1 && stopped.others.len() <= 1);
                    for (number, error) in &stopped.others {
                        assert!(*number > 1 && *number as u64 == *error);
                    }
                    let failed = 1 + stopped.others.len();
                    let accounted = stopped.done + failed + stopped.abandoned;
                    assert_eq!(accounted, taken.into_inner());
                    ledger.assert_empty();
                });
            }

            /// Item 3 fails, and item 5 once item 6 has been abandoned for that. If item 4 is not
            /// begun by then, it must not be begun any more. The items before keep the workers busy
            /// until all are queued.
            #[test]
            fn what_is_known_to_be_pointless_is_not_begun() {
                explore(|| {
                    let (known, late) = (&AtomicBool::new(false), AtomicBool::new(false));
                    let (queued_tx, queued_rx) = crossbeam_channel::bounded::<()>(0);
                    let (begun_tx, begun_rx) = crossbeam_channel::bounded(1);
                    let (last_tx, last_rx) = crossbeam_channel::bounded::<()>(0);
                    let items = (0..7).map(move |number| Job {
                        number,
                        begun: false,
                        known,
                        _last_tx: (number == 6).then(|| last_tx.clone()),
                    });
                    // Gone with the iterator, which the caller drops when all are queued.
                    let items = items.inspect(move |_| _ = &queued_tx);
                    let work = |mut job: Job<'_>| {
                        job.begun = true;
                        if job.number > 3 && known.load(Relaxed) {
                            late.store(true, Relaxed);
                        }
                        match job.number {
                            0..3 => assert!(queued_rx.recv().is_err(), "all are queued some time"),
                            3 => {
                                begun_rx.recv().expect("another worker begins item 5");
                                return Err(());
                            }
                            5 => {
                                begun_tx.send(()).expect("item 3 waits for it");
                                assert!(last_rx.recv().is_err(), "item 6 is gone some time");
                                return Err(());
                            }
                            _ => {}
                        }
                        Ok(())
                    };
                    let stopped = $try_for_each(items, count(3), 7, work).expect_err("one fails");
                    assert_eq!(stopped.item, 3);
                    assert!(!late.into_inner());
                });
            }

            #[test]
            fn a_panic_reaches_the_caller_also_when_no_worker_is_left() {
                explore_each([(1, 0), (1, 1), (2, 0), (2, 1)], |(workers, capacity)| {
                    let ledger = Ledger::default();
                    let done = AtomicUsize::new(0);
                    let work = |item: Item| {
                        if item.number == 1 {
                            fail();
                        }
                        done.fetch_add(1, Relaxed);
                        Ok::<_, ()>(())
                    };
                    // Others, too, get their turn.
                    let items = ledger.items(u64::MAX).inspect(|_| thread::yield_now());
                    assert!(fails(|| $try_for_each(
                        items,
                        count(workers),
                        capacity,
                        work
                    )));
                    assert!(done.into_inner() >= 1);
                    ledger.assert_empty();
                });
            }

            #[test]
            fn a_panic_that_is_caught_is_an_error() {
                explore(|| {
                    let ledger = Ledger::default();
                    let work = |item: Item| {
                        flatten(catch_unwind(AssertUnwindSafe(|| match item.number {
                            1 => fail(),
                            number => (number != 2).then_some(()).ok_or(number),
                        })))
                    };
                    let result = $try_for_each(ledger.items(4), count(2), 1, work);
                    let stopped = result.expect_err("items fail");
                    assert_eq!(stopped.item, 1);
                    assert!(matches!(stopped.error, Failure::Panicked { .. }));
                    ledger.assert_empty();
                });
            }

            #[test]
            fn a_panic_in_the_input_reaches_the_caller() {
                explore_each([0, 1], |capacity| {
                    let ledger = Ledger::default();
                    let done = AtomicUsize::new(0);
                    let items = ledger.items(4).inspect(|item| {
                        if item.number == 2 {
                            fail();
                        }
                    });
                    let work = |_| {
                        done.fetch_add(1, Relaxed);
                        Ok::<_, ()>(())
                    };
                    assert!(fails(|| $try_for_each(items, count(2), capacity, work)));
                    assert!(done.into_inner() <= 2);
                    ledger.assert_empty();
                });
            }

            #[test]
            fn the_input_is_never_far_ahead_of_the_work() {
                explore_each([0, 1], |capacity| {
                    let lead = Lead::default();
                    let items = Ledger::default().items(6).inspect(|_| lead.step());
                    let work = |_| {
                        lead.ask();
                        Ok::<_, ()>(())
                    };
                    let counted = $try_for_each(items, count(1), capacity, work);
                    assert_eq!(counted.ok(), Some(6));
                    assert!(lead.most() <= capacity + 2, "{}", lead.most());
                });
            }
        }
    };
}

first_errors!(first_error_of_std, first_error_std::try_for_each);
first_errors!(
    first_error_of_crossbeam,
    first_error_crossbeam::try_for_each
);

/// Says when it is abandoned, which is dropped without having been begun: then a failure is known.
struct Job<'a> {
    number: u64,
    begun: bool,
    known: &'a AtomicBool,
    /// Tells others that the last one is gone.
    _last_tx: Option<crossbeam_channel::Sender<()>>,
}

impl Drop for Job<'_> {
    fn drop(&mut self) {
        if !self.begun {
            self.known.store(true, Relaxed);
        }
    }
}

/// What both variants promise, under every schedule.
macro_rules! send_failures {
    ($variant:ident, $failure:path, $channel:path) => {
        mod $variant {
            use super::*;
            use $failure as SendFailure;

            #[test]
            fn a_receiver_that_goes_ends_a_producer_by_a_question_mark() {
                explore_each([0, 1], |capacity| {
                    let ledger = Ledger::default();
                    let (item_tx, item_rx) = $channel(capacity);
                    let mut items = ledger.items(u64::MAX);
                    let producer = thread::spawn(move || -> Result<(), SendFailure> {
                        Ok(items.try_for_each(|item| item_tx.send(item))?)
                    });
                    assert_eq!(numbers(item_rx.into_iter().take(2)), [0, 1]);
                    let ended = producer.join().expect("it does not panic");
                    assert_eq!(ended, Err(SendFailure::Closed));
                    ledger.assert_empty();
                });
            }

            #[test]
            fn full_and_closed_are_told_apart() {
                explore(|| {
                    let ledger = Ledger::default();
                    let (item_tx, item_rx) = $channel(1);
                    let consumer = thread::spawn(move || numbers(item_rx.into_iter().take(2)));
                    let mut sent = Vec::new();
                    let end = loop {
                        let item = ledger.item(sent.len() as u64);
                        match item_tx.try_send(item).map_err(SendFailure::from) {
                            Ok(()) => sent.push(sent.len() as u64),
                            // Later there may be room.
                            Err(SendFailure::Full) => thread::yield_now(),
                            Err(closed) => break closed,
                        }
                    };
                    assert_eq!(end, SendFailure::Closed);
                    let received = consumer.join().expect("it does not panic");
                    assert_eq!(received, [0, 1]);
                    assert!((2..=3).contains(&sent.len()), "at most one was queued");
                    drop(item_tx);
                    ledger.assert_empty();
                });
            }
        }
    };
}

send_failures!(
    send_failure_of_std,
    send_failure_std::SendFailure,
    sync_channel
);
send_failures!(
    send_failure_of_crossbeam,
    send_failure_crossbeam::SendFailure,
    crossbeam_channel::bounded
);

#[test]
fn send_failure_tells_apart_a_time_limit_from_the_end() {
    use send_failure_crossbeam::SendFailure;
    explore(|| {
        let ledger = Ledger::default();
        let (item_tx, item_rx) = crossbeam_channel::bounded(0);
        let consumer = thread::spawn(move || numbers(item_rx.into_iter().take(1)));
        let before = Instant::now();
        let sent = [0, 1].map(|number| {
            let item = ledger.item(number);
            item_tx.send_timeout(item, LIMIT).map_err(SendFailure::from)
        });
        match sent {
            [Ok(()), Err(SendFailure::Closed)] => {}
            [Ok(()), Err(SendFailure::TimedOut)] | [Err(SendFailure::TimedOut), _] => {
                assert!(before.elapsed() >= LIMIT);
            }
            other => unreachable!("{other:?}"),
        }
        let accepted = sent.iter().filter(|sent| sent.is_ok()).count();
        drop(item_tx);
        let received = consumer.join().expect("it does not panic");
        assert_eq!(received.len(), accepted);
        ledger.assert_empty();
    });
}

#[test]
fn timed_send_what_is_accepted_arrives_in_order_and_the_rest_comes_back() {
    explore_each([1, 2], |capacity| {
        let ledger = Ledger::default();
        let (message_tx, message_rx) = timed_send::channel(count(capacity));
        let consumer = thread::spawn(move || {
            let received = std::iter::from_fn(|| message_rx.recv().ok());
            numbers(received)
        });
        let (mut accepted, mut back) = (Vec::new(), Vec::new());
        for item in ledger.items(4) {
            let (number, before) = (item.number, Instant::now());
            match message_tx.send_timeout(item, LIMIT) {
                Ok(()) => accepted.push(number),
                Err(SendTimeoutError::Timeout(item)) => {
                    assert!(before.elapsed() >= LIMIT);
                    back.push(item.number);
                }
                Err(SendTimeoutError::Disconnected(_)) => unreachable!("it is there"),
            }
        }
        drop(message_tx);
        assert_eq!(consumer.join().expect("it does not panic"), accepted);
        assert_eq!(sorted([accepted, back].concat()), [0, 1, 2, 3]);
        ledger.assert_empty();
    });
}

#[test]
fn timed_send_a_message_that_finds_no_room_comes_back() {
    explore_each([1, 2], |capacity| {
        let (message_tx, message_rx) = timed_send::channel(count(capacity));
        let (over_tx, over_rx) = crossbeam_channel::bounded(1);
        let consumer = thread::spawn(move || {
            // Until then it makes no room.
            over_rx.recv().expect("there is an end of the time");
            std::iter::from_fn(|| message_rx.recv().ok()).collect::<Vec<_>>()
        });
        for number in 0..capacity {
            assert_eq!(message_tx.send_timeout(number, LIMIT), Ok(()));
        }
        let one_more = message_tx.send_timeout(capacity, LIMIT);
        assert_eq!(one_more, Err(SendTimeoutError::Timeout(capacity)));
        over_tx.send(()).expect("the consumer waits for it");
        assert_eq!(message_tx.send_timeout(capacity, Duration::MAX), Ok(()));
        drop(message_tx);
        let received = consumer.join().expect("it does not panic");
        assert!(received.into_iter().eq(0..=capacity));
    });
}

#[test]
fn timed_send_without_a_limit_waits_until_there_is_room() {
    explore(|| {
        let lead = Lead::default();
        let (message_tx, message_rx) = timed_send::channel(count(1));
        thread::scope(|scope| {
            scope.spawn(|| {
                let message_tx = message_tx;
                for number in 0..4 {
                    assert_eq!(message_tx.send_timeout(number, Duration::MAX), Ok(()));
                    lead.step();
                }
            });
            let mut received = Vec::new();
            lead.follow(&mut std::iter::from_fn(|| {
                message_rx
                    .recv()
                    .ok()
                    .inspect(|number| received.push(*number))
            }));
            assert_eq!(received, [0, 1, 2, 3]);
        });
        assert!(lead.most() <= 1, "{}", lead.most());
    });
}

#[test]
fn timed_send_a_receiver_that_goes_ends_the_wait() {
    explore_each([1, 2], |capacity| {
        let ledger = Ledger::default();
        let (message_tx, message_rx) = timed_send::channel(count(capacity));
        let mut items = ledger.items(u64::MAX);
        let producer = thread::spawn(move || {
            let end = items.find_map(|item| message_tx.send_timeout(item, Duration::MAX).err());
            match end {
                Some(SendTimeoutError::Disconnected(item)) => item.number,
                _ => u64::MAX,
            }
        });
        assert_eq!(message_rx.recv().map(|item| item.number).ok(), Some(0));
        drop(message_rx);
        let back = producer.join().expect("it does not panic");
        assert!((1..=1 + capacity as u64).contains(&back), "{back}");
        ledger.assert_empty();
    });
}

#[test]
fn timed_send_without_time_does_not_wait() {
    explore(|| {
        let start = Instant::now();
        let (message_tx, message_rx) = timed_send::channel(count(1));
        let received = thread::scope(|scope| {
            let consumer = scope.spawn(|| {
                let message_rx = message_rx;
                std::iter::from_fn(|| message_rx.recv().ok()).count()
            });
            let sent = (0..4).filter(|n| message_tx.send_timeout(*n, Duration::ZERO).is_ok());
            let sent = sent.count();
            drop(message_tx);
            assert_eq!(consumer.join().expect("it does not panic"), sent);
            sent
        });
        assert!(received >= 1, "there was room for the first");
        assert_eq!(start.elapsed(), Duration::ZERO);
    });
}
