//! What people stumble on: the wrong shape, shown wrong, beside the right one.
#![cfg(unix)]

use std::io::Read;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::support::{RETURNED, in_a_child};
use super::ticker::Clock;
use crossbeam_channel::{
    Receiver, RecvTimeoutError, Sender, TryRecvError, after, at, bounded, select, select_biased,
    tick,
};
use select_shutdown::select::{Event, receive_either};
use select_shutdown::{shutdown, signals, std_only, ticker};
use signal_hook::consts::{SIGINT, SIGPIPE};
use signal_hook::flag;
use signal_hook::iterator::Signals;
use signal_hook::low_level::raise;
use testkit::{Ledger, within};

const MS: Duration = Duration::from_millis(1);

/// A stop that has been given.
fn stopped() -> Receiver<()> {
    bounded(0).1
}

/// A channel that is full of work.
fn work() -> (Sender<u32>, Receiver<u32>) {
    let (work_tx, work_rx) = bounded(1);
    work_tx.send(0).expect("there is room");
    (work_tx, work_rx)
}

/// A `select!` loop takes a whole processor.
mod a_source_that_has_ended_is_always_ready {
    use super::*;

    #[test]
    fn wrong() {
        let ((_, work_rx), (_stop_tx, stop_rx)) = (bounded::<()>(0), bounded::<()>(0));
        let mut turns_for_nothing = 0;
        while turns_for_nothing < 100_000 {
            select! {
                recv(work_rx) -> item => if item.is_err() { turns_for_nothing += 1 },
                recv(stop_rx) -> _ => unreachable!("it is not given"),
            }
        }
    }

    #[test]
    fn right() {
        within(|| {
            let ((_, work_rx), (stop_tx, stop_rx)) = (bounded::<()>(0), bounded::<()>(0));
            // The end comes once, and then nothing until the other has something.
            let mut events = receive_either(work_rx, stop_rx);
            assert_eq!(events.next(), Some(Event::LeftEnded));
            thread::scope(|scope| {
                scope.spawn(|| drop(stop_tx));
                assert_eq!(events.next(), Some(Event::RightEnded));
            });
        });
    }
}

/// The stop comes late.
mod a_choice_at_random_is_late_for_the_stop {
    use super::*;

    #[test]
    fn wrong() {
        let late = (0..100).filter(|_| {
            let ((_work_tx, work_rx), stop_rx) = (work(), stopped());
            select! {
                recv(work_rx) -> _ => true,
                recv(stop_rx) -> _ => false,
            }
        });
        // All or none would be by a chance of 1 in 2 to the 99.
        assert!((1..100).contains(&late.count()));
    }

    #[test]
    fn right() {
        let late = (0..100).filter(|_| {
            let ((_work_tx, work_rx), stop_rx) = (work(), stopped());
            select_biased! {
                recv(stop_rx) -> _ => false,
                recv(work_rx) -> _ => true,
            }
        });
        assert_eq!(late.count(), 0);
    }
}

/// The stop, or a tick, never comes.
mod a_bias_for_the_work_starves_what_is_behind_it {
    use super::*;

    #[test]
    fn wrong() {
        let ((work_tx, work_rx), stop_rx) = (work(), stopped());
        for _ in 0..100_000 {
            select_biased! {
                recv(work_rx) -> item => work_tx.send(item.unwrap() + 1).unwrap(),
                recv(stop_rx) -> _ => unreachable!("there is always work"),
            }
        }
    }

    #[test]
    fn right() {
        // A tick that is due comes before the next item.
        let ((work_tx, work_rx), clock) = (work(), Clock::new(MS));
        let events = ticker::events(work_rx, 5 * MS, Duration::MAX, clock.now());
        let ticks = events.take(100).filter(|event| match event {
            ticker::Event::Item(n) => work_tx.send(n + 1).is_err(),
            _ => true,
        });
        assert!(ticks.count() > 10);
    }
}

/// A "graceful" stop loses what is queued, although its `send` was `Ok`.
mod to_leave_the_loop_is_to_abandon_what_is_queued {
    use super::*;

