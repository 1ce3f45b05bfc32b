//! What people stumble on: the wrong shape, shown wrong, beside the right one.

use std::future::pending;
use std::pin::pin;
use std::sync::mpsc as std_mpsc;
use std::thread;
use std::time::Duration;

use super::support::{multi_thread, paused, poll};
use async_tokio::broadcast::Event::{Message, Missed};
use async_tokio::{bridge, broadcast as feed, select as queues, watch as state};
use testkit::{LIMIT, panic_of};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::task::{JoinHandle, spawn_blocking, yield_now};
use tokio::time::{MissedTickBehavior, advance, interval, timeout};

/// A wait that cannot succeed, however long it is: each place says why.
const IN_VAIN: Duration = Duration::from_millis(20);

/// A queue of `messages`, with no room for more.
fn queue<const N: usize>(messages: [u32; N]) -> (mpsc::Sender<u32>, mpsc::Receiver<u32>) {
    let (message_tx, message_rx) = mpsc::channel(N.max(1));
    for message in messages {
        message_tx.try_send(message).expect("there is room");
    }
    (message_tx, message_rx)
}

/// Later branches of a `biased` select never run.
mod data_first_starves_control {
    use super::*;

    #[tokio::test]
    async fn wrong() {
        let ((_data_tx, mut data_rx), (_stop_tx, mut stop_rx)) = (queue([0; 100]), queue([1]));
        let mut before_stop = 0;
        loop {
            tokio::select! {
                biased;
                Some(_) = data_rx.recv() => before_stop += 1,
                Some(_) = stop_rx.recv() => break,
            }
        }
        assert_eq!(before_stop, 100);
    }

    #[tokio::test]
    async fn right() {
        let ((_data_tx, mut data_rx), (_stop_tx, mut stop_rx)) = (queue([0; 100]), queue([1]));
        // Only control is first. Among equals, the choice is left to chance, as in `merge`.
        tokio::select! {
            biased;
            Some(_) = stop_rx.recv() => {}
            Some(_) = data_rx.recv() => panic!("control comes first"),
        }
    }
}

/// A broadcast subscriber stops, though the channel goes on.
mod a_loop_over_ok_ends_at_the_first_lag {
    use super::*;

    /// A ring of 3 holds 4, the next power of two: of five, one is overwritten.
    fn overflowing() -> (broadcast::Sender<u32>, broadcast::Receiver<u32>) {
        let (message_tx, message_rx) = broadcast::channel(3);
        (0..5).for_each(|n| drop(message_tx.send(n)));
        (message_tx, message_rx)
    }

    #[tokio::test]
    async fn wrong() {
        let (_message_tx, mut message_rx) = overflowing();
        let mut received = 0;
        while message_rx.recv().await.is_ok() {
            received += 1;
        }
        assert_eq!((received, message_rx.len()), (0, 4));
    }

    #[tokio::test]
    async fn right() {
        let (_message_tx, mut message_rx) = overflowing();
        assert_eq!(feed::next(&mut message_rx).await, Some(Missed(1)));
        assert_eq!(feed::next(&mut message_rx).await, Some(Message(1)));
    }
}

/// A watch skips values, keeps none at all, or blocks its publisher's thread.
mod a_watch_is_no_queue {
    use super::*;

    #[test]
    fn wrong() {
        let (value_tx, value_rx) = watch::channel(0);
        (1..=3).for_each(|n| value_tx.send(n).unwrap());
        assert_eq!(*value_rx.borrow(), 3);
        // Without a receiver, `send` fails and the value is lost.
        drop(value_rx);
        value_tx.send(4).unwrap_err();
        assert_eq!(*value_tx.borrow(), 3);
    }

    #[test]
    fn wrong_where_a_borrow_is_held() {
        let ((value_tx, value_rx), (done_tx, done_rx)) = (watch::channel(0), std_mpsc::channel());
        // A read lock. Held across an `await`, it is held for as long as that takes.
        let borrowed = value_rx.borrow();
        thread::spawn(move || done_tx.send(state::publish(&value_tx, 1)));
        done_rx.recv_timeout(IN_VAIN).unwrap_err();
        drop(borrowed);
        assert_eq!(done_rx.recv_timeout(LIMIT), Ok(true));
    }

