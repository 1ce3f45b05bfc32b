//! What people stumble on: the wrong shape, shown wrong, beside the right one.

use std::pin::pin;
use std::sync::Arc;
use std::sync::mpsc as std_mpsc;
use std::sync::mpsc::RecvTimeoutError;
use std::thread;
use std::time::Duration;

use super::support::{multi_thread, on_each_flavour, on_paused_time, paused, poll};
use async_tokio::broadcast::Event::{Message, Missed};
use async_tokio::{bridge, broadcast as feed, cpu, select as queues, watch as state};
use rayon::ThreadPoolBuilder;
use testkit::{count, panic_of, within};
use tokio::sync::oneshot::error::TryRecvError;
use tokio::sync::{Semaphore, broadcast, mpsc, oneshot, watch};
use tokio::task::{JoinSet, spawn_blocking, yield_now};
use tokio::time::{MissedTickBehavior, advance, interval};

/// A wait that cannot succeed, however long it is: each place says why.
const IN_VAIN: Duration = Duration::from_millis(20);

#[test]
fn data_first_in_a_biased_select_starves_what_is_behind_it() {
    on_paused_time(|| async {
        let (data_tx, mut data_rx) = mpsc::channel(100);
        let (control_tx, mut control_rx) = mpsc::channel(1);
        control_tx.send("stop").await.unwrap();
        for n in 0..100 {
            data_tx.send(n).await.unwrap();
        }
        // Wrong: as long as there is data, nobody looks at the other queue.
        let mut before_stop = 0;
        loop {
            tokio::select! {
                biased;
                Some(_) = data_rx.recv() => before_stop += 1,
                Some(_) = control_rx.recv() => break,
            }
        }
        assert_eq!(before_stop, 100);

        // Right: only control is first. Among equals, the choice is left to chance, as in `merge`.
        control_tx.send("stop").await.unwrap();
        for n in 0..100 {
            data_tx.send(n).await.unwrap();
        }
        tokio::select! {
            biased;
            Some(said) = control_rx.recv() => assert_eq!(said, "stop"),
            Some(_) = data_rx.recv() => panic!("control comes first"),
        }
    });
}

#[test]
fn readers_of_one_queue_share_the_messages() {
    on_paused_time(|| async {
        // Wrong, as a broadcast: two tasks receive from one queue, and each message reaches one.
        let (message_tx, message_rx) = mpsc::channel(8);
        let shared_rx = Arc::new(tokio::sync::Mutex::new(message_rx));
        let mut readers = JoinSet::new();
        for _ in 0..2 {
            let shared_rx = Arc::clone(&shared_rx);
            readers.spawn(async move {
                let mut received = 0;
                while shared_rx.lock().await.recv().await.is_some() {
                    received += 1;
                }
                received
            });
        }
        for n in 0..50 {
            message_tx.send(n).await.unwrap();
        }
        drop(message_tx);
        assert_eq!(readers.join_all().await.iter().sum::<u32>(), 50);

        // Right: each subscriber has its own place in the ring.
        let (message_tx, mut one_rx) = broadcast::channel(64);
        let mut other_rx = message_tx.subscribe();
        for n in 0..50 {
            feed::publish(&message_tx, n);
        }
        for n in 0..50 {
            assert_eq!(feed::next(&mut one_rx).await, Some(Message(n)));
            assert_eq!(feed::next(&mut other_rx).await, Some(Message(n)));
        }
    });
}

#[test]
fn a_loop_over_ok_ends_at_the_first_lag() {
    on_paused_time(|| async {
        // A ring of 3 holds 4: the next power of two.
        let (message_tx, mut message_rx) = broadcast::channel(3);
        let right_rx = message_tx.subscribe();
        for n in 0..5 {
            message_tx.send(n).unwrap();
        }
        // Wrong: a reader that was slow once reads no more, and the channel is alive.
        let mut received = Vec::new();
        while let Ok(message) = message_rx.recv().await {
            received.push(message);
        }
        assert_eq!(received, []);
        assert_eq!(message_rx.len(), 4);

        // Right: what was missed is an event, and only the end is the end.
        drop(message_tx);
        let (mut right_rx, mut events) = (right_rx, Vec::new());
        while let Some(event) = feed::next(&mut right_rx).await {
            events.push(event);
        }
        assert_eq!(
            events,
            [Missed(1), Message(1), Message(2), Message(3), Message(4)]
        );
    });
}