    #[test]
    fn wrong() {
        let ledger = Ledger::default();
        let (work_tx, work_rx) = bounded(2);
        let sent = ledger.items().take(2).map(|item| work_tx.send(item));
        assert!({ sent }.all(|sent| sent.is_ok()));
        let (stop_tx, stop_rx) = bounded(1);
        loop {
            select_biased! {
                recv(stop_rx) -> _ => break,
                recv(work_rx) -> _item => stop_tx.send(()).unwrap(),
            }
        }
        drop(work_rx);
        // A bounded channel even keeps it, as long as there is a sender.
        assert_eq!(ledger.alive(), 1);
        drop(work_tx);
        ledger.assert_all_dropped();
    }

    #[test]
    fn right() {
        let (intake, worker) = shutdown::Worker::new(1);
        intake.send(0).unwrap();
        assert_eq!(worker.run(&stopped(), Duration::MAX, drop).completed, 1);
    }
}

/// Now and then one message is lost.
mod an_empty_queue_does_not_mean_that_nothing_comes {
    use super::*;

    #[test]
    fn wrong() {
        let (work_tx, work_rx) = bounded(1);
        let stop = AtomicBool::new(false);
        // One order in which a producer that looks at a flag and a worker that drains may go on:
        assert!(!stop.load(SeqCst)); // the producer looks
        stop.store(true, SeqCst); // the stop
        assert_eq!(work_rx.try_recv(), Err(TryRecvError::Empty)); // the worker has drained
        assert_eq!(work_tx.send(1), Ok(())); // the producer goes on
        drop(work_rx); // the worker ends
    }

    #[test]
    fn right() {
        let (intake, worker) = shutdown::Worker::new(1);
        assert_eq!(worker.run(&stopped(), Duration::MAX, drop).completed, 0);
        assert_eq!(intake.send(1).unwrap_err().into_inner(), 1);
    }
}

/// Messages behind a `Stop` message are lost.
mod a_stop_message_leaves_open_what_is_behind_it {
    use super::*;

    #[test]
    fn wrong() {
        enum Message {
            Item(u32),
            Stop,
        }

        let (message_tx, message_rx) = mpsc::sync_channel(3);
        for message in [Message::Item(1), Message::Stop, Message::Item(2)] {
            message_tx.send(message).unwrap();
        }
        let items = message_rx.iter().map_while(|message| match message {
            Message::Item(item) => Some(item),
            Message::Stop => None,
        });
        assert!(items.eq([1]));
    }

    #[test]
    fn right() {
        let (intake, worker) = std_only::Worker::new(3);
        intake.send(1).unwrap();
        intake.close(); // The stop is the end of the channel.
        assert_eq!(intake.send(2).unwrap_err().into_inner(), 2);
        assert_eq!(worker.run(drop).completed, 1);
    }
}

/// A limit of 5 ms never ends the loop.
mod an_idle_limit_is_no_deadline {
    use super::*;

    #[test]
    fn wrong() {
        let start = Instant::now();
        while start.elapsed() < 20 * MS {
            let (_work_tx, work_rx) = work();
            // Each item starts the limit anew. So does a timer that is made in the loop.
            assert_eq!(work_rx.recv_timeout(5 * MS), Ok(0));
        }
    }

    #[test]
    fn right() {
        let deadline_rx = at(Instant::now() + 5 * MS); // Before the loop, and first in it.
        loop {
            let (_work_tx, work_rx) = work();
            select_biased! {
                recv(deadline_rx) -> _ => break,
                recv(work_rx) -> item => assert_eq!(item, Ok(0)),
            }
        }
    }
}

/// Ticks fall behind.
mod a_tick_that_is_taken_late_moves_all_that_follow {
    use super::*;

    #[test]
    fn wrong() {
        let tick_rx = tick(4 * MS);
        after(12 * MS).recv().unwrap();
        // The next is due a period after this one was taken, and not when it should be.
        let (first, second) = (tick_rx.recv().unwrap(), tick_rx.recv().unwrap());
        assert!(second - first > 8 * MS);
    }