    #[tokio::test]
    async fn right() {
        // Events go through a queue; a state is published whether somebody looks or not, and cloned.
        let (value_tx, _) = watch::channel(0);
        state::publish(&value_tx, 4);
        let value = state::next(&mut state::follow(&value_tx)).await;
        assert!(state::publish(&value_tx, 5));
        assert_eq!(value, Some(4));
    }
}

/// A message is lost in `select!`.
mod a_cancelled_send_loses_its_message {
    use super::*;

    #[tokio::test]
    async fn wrong() {
        let ((_input_tx, mut input_rx), (output_tx, mut output_rx)) = (queue([1]), queue([0]));
        // The message is taken, and something else wins while its send waits for room.
        let taken = input_rx.recv().await.unwrap();
        assert!(poll(pin!(output_tx.send(taken))).is_pending());
        assert_eq!(output_rx.recv().await, Some(0));
        assert!(
            output_rx.is_empty() && input_rx.is_empty(),
            "number 1 is nowhere"
        );
    }

    #[tokio::test]
    async fn right() {
        let ((_input_tx, mut input_rx), (_never_tx, mut never_rx)) = (queue([1]), queue([]));
        let (output_tx, _output_rx) = queue([0]);
        // A place first: nothing is in hand while it waits.
        let merge = queues::merge(&mut input_rx, &mut never_rx, &output_tx);
        assert!(poll(pin!(merge)).is_pending());
        assert_eq!(input_rx.recv().await, Some(1));
    }
}

/// A panic: "all branches are disabled"; or `else` is never reached, though the queue has ended.
mod patterns_that_match_no_more {
    use super::*;

    #[test]
    fn wrong() {
        let (_, mut message_rx) = queue([]);
        let select = async {
            tokio::select! { Some(message) = message_rx.recv() => message }
        };
        let message = panic_of(|| paused().block_on(select));
        assert!(message.contains("all branches are disabled"), "{message}");
    }

    #[test]
    fn wrong_beside_a_branch_that_waits() {
        let (_, mut message_rx) = queue([]);
        let select = async {
            tokio::select! {
                () = pending() => {}
                Some(_) = message_rx.recv() => {}
                else => {}
            }
        };
        assert!(poll(pin!(select)).is_pending());
    }

    #[tokio::test]
    async fn right() {
        let (_, mut message_rx) = queue([]);
        let message = tokio::select! {
            Some(message) = message_rx.recv() => Some(message),
            else => None,
        };
        assert_eq!(message, None);
        tokio::select! {
            () = pending() => {}
            message = message_rx.recv() => assert_eq!(message, None),
        }
    }
}

/// The runtime stalls.
mod a_task_that_blocks_its_thread {
    use super::*;

    #[tokio::test]
    async fn wrong() {
        // The task that sends cannot run while this one blocks the only thread. With more threads, it
        // takes as many such tasks.
        let (message_tx, message_rx) = std_mpsc::channel();
        let sender = tokio::spawn(async move { message_tx.send(1) });
        message_rx.recv_timeout(IN_VAIN).unwrap_err();
        sender.await.unwrap().unwrap();
        assert_eq!(message_rx.try_recv(), Ok(1));
    }

    #[tokio::test]
    async fn right() {
        let (message_tx, mut message_rx) = mpsc::channel(1);
        tokio::spawn(async move { message_tx.send(1).await });
        assert_eq!(message_rx.recv().await, Some(1));
        // If it must be a channel of std: a thread that may block.
        let (message_tx, message_rx) = std_mpsc::channel();
        tokio::spawn(async move { message_tx.send(2) });
        let received = spawn_blocking(move || message_rx.recv()).await;
        assert_eq!(received.unwrap(), Ok(2));
    }
}

/// A panic: "Cannot block the current thread".
mod blocking_calls_in_a_task {
    use super::*;

    #[test]
    fn wrong() {
        let (message_tx, mut message_rx) = queue([1]);
        let send = || paused().block_on(async { message_tx.blocking_send(1) });
        let receive = || multi_thread().block_on(async { message_rx.blocking_recv() });
        for message in [panic_of(send), panic_of(receive)] {
            let expected = "Cannot block the current thread";
            assert!(message.starts_with(expected), "{message}");
        }
    }

    #[tokio::test]
    async fn right() {
        // They are for the other end of the bridge.
        assert_eq!(bridge::from_thread([1, 2], 1).next().await, Some(1));
    }
}

/// Bridges wait forever for each other.
mod as_many_bridges_as_blocking_threads {
    use super::*;