#[test]
fn a_borrow_that_is_held_blocks_the_publisher() {
    within(|| {
        let (value_tx, value_rx) = watch::channel(0);
        let (done_tx, done_rx) = std_mpsc::channel();
        thread::scope(|scope| {
            // Wrong: the borrow is a read lock, for which the publisher blocks its whole thread.
            // Held across an `await`, it is held for as long as that takes.
            let borrowed = value_rx.borrow();
            let publisher = scope.spawn(|| {
                state::publish(&value_tx, 1);
                done_tx.send(()).unwrap();
            });
            assert_eq!(
                done_rx.recv_timeout(IN_VAIN),
                Err(RecvTimeoutError::Timeout)
            );
            assert_eq!(*borrowed, 0);
            drop(borrowed);
            publisher.join().unwrap();
        });

        // Right: cloned, and let go at once.
        let mut value_rx = value_rx;
        let value = paused().block_on(state::next(&mut value_rx));
        assert!(state::publish(&value_tx, 2));
        assert_eq!(value, Some(1));
    });
}

#[test]
fn a_watch_shows_the_latest_value_only() {
    on_paused_time(|| async {
        // Wrong, as a queue: of three values, two are never seen.
        let (value_tx, mut value_rx) = watch::channel(0);
        for n in 1..=3 {
            state::publish(&value_tx, n);
        }
        assert_eq!(state::next(&mut value_rx).await, Some(3));
        assert!(poll(pin!(state::next(&mut value_rx))).is_pending());

        // Wrong: without a receiver, `send` fails and the value is not kept.
        drop(value_rx);
        value_tx.send(4).unwrap_err();
        assert_eq!(*value_tx.borrow(), 3);

        // Right: a state is published whether somebody looks or not.
        state::publish(&value_tx, 4);
        assert_eq!(state::next(&mut state::follow(&value_tx)).await, Some(4));
    });
}

#[test]
fn a_send_that_is_cancelled_loses_its_message() {
    on_paused_time(|| async {
        let (input_tx, mut input_rx) = mpsc::channel(4);
        let (_never_tx, mut never_rx) = mpsc::channel(1);
        let (output_tx, mut output_rx) = mpsc::channel(1);
        for n in 0..3 {
            input_tx.send(n).await.unwrap();
        }
        drop(input_tx);
        output_tx.send(99).await.unwrap();
        // Wrong: the message is taken, and then something else wins while its send waits for room.
        let taken = input_rx.recv().await.unwrap();
        tokio::select! {
            biased;
            sent = output_tx.send(taken) => panic!("there was no room, and yet {sent:?}"),
            () = yield_now() => {}
        }
        assert_eq!(output_rx.recv().await, Some(99));
        output_rx.try_recv().unwrap_err();
        // Number 0 is nowhere any more.

        // Right: a place first. Nothing is in hand while this waits, whatever wins.
        output_tx.send(99).await.unwrap();
        tokio::select! {
            biased;
            merged = queues::merge(&mut input_rx, &mut never_rx, &output_tx) => panic!("{merged:?}"),
            () = yield_now() => {}
        }
        assert_eq!(output_rx.recv().await, Some(99));
        assert_eq!(input_rx.recv().await, Some(1));
        assert_eq!(input_rx.recv().await, Some(2));
    });
}

#[test]
fn a_select_without_else_panics_when_no_pattern_matches() {
    within(|| {
        // Wrong: both queues have ended, and `Some(..)` matches neither.
        let wrong = async {
            let (_, mut one_rx) = mpsc::channel::<u8>(1);
            let (_, mut other_rx) = mpsc::channel::<u8>(1);
            tokio::select! {
                Some(message) = one_rx.recv() => message,
                Some(message) = other_rx.recv() => message,
            }
        };
        let message = panic_of(|| paused().block_on(wrong));
        assert!(message.contains("all branches are disabled"), "{message}");

        // Right: `else` is the end of both.
        let right = async {
            let (_, mut one_rx) = mpsc::channel::<u8>(1);
            let (_, mut other_rx) = mpsc::channel::<u8>(1);
            tokio::select! {
                Some(message) = one_rx.recv() => Some(message),
                Some(message) = other_rx.recv() => Some(message),
                else => None,
            }
        };
        assert_eq!(paused().block_on(right), None);
    });
}