    #[test]
    fn right() {
        let clock = Clock::new(Duration::ZERO);
        let start = clock.time();
        let (_item_tx, item_rx) = bounded::<u32>(1);
        let mut events = ticker::events(item_rx, 4 * MS, Duration::MAX, clock.now());
        clock.advance(6 * MS);
        assert_eq!(events.next(), Some(ticker::Event::Tick(start + 4 * MS)));
        clock.advance(2 * MS);
        assert_eq!(events.next(), Some(ticker::Event::Tick(start + 8 * MS)));
    }
}

/// Ctrl-C does not end it.
mod a_thread_that_is_blocked_in_a_read_hears_no_stop {
    use super::*;

    #[test]
    fn wrong() {
        within(|| {
            let (terminal, mut input) = UnixStream::pair().unwrap();
            let stop = AtomicBool::new(false);
            let (ended_tx, ended_rx) = bounded(1);
            thread::scope(|scope| {
                scope.spawn(|| {
                    while input.read(&mut [0]).unwrap() == 1 && !stop.load(SeqCst) {}
                    ended_tx.send(()).unwrap();
                });
                stop.store(true, SeqCst);
                // To join it would be to wait for input that never comes.
                assert_eq!(
                    ended_rx.recv_timeout(20 * MS),
                    Err(RecvTimeoutError::Timeout)
                );
                drop(terminal);
            });
        });
    }

    #[test]
    fn right() {
        within(|| {
            let (terminal, mut input) = UnixStream::pair().unwrap();
            let ((byte_tx, byte_rx), stop_rx) = (bounded(0), stopped());
            thread::scope(|scope| {
                let mut byte = [0];
                scope.spawn(move || {
                    while input.read(&mut byte).unwrap() == 1 && byte_tx.send(byte).is_ok() {}
                });
                // Whoever decides waits for the stop and the input, and not for the thread.
                select_biased! {
                    recv(stop_rx) -> _ => {}
                    recv(byte_rx) -> _ => unreachable!("nothing was written"),
                }
                drop(terminal); // What ends the thread: the end of the input, or of the process.
            });
        });
    }
}

/// A program in a pipe dies while it shuts down.
mod a_write_to_its_own_signal_socket_raises_sigpipe {
    use super::*;

    /// As where SIGPIPE has its default action.
    fn die_of_sigpipe() {
        let fatal = Arc::new(AtomicBool::new(true));
        flag::register_conditional_shutdown(SIGPIPE, 1, fatal).expect("a signal");
    }

    #[test]
    fn wrong() {
        let code = in_a_child(|| {
            die_of_sigpipe();
            let mut signals = Signals::new([SIGINT]).unwrap();
            let handle = signals.handle();
            raise(SIGINT).unwrap();
            // The reading end goes with the thread.
            thread::spawn(move || signals.forever().next())
                .join()
                .unwrap();
            handle.close(); // This writes.
        });
        assert_eq!(code, 1);
    }

    #[test]
    fn right() {
        let code = in_a_child(|| {
            die_of_sigpipe();
            let listener = signals::listen(&[SIGINT], Duration::ZERO).unwrap();
            raise(SIGINT).unwrap();
            while listener.receiver().recv().is_ok() {} // The thread is done.
            drop(listener);
        });
        assert_eq!(code, RETURNED);
    }
}

/// Ctrl-C under a wrapper skips the drain.
mod two_signals_at_once_are_one_wish {
    use super::*;

    /// As `timeout -s INT` does: to the process, and to its group.
    fn raise_twice() {
        (0..2).for_each(|_| raise(SIGINT).expect("a signal"));
    }

    #[test]
    fn wrong() {
        let code = in_a_child(|| {
            let second = Arc::new(AtomicBool::new(false));
            flag::register_conditional_shutdown(SIGINT, 130, Arc::clone(&second)).unwrap();
            flag::register(SIGINT, second).unwrap();
            raise_twice();
        });
        assert_eq!(code, 130);
    }

    #[test]
    fn right() {
        let code = in_a_child(|| {
            let listener = signals::listen(&[SIGINT], 200 * MS).unwrap();
            raise_twice();
            assert_eq!(listener.receiver().recv(), Ok(SIGINT));
        });
        assert_eq!(code, RETURNED);
    }
}
