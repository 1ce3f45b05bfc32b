//! One client that asks a server on another thread, and gets an answer to each request.
//!
//! `plain` makes a channel for each request; so do `actor`, `oneshot` and tokio, of different
//! kinds. `reused` keeps one; `pipelined` has up to 128 requests under way. `park and unpark` is to
//! wake the other thread and be woken by it, without any data. The thread of the server is started
//! inside of what is measured.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use request_response::{actor, pipelined, reused};

mod common;

const REQUESTS: u64 = 3_000;

fn main() {
    let mut criterion = common::criterion();
    let mut group = common::group(&mut criterion, "request-response");
    let mut bench = |case: &str, round: fn()| {
        common::rounds(&mut group, case, "1 client", REQUESTS, || {
            common::timed(round)
        });
    };
    bench("plain", plain);
    bench("actor", over_actor);
    bench("reused", over_reused);
    bench("pipelined", over_pipelined);
    bench("oneshot", over_oneshot);
    bench("tokio", over_tokio);
    bench("park and unpark", park_and_unpark);
    group.finish();
    criterion.final_summary();
}

fn plain() {
    a_channel_for_each(
        mpsc::channel,
        |reply_tx, reply| reply_tx.send(reply).is_ok(),
        |reply_rx| reply_rx.recv().ok(),
    );
}

fn over_oneshot() {
    a_channel_for_each(
        oneshot::channel,
        |reply_tx, reply| reply_tx.send(reply).is_ok(),
        |reply_rx| reply_rx.recv().ok(),
    );
}

fn a_channel_for_each<Tx: Send, Rx>(
    channel: fn() -> (Tx, Rx),
    send: impl Fn(Tx, u64) -> bool + Send,
    recv: impl Fn(Rx) -> Option<u64>,
) {
    let (request_tx, request_rx) = mpsc::channel::<(u64, Tx)>();
    thread::scope(|scope| {
        scope.spawn(move || {
            for (n, reply_tx) in request_rx {
                assert!(send(reply_tx, n + 1), "the client waits");
            }
        });
        for n in 0..REQUESTS {
            let (reply_tx, reply_rx) = channel();
            let sent = request_tx.send((n, reply_tx));
            assert!(sent.is_ok(), "the server is there");
            assert_eq!(recv(reply_rx), Some(n + 1));
        }
        drop(request_tx); // Ends the server.
    });
}

fn over_actor() {
    let (adder, server) = actor::start(|| 0_u64, 16).expect("the thread starts");
    for n in 0..REQUESTS {
        let add = move |calls: &mut u64| {
            *calls += 1;
            n + 1
        };
        let reply_rx = adder.ask(add).expect("the server is there");
        assert_eq!(reply_rx.recv(), Ok(n + 1));
    }
    drop(adder);
    server.join().expect("it does not panic");
}

fn over_reused() {
    let add = |calls: &mut u64, n| {
        *calls += 1;
        n + 1
    };
    let (mut client, server) = reused::start(0, add).expect("the thread starts");
    let limit = Duration::from_secs(60);
    for n in 0..REQUESTS {
        assert_eq!(client.ask(n, limit), Ok(n + 1));
    }
    drop(client);
    assert_eq!(server.join().expect("it does not panic"), REQUESTS);
}

fn over_pipelined() {
    let add = |calls: &mut u64, n, reply_to: pipelined::ReplyTo<u64>| {
        *calls += 1;
        reply_to.send(n + 1);
    };
    let (mut client, server) = pipelined::start(0, 128, add).expect("the thread starts");
    let mut next = 0;
    let mut received = 0;
    while received < REQUESTS {
        while next < REQUESTS && client.send(next).is_ok() {
            next += 1;
        }
        let (number, reply) = client.receive().expect("some are under way");
        assert_eq!(reply, Ok(number + 1));
        received += 1;
    }
    drop(client);
    assert_eq!(server.join().expect("it does not panic"), REQUESTS);
}

/// Client and server each in a runtime of one thread.
fn over_tokio() {
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("it starts")
    };
    let (store, server) = async_tokio::oneshot::Store::new(16);
    thread::scope(|scope| {
        let server = scope.spawn(move || runtime().block_on(server));
        runtime().block_on(async move {
            for n in 0..REQUESTS {
                let before = store.set((), n + 1).await.expect("the server is there");
                assert_eq!(before.unwrap_or_default(), n);
            }
        });
        let store = server.join().expect("it does not panic");
        assert_eq!(store[&()], REQUESTS);
    });
}

fn park_and_unpark() {
    let turn = AtomicU64::new(0);
    // Even turns are the client's, odd ones the server's.
    let wait_for = |number| {
        while turn.load(Ordering::Acquire) != number {
            thread::park();
        }
    };
    let client = thread::current();
    thread::scope(|scope| {
        let (turn, wait_for) = (&turn, &wait_for);
        let server = scope.spawn(move || {
            for n in 0..REQUESTS {
                wait_for(2 * n + 1);
                turn.store(2 * n + 2, Ordering::Release);
                client.unpark();
            }
        });
        for n in 0..REQUESTS {
            turn.store(2 * n + 1, Ordering::Release);
            server.thread().unpark();
            wait_for(2 * n + 2);
        }
    });
}