#[test]
fn else_is_not_reached_beside_a_branch_that_waits() {
    on_paused_time(|| async {
        let (stop_tx, mut stop_rx) = oneshot::channel::<()>();
        // Wrong: the queue has ended, but `stop_rx` may still win, and so `else` is not the end.
        let (message_tx, mut message_rx) = mpsc::channel::<u8>(1);
        drop(message_tx);
        let wrong = async {
            tokio::select! {
                _ = &mut stop_rx => "stopped",
                Some(_) = message_rx.recv() => "a message",
                else => "the end",
            }
        };
        assert!(poll(pin!(wrong)).is_pending());

        // Right: the end of the queue is matched where it comes.
        let right = async {
            tokio::select! {
                _ = &mut stop_rx => "stopped",
                message = message_rx.recv() => message.map_or("the end", |_| "a message"),
            }
        };
        assert_eq!(right.await, "the end");
        drop(stop_tx);
    });
}

#[test]
fn a_task_that_blocks_stalls_the_runtime() {
    within(|| {
        paused().block_on(async {
            // Wrong: the task that would send cannot run while this one blocks the only thread.
            // With more threads, it takes as many such tasks.
            let (message_tx, message_rx) = std_mpsc::channel();
            let sender = tokio::spawn(async move { message_tx.send(1).unwrap() });
            assert_eq!(
                message_rx.recv_timeout(IN_VAIN),
                Err(RecvTimeoutError::Timeout)
            );
            sender.await.unwrap();
            assert_eq!(message_rx.try_recv(), Ok(1));
        });
        paused().block_on(async {
            // Right: a channel that waits without blocking.
            let (message_tx, mut message_rx) = mpsc::channel(1);
            let sender = tokio::spawn(async move { message_tx.send(1).await.unwrap() });
            assert_eq!(message_rx.recv().await, Some(1));
            sender.await.unwrap();

            // Right: where it must be a channel of std, a thread that may block.
            let (message_tx, message_rx) = std_mpsc::channel();
            let receiver = spawn_blocking(move || message_rx.recv());
            message_tx.send(2).unwrap();
            assert_eq!(receiver.await.unwrap(), Ok(2));
        });
    });
}

#[test]
fn blocking_calls_panic_in_a_task() {
    within(|| {
        for runtime in [paused(), multi_thread()] {
            // Wrong: `blocking_send` and `blocking_recv` refuse to block a thread of the runtime,
            // even where there is room.
            let (message_tx, mut message_rx) = mpsc::channel(1);
            let message = panic_of(|| runtime.block_on(async { message_tx.blocking_send(1) }));
            assert!(
                message.starts_with("Cannot block the current thread"),
                "{message}"
            );
            let message = panic_of(|| runtime.block_on(async { message_rx.blocking_recv() }));
            assert!(
                message.starts_with("Cannot block the current thread"),
                "{message}"
            );

            // Right: they are for the other end of the bridge.
            let items = bridge::from_thread([1, 2], count(1), async |mut item_rx| {
                (
                    item_rx.recv().await,
                    item_rx.recv().await,
                    item_rx.recv().await,
                )
            });
            assert_eq!(runtime.block_on(items), (Some(1), Some(2), None));
        }
    });
}

#[test]
fn a_blocking_thread_cannot_be_aborted() {
    within(|| {
        let runtime = multi_thread();
        let (started_tx, started_rx) = oneshot::channel();
        let (stop_tx, stop_rx) = std_mpsc::channel::<()>();
        let (end_tx, end_rx) = std_mpsc::channel();
        runtime.block_on(async {
            let thread = spawn_blocking(move || {
                started_tx.send(()).unwrap();
                stop_rx.recv().unwrap_err();
                end_tx.send(()).unwrap();
            });
            started_rx.await.unwrap();
            // Wrong: nothing comes of it. To drop the runtime now would wait for ever.
            thread.abort();
            drop(thread);
        });
        // Right, where it may stay behind: a limit to the wait.
        runtime.shutdown_timeout(Duration::from_millis(1));
        assert_eq!(end_rx.try_recv(), Err(std_mpsc::TryRecvError::Empty));
        // Right: it is told to stop, here by the end of a channel, and ends on its own.
        drop(stop_tx);
        assert_eq!(end_rx.recv(), Ok(()));
    });
}

