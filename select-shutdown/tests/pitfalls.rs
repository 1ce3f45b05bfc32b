//! What people stumble on: the wrong shape, shown wrong, beside the right one.

use std::io::Read;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::support::Clock;
use crossbeam_channel::{
    Receiver, RecvError, RecvTimeoutError, TryRecvError, after, at, bounded, select, select_biased,
    tick, unbounded,
};
use select_shutdown::select::{Event, receive_either};
use select_shutdown::shutdown::{self, Rejected};
use select_shutdown::std_only::{self, Rest};
use select_shutdown::ticker;
use testkit::{Ledger, within};

/// A wait that cannot succeed, however long it is: each place says why.
const IN_VAIN: Duration = Duration::from_millis(20);

/// A stop that has been given.
fn stopped() -> Receiver<()> {
    bounded(0).1
}

#[test]
fn a_source_that_has_ended_is_always_ready() {
    within(|| {
        let (work_tx, work_rx) = bounded::<u32>(1);
        let (stop_tx, stop_rx) = bounded::<()>(0);
        drop(work_tx);

        // Wrong: an arm that passes over the error. Each turn is one of these, as fast as they go.
        let mut turns_for_nothing = 0;
        for _ in 0..100_000 {
            select! {
                recv(work_rx) -> item => if item.is_err() { turns_for_nothing += 1 },
                recv(stop_rx) -> _ => break,
            }
        }
        assert_eq!(turns_for_nothing, 100_000);

        // Right: its end comes once, and then there is nothing until the other has something.
        let mut events = receive_either(work_rx, stop_rx);
        assert_eq!(events.next(), Some(Event::LeftEnded));
        thread::scope(|scope| {
            scope.spawn(|| drop(stop_tx));
            assert_eq!(events.next(), Some(Event::RightEnded));
        });
        assert_eq!(events.next(), None);
    });
}

#[test]
fn a_choice_at_random_is_late_for_the_stop() {
    within(|| {
        let mut late = 0;
        for _ in 0..100 {
            let (work_tx, work_rx) = bounded(1);
            work_tx.send(1).unwrap();
            let stop_rx = stopped();
            // Wrong: both are ready, and either may be taken.
            select! {
                recv(work_rx) -> _ => late += 1,
                recv(stop_rx) -> _ => {}
            }
        }
        // All of a hundred would be one and the same with a chance of 1 in 2 to the 99.
        assert!((1..100).contains(&late), "late {late} times of 100");

        // Right: biased, the stop first.
        for _ in 0..100 {
            let (intake, worker) = shutdown::open(1);
            intake.send(1).unwrap();
            let ended = worker.run(&stopped(), Duration::ZERO, Instant::now, drop);
            assert_eq!(ended.unwrap().completed, 0);
        }
    });
}

#[test]
fn a_bias_for_the_work_starves_what_is_behind_it() {
    within(|| {
        let (work_tx, work_rx) = bounded(1);
        let stop_rx = stopped();
        work_tx.send(0).unwrap();
        // Wrong: the work first. As long as there is some, the stop is not even looked at.
        for _ in 0..100_000 {
            select_biased! {
                recv(work_rx) -> item => work_tx.send(item.unwrap() + 1).unwrap(),
                recv(stop_rx) -> _ => unreachable!("there is always work"),
            }
        }
        assert_eq!(work_rx.recv(), Ok(100_000));

        // Right: the stop first; and a tick before the next item.
        let (intake, worker) = shutdown::open(1);
        intake.send(0).unwrap();
        let ended = worker.run(&stopped(), Duration::ZERO, Instant::now, drop);
        assert_eq!(ended.unwrap().completed, 0);
        let clock = Clock::new(Duration::from_millis(1));
        let period = Duration::from_millis(10);
        let mut ticks = 0;
        work_tx.send(0).unwrap();
        for event in ticker::events(work_rx, period, Duration::MAX, clock.now()).take(1_000) {
            match event {
                ticker::Event::Item(n) => work_tx.send(n + 1).unwrap(),
                _ => ticks += 1,
            }
        }
        assert!(ticks > 50, "{ticks}");
    });
}