    /// Whether a task, which also needs a blocking thread for what it sends, gets it.
    fn sends(blocking_threads: usize) -> bool {
        let mut builder = Builder::new_current_thread();
        builder.max_blocking_threads(blocking_threads).enable_time();
        let runtime = builder.build().expect("it starts");
        runtime.block_on(async {
            let thread = bridge::into_thread(1, |mut line_rx| line_rx.blocking_recv());
            // As `tokio::fs` does.
            let line = timeout(IN_VAIN, spawn_blocking(|| "a line")).await;
            thread.send("").await && line.is_ok()
        })
    }

    #[test]
    fn wrong() {
        assert!(!sends(1));
    }

    #[test]
    fn right() {
        // A semaphore keeps bridges fewer than threads, or `max_blocking_threads` adds some.
        assert!(sends(2));
    }
}

/// The program does not exit.
mod a_blocking_thread_cannot_be_aborted {
    use super::*;

    /// A runtime with a blocking thread that ends when told to by its sender.
    fn blocking() -> (Runtime, JoinHandle<()>, std_mpsc::Sender<()>) {
        let (runtime, (stop_tx, stop_rx)) = (multi_thread(), std_mpsc::channel());
        let (started_tx, started_rx) = oneshot::channel();
        let thread = runtime.spawn_blocking(move || {
            started_tx.send(()).expect("it is waited for");
            stop_rx.recv().expect("it is told to stop");
        });
        runtime.block_on(started_rx).expect("it starts");
        (runtime, thread, stop_tx)
    }

    #[test]
    fn wrong() {
        let (runtime, thread, stop_tx) = blocking();
        thread.abort();
        // Dropped now, the runtime would wait forever. The least that one can do is a limit.
        runtime.shutdown_timeout(IN_VAIN);
        assert!(!thread.is_finished());
        stop_tx.send(()).unwrap();
    }

    #[test]
    fn right() {
        let (runtime, thread, stop_tx) = blocking();
        stop_tx.send(()).unwrap();
        runtime.block_on(thread).unwrap();
    }
}

/// An interval ticks five times at once.
mod an_interval_makes_up_for_missed_ticks {
    use super::*;

    /// How many ticks come at once, after a stall of five and a half.
    async fn ticks_at_once(behavior: MissedTickBehavior) -> usize {
        let mut ticks = interval(Duration::from_millis(10));
        ticks.set_missed_tick_behavior(behavior);
        // The first comes at once, and not after the first 10 ms.
        assert!(poll(pin!(ticks.tick())).is_ready());
        advance(Duration::from_millis(55)).await;
        let at_once = (0..).take_while(|_| poll(pin!(ticks.tick())).is_ready());
        at_once.count()
    }

    #[tokio::test(start_paused = true)]
    async fn wrong() {
        assert_eq!(ticks_at_once(MissedTickBehavior::default()).await, 5);
    }

    #[tokio::test(start_paused = true)]
    async fn right() {
        // The next is 10 ms later (`Delay`) or at the next multiple of 10 ms (`Skip`).
        assert_eq!(ticks_at_once(MissedTickBehavior::Delay).await, 1);
        assert_eq!(ticks_at_once(MissedTickBehavior::Skip).await, 1);
    }
}

/// A panic that nobody sees.
mod a_join_handle_that_is_dropped {
    use super::*;

    #[tokio::test]
    async fn wrong() {
        let (alive_tx, end_rx) = oneshot::channel::<()>();
        drop(tokio::spawn(async move {
            let _alive_tx = alive_tx;
            panic!("nobody will know");
        }));
        end_rx.await.unwrap_err();
    }

    #[tokio::test]
    async fn right() {
        // A `JoinSet` does that for many, and aborts them when dropped.
        let ended = tokio::spawn(async { panic!("it is known") }).await;
        assert!(ended.is_err_and(|error: tokio::task::JoinError| error.is_panic()));
    }
}

/// A panic: "Cannot start a runtime from within a runtime".
mod a_main_that_is_called_in_a_task {
    use super::*;

    #[test]
    fn wrong() {
        #[tokio::main(flavor = "current_thread")]
        async fn called() {
            yield_now().await;
        }

        let message = panic_of(|| paused().block_on(async { called() }));
        let expected = "Cannot start a runtime from within";
        assert!(message.starts_with(expected), "{message}");
    }

    #[test]
    fn right() {
        async fn called() {
            yield_now().await;
        }

        paused().block_on(called());
    }
}