#[test]
fn a_rayon_thread_that_waits_begins_other_work_on_its_stack() {
    on_each_flavour(|| async {
        let pool = ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let (said_tx, said_rx) = std_mpsc::channel();
        let work = |number: u32| {
            let said_tx = said_tx.clone();
            move || {
                said_tx.send(number).unwrap();
                // As where a part of the work is at another thread, and is waited for.
                rayon::yield_now();
                said_tx.send(number).unwrap();
            }
        };
        // Wrong: all of it is queued in the pool. The first ends after what came later; thousands
        // overflow the stack.
        pool.install(|| {
            rayon::spawn_fifo(work(1));
            rayon::spawn_fifo(work(2));
        });
        assert_eq!(said_rx.iter().take(4).collect::<Vec<_>>(), [1, 2, 2, 1]);

        // Right: what the pool has no thread for waits for a permit.
        let limit = Arc::new(Semaphore::new(pool.current_num_threads()));
        let first = cpu::compute(&pool, &limit, work(1));
        let second = cpu::compute(&pool, &limit, work(2));
        tokio::join!(first, second);
        assert_eq!(said_rx.iter().take(4).collect::<Vec<_>>(), [1, 1, 2, 2]);
    });
}

#[test]
fn an_interval_makes_up_for_missed_ticks_in_a_burst() {
    // How many ticks come at once, after a stall of five and a half.
    async fn ticks_at_once(behavior: MissedTickBehavior) -> usize {
        let mut ticks = interval(Duration::from_millis(10));
        ticks.set_missed_tick_behavior(behavior);
        // The first comes at once, and not after the first 10 ms.
        assert!(poll(pin!(ticks.tick())).is_ready());
        assert!(poll(pin!(ticks.tick())).is_pending());
        advance(Duration::from_millis(55)).await;
        let mut at_once = 0;
        while poll(pin!(ticks.tick())).is_ready() {
            at_once += 1;
        }
        at_once
    }
    on_paused_time(|| async {
        // Wrong for most: five in a row, which is what happens where nothing is chosen.
        assert_eq!(ticks_at_once(MissedTickBehavior::default()).await, 5);
        // Right: one, and the next 10 ms later (`Delay`) or at the next multiple of 10 ms (`Skip`).
        assert_eq!(ticks_at_once(MissedTickBehavior::Delay).await, 1);
        assert_eq!(ticks_at_once(MissedTickBehavior::Skip).await, 1);
    });
}

#[test]
fn a_dropped_join_handle_hides_a_panic() {
    on_each_flavour(|| async {
        // Wrong: nobody joins it, and so nobody knows; the caller goes on.
        let (alive_tx, end_rx) = oneshot::channel::<()>();
        drop(tokio::spawn(async move {
            let _alive_tx = alive_tx;
            panic!("nobody will know");
        }));
        end_rx.await.unwrap_err();

        // Right: joined, it says so. A `JoinSet` does that for many, and aborts them when dropped.
        let mut tasks = JoinSet::new();
        tasks.spawn(async { panic!("it is known") });
        let error = tasks.join_next().await.unwrap().unwrap_err();
        assert_eq!(error.into_panic().downcast_ref(), Some(&"it is known"));
    });
}

#[test]
fn a_function_that_starts_a_runtime_cannot_be_called_in_one() {
    // `#[tokio::main]` makes a function that starts a runtime and blocks until it is done.
    #[tokio::main(flavor = "current_thread")]
    async fn wrong() -> u8 {
        yield_now().await;
        1
    }
    async fn right() -> u8 {
        yield_now().await;
        1
    }
    within(|| {
        for runtime in [paused(), multi_thread()] {
            let message = panic_of(|| runtime.block_on(async { wrong() }));
            assert!(
                message.starts_with("Cannot start a runtime from within"),
                "{message}"
            );
            assert_eq!(runtime.block_on(right()), 1);
        }
    });
}

#[test]
fn a_request_that_comes_as_its_server_dies_stays_in_the_queue() {
    on_paused_time(|| async {
        // Wrong: the caller waits for the reply alone. A send that has its place comes after the
        // receiver has gone, and does not fail; and the caller's own sender keeps the queue.
        let (request_tx, request_rx) = mpsc::channel::<oneshot::Sender<()>>(1);
        let place = request_tx.reserve().await.unwrap();
        drop(request_rx);
        let (reply_tx, mut reply_rx) = oneshot::channel();
        place.send(reply_tx);
        assert_eq!(reply_rx.try_recv(), Err(TryRecvError::Empty));

        // Right: it waits for the end of the server too, as `oneshot` does.
        tokio::select! {
            biased;
            _ = &mut reply_rx => panic!("nobody can send it"),
            () = request_tx.closed() => {}
        }
    });
}