#[test]
fn to_leave_the_loop_is_to_abandon_what_is_queued() {
    within(|| {
        let (work_tx, work_rx) = bounded(1_000);
        (0..1_000).try_for_each(|n| work_tx.send(n)).unwrap();
        let stop_rx = stopped();
        let mut completed = 0;
        // Wrong, though the stop comes first: what was queued is not worked on, and nobody knows.
        loop {
            select_biased! {
                recv(stop_rx) -> _ => break,
                recv(work_rx) -> _ => completed += 1,
            }
        }
        drop(work_rx);
        assert_eq!(completed, 0);

        // Right: accept no more, then drain.
        let (intake, worker) = shutdown::open(1_000);
        (0..1_000).try_for_each(|n| intake.send(n)).unwrap();
        let ended = worker.run(&stopped(), Duration::MAX, Instant::now, drop);
        assert_eq!(ended.unwrap().completed, 1_000);
    });
}

#[test]
fn a_message_that_was_sent_goes_with_the_last_receiver() {
    within(|| {
        // Wrong: the send succeeds, and then nobody receives. It is dropped without a word.
        let ledger = Ledger::default();
        let ten = || ledger.items().take(10);
        let (work_tx, work_rx) = unbounded();
        ten().try_for_each(|item| work_tx.send(item)).unwrap();
        drop(work_rx);
        ledger.assert_all_dropped();
        // Or, in a bounded channel, kept for as long as there is a sender.
        let (work_tx, work_rx) = bounded(10);
        ten().try_for_each(|item| work_tx.send(item)).unwrap();
        drop(work_rx);
        assert_eq!(ledger.alive(), 10);
        drop(work_tx);
        ledger.assert_all_dropped();

        // Right: what is not worked on is counted, and it is gone then and there.
        let (intake, worker) = shutdown::open(10);
        ten().try_for_each(|item| intake.send(item)).unwrap();
        let ended = worker.run(&stopped(), Duration::ZERO, Instant::now, drop);
        assert_eq!(ended.unwrap().abandoned, 10);
        ledger.assert_all_dropped();
    });
}

#[test]
fn an_empty_queue_does_not_mean_that_nothing_comes() {
    within(|| {
        let (work_tx, work_rx) = bounded(1);
        let stopped_flag = AtomicBool::new(false);
        // Wrong: the producer looks at a flag, then sends; the worker drains until it is empty. One
        // order in which the two can happen:
        assert!(!stopped_flag.load(SeqCst)); // the producer looks
        stopped_flag.store(true, SeqCst); // the stop
        assert_eq!(work_rx.try_recv(), Err(TryRecvError::Empty)); // the worker has drained
        assert_eq!(work_tx.send(1), Ok(())); // the producer goes on
        drop(work_rx); // the worker ends: the message is lost

        // Right: a producer that goes on after the stop gets its item back.
        let (intake, worker) = shutdown::open(1);
        let ended = worker.run(&stopped(), Duration::MAX, Instant::now, drop);
        assert_eq!(ended.unwrap().abandoned, 0);
        assert_eq!(intake.send(1), Err(Rejected(1)));
    });
}

#[test]
fn a_stop_variant_leaves_open_what_is_behind_it() {
    enum Message {
        Item(u32),
        Stop,
    }
    within(|| {
        // Wrong: whoever still sends is told that all is well.
        let (message_tx, message_rx) = mpsc::sync_channel(3);
        message_tx.send(Message::Item(1)).unwrap();
        message_tx.send(Message::Stop).unwrap();
        assert!(message_tx.send(Message::Item(2)).is_ok());
        let items = message_rx.iter().map_while(|message| match message {
            Message::Item(item) => Some(item),
            Message::Stop => None,
        });
        assert!(items.eq([1]));

        // Right: the stop is the end of the channel.
        let (intake, worker) = std_only::open(3);
        intake.send(1).unwrap();
        intake.stop(Rest::Drain);
        assert_eq!(intake.send(2), Err(std_only::Rejected(2)));
        assert_eq!(worker.run(drop).completed, 1);
    });
}

#[test]
fn an_idle_limit_is_no_deadline() {
    within(|| {
        let limit = Duration::from_millis(5);
        let (work_tx, work_rx) = bounded(1);
        // Wrong: each item starts the limit anew.
        let start = Instant::now();
        while start.elapsed() < 4 * limit {
            work_tx.send(1).unwrap();
            assert_eq!(work_rx.recv_timeout(limit), Ok(1));
        }

        // Wrong in the same way: a timer that is made in the loop is due in as long again. (Seconds
        // here, so that a thread that is held up does not see it.)
        let start = Instant::now();
        while start.elapsed() < 4 * limit {
            work_tx.send(1).unwrap();
            select_biased! {
                recv(after(1_000 * limit)) -> _ => unreachable!("it is seconds away"),
                recv(work_rx) -> item => assert_eq!(item, Ok(1)),
            }
        }

        // Right: one deadline, made before the loop, and first in it.
        let deadline_rx = at(Instant::now() + limit);
        loop {
            work_tx.send(1).unwrap();
            select_biased! {
                recv(deadline_rx) -> _ => break,
                recv(work_rx) -> item => assert_eq!(item, Ok(1)),
            }
        }
        // The same by a clock that shows how late it is.
        let clock = Clock::new(Duration::ZERO);
        let period = limit;
        let mut events = ticker::events(work_rx, period, limit, clock.now());
        assert_eq!(events.next(), Some(ticker::Event::Item(1)));
        clock.advance(limit);
        work_tx.send(1).unwrap();
        assert!(matches!(events.next(), Some(ticker::Event::Tick(_))));
    });
}

#[test]
fn a_tick_that_is_taken_late_moves_all_that_follow() {
    within(|| {
        let period = Duration::from_millis(4);
        // Wrong, where the schedule matters: the next is due a period after this one was taken.
        let tick_rx = tick(period);
        let wait = after(3 * period).recv();
        wait.unwrap();
        let (first, second) = (tick_rx.recv().unwrap(), tick_rx.recv().unwrap());
        assert!(second - first > 2 * period);

        // Right: they stay where they were planned.
        let clock = Clock::new(Duration::ZERO);
        let start = clock.time();
        let (_item_tx, item_rx) = bounded::<u32>(1);
        let mut events = ticker::events(item_rx, period, Duration::MAX, clock.now());
        clock.advance(period + period / 2);
        assert_eq!(events.next(), Some(ticker::Event::Tick(start + period)));
        clock.advance(period / 2);
        assert_eq!(events.next(), Some(ticker::Event::Tick(start + 2 * period)));
    });
}

#[test]
fn a_thread_that_is_blocked_in_a_read_hears_no_stop() {
    within(|| {
        let (terminal, mut input) = UnixStream::pair().unwrap();
        let stopped_flag = AtomicBool::new(false);
        let (byte_tx, byte_rx) = bounded(1);
        let (ended_tx, ended_rx) = bounded::<()>(0);
        thread::scope(|scope| {
            let told = &stopped_flag;
            scope.spawn(move || {
                let _ended_tx = ended_tx;
                let mut byte = [0];
                while input.read(&mut byte).unwrap() == 1 && !told.load(SeqCst) {
                    byte_tx.send(byte[0]).unwrap();
                }
            });
            // Wrong: to set a flag and join. The thread waits for input that never comes.
            stopped_flag.store(true, SeqCst);
            assert_eq!(
                ended_rx.recv_timeout(IN_VAIN),
                Err(RecvTimeoutError::Timeout)
            );

            // Right: whoever decides waits for the stop and the input, and not for the thread.
            let stop_rx = stopped();
            select_biased! {
                recv(stop_rx) -> _ => {}
                recv(byte_rx) -> _ => unreachable!("nothing was written"),
            }
            // What ends the thread: the end of the input, or of the process.
            drop(terminal);
            assert_eq!(ended_rx.recv(), Err(RecvError));
        });
    });
}
