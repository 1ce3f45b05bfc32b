//! What people stumble on: the wrong shape, shown wrong, beside the right one.

use std::num::NonZeroUsize;
use std::sync::mpsc::{self, TryRecvError};
use std::thread;
use std::time::{Duration, Instant};

use super::support::{Hold, IN_VAIN, fail, gate, never, over, panic_of_server};
use crossbeam_channel::{SendTimeoutError, bounded};
use request_response::{actor, pipelined, reused, timeout};
use testkit::within;

#[test]
fn a_bounded_crossbeam_queue_outlives_its_receiver() {
    within(|| {
        // Wrong: a server that ends leaves a request in the queue, and in it the only sender for
        // the reply. As long as there is a handle (`request_tx`), `recv` would wait.
        let (request_tx, request_rx) = bounded(1);
        let (reply_tx, reply_rx) = bounded::<()>(1);
        request_tx.send(reply_tx).unwrap();
        drop(request_rx);
        assert_eq!(
            reply_rx.try_recv(),
            Err(crossbeam_channel::TryRecvError::Empty)
        );
        drop(request_tx);
        assert_eq!(
            reply_rx.try_recv(),
            Err(crossbeam_channel::TryRecvError::Disconnected)
        );

        // Right: std's channels drop what is queued with the receiver, bounded or not.
        let (request_tx, request_rx) = mpsc::sync_channel(1);
        let (unbounded_tx, unbounded_rx) = mpsc::channel();
        let (reply_tx, reply_rx) = mpsc::sync_channel::<()>(1);
        request_tx.send(reply_tx.clone()).unwrap();
        unbounded_tx.send(reply_tx).unwrap();
        drop((request_rx, unbounded_rx));
        assert_eq!(reply_rx.try_recv(), Err(TryRecvError::Disconnected));

        // Right with crossbeam: to wait for the end of the server, too. This caller is behind one
        // that makes the server panic, and in the queue or on its way there.
        let (fail_gate, hold) = gate();
        let fail = |(): &mut (), hold: Option<Hold>| {
            hold.expect("the first has one").enter();
            fail("a bad request");
        };
        let (handle, server) = timeout::start((), 8, fail).unwrap();
        thread::scope(|scope| {
            scope.spawn(|| handle.ask(Some(hold), never()).unwrap_err());
            fail_gate.wait_until_entered();
            scope.spawn(|| handle.ask(None, never()).unwrap_err());
            fail_gate.open();
        });
        assert_eq!(panic_of_server(server), "a bad request");
    });
}

#[test]
fn a_caller_that_holds_a_sender_does_not_see_the_end() {
    within(|| {
        let (request_tx, request_rx) = mpsc::channel::<mpsc::Sender<()>>();
        let server = thread::spawn(move || drop(request_rx.recv()));
        // Wrong: the caller clones the sender for each request, and keeps it. The server has ended
        // without a reply, but for `recv` there is still one who may send.
        let (reply_tx, reply_rx) = mpsc::channel();
        request_tx.send(reply_tx.clone()).unwrap();
        server.join().unwrap();
        assert_eq!(reply_rx.try_recv(), Err(TryRecvError::Empty));
        drop(reply_tx);

        // Right: the sender itself goes along, and comes back with the reply.
        let fail = |(): &mut (), ()| -> () { fail("a bad request") };
        let (mut client, server) = reused::start((), fail).unwrap();
        assert_eq!(client.ask((), never()), Err(reused::Failure::Unanswered));
        assert_eq!(panic_of_server(server), "a bad request");
    });
}

#[test]
fn a_caller_that_gives_up_kills_a_server_that_unwraps() {
    within(|| {
        // Wrong: a failed reply is taken for a mistake of the server.
        let (request_tx, request_rx) = mpsc::channel::<(u32, mpsc::Sender<u32>)>();
        let server = thread::spawn(move || {
            for (n, reply_tx) in request_rx {
                reply_tx.send(n).unwrap();
            }
        });
        let (reply_tx, reply_rx) = mpsc::channel();
        drop(reply_rx);
        request_tx.send((1, reply_tx)).unwrap();
        assert!(panic_of_server(server).contains("SendError"));
        // All others are left without a server.
        assert!(request_tx.send((2, mpsc::channel().0)).is_err());

        // Right: it is normal, and counted.
        let (store, server) = actor::start(1).unwrap();
        let (answered, unclaimed) = (store.set(1, 1), store.get(1));
        drop(unclaimed);
        assert_eq!(answered.wait(), Ok(None));
        assert_eq!(store.get(1).wait(), Ok(Some(1)));
        drop(store);
        let ended = server.join().unwrap();
        assert_eq!(ended.answered + ended.unclaimed, 3);
    });
}

#[test]
fn a_late_reply_is_taken_for_the_next() {
    within(|| {
        // Wrong: a number that is sent along and never compared. The caller gives up on request 1,
        // and takes its reply for that to request 2.
        let (request_tx, request_rx) = mpsc::channel::<(u32, mpsc::Sender<u32>)>();
        let (slow_gate, hold) = gate();
        let server = thread::spawn(move || {
            hold.enter();
            for (number, reply_tx) in request_rx {
                reply_tx.send(number * 100).unwrap();
            }
        });
        let (reply_tx, reply_rx) = mpsc::channel();
        request_tx.send((1, reply_tx.clone())).unwrap();
        assert!(reply_rx.recv_timeout(Duration::ZERO).is_err());
        slow_gate.open();
        request_tx.send((2, reply_tx)).unwrap();
        assert_eq!(reply_rx.recv(), Ok(100));
        drop(request_tx);
        server.join().unwrap();

        // Right: the reply to request 1 is discarded first.
        let (slow_gate, hold) = gate();
        let answer = move |(): &mut (), number| {
            hold.enter();
            number * 100
        };
        let (mut client, server) = reused::start((), answer).unwrap();
        assert_eq!(client.ask(1, over()), Err(reused::Failure::TimedOut));
        slow_gate.open();
        assert_eq!(client.ask(2, never()), Ok(200));
        drop(client);
        server.join().unwrap();

        // Right: with several in flight, the number is compared.
        let swap = |first: &mut Option<_>, number: u32, reply_to: pipelined::ReplyTo<u32>| {
            let Some((number_before, reply_before)) = first.take() else {
                *first = Some((number, reply_to));
                return;
            };
            reply_to.send(number * 100).unwrap();
            pipelined::ReplyTo::send(reply_before, number_before * 100).unwrap();
        };
        let limit = NonZeroUsize::new(2).unwrap();
        let (mut client, server) = pipelined::start(None, limit, swap).unwrap();
        let numbers = [client.send(1).unwrap(), client.send(2).unwrap()];
        assert_eq!(client.receive(), Some((numbers[1], Ok(200))));
        assert_eq!(client.receive(), Some((numbers[0], Ok(100))));
        drop(client);
        server.join().unwrap();
    });
}

#[test]
fn without_a_time_limit_a_stuck_server_holds_its_callers() {
    within(|| {
        // Wrong: `recv` waits for a server that is stuck, for as long as it is.
        let (request_tx, request_rx) = mpsc::channel::<mpsc::Sender<()>>();
        let (stuck_gate, hold) = gate();
        let server = thread::spawn(move || {
            let reply_tx = request_rx.recv();
            hold.enter();
            drop(reply_tx);
        });
        let (reply_tx, reply_rx) = mpsc::channel();
        request_tx.send(reply_tx).unwrap();
        stuck_gate.wait_until_entered();
        assert_eq!(reply_rx.try_recv(), Err(TryRecvError::Empty));
        stuck_gate.open();
        server.join().unwrap();

        // Right: a deadline.
        let (stuck_gate, hold) = gate();
        let stay = move |(): &mut (), ()| hold.enter();
        let (handle, server) = timeout::start((), 1, stay).unwrap();
        let soon = Instant::now() + Duration::from_millis(1);
        assert_eq!(handle.ask((), soon), Err(timeout::Failure::TimedOut));
        stuck_gate.open();
        drop(handle);
        server.join().unwrap();
    });
}

#[test]
fn a_server_does_not_end_while_a_handle_lives() {
    within(|| {
        // Wrong: all that was asked is answered, but the owner who wants to join has a handle
        // himself. The server waits for what he might ask, and he for the server.
        let (request_tx, request_rx) = mpsc::channel::<mpsc::Sender<()>>();
        let (reply_tx, reply_rx) = mpsc::channel();
        request_tx.clone().send(reply_tx).unwrap();
        request_rx.recv().unwrap().send(()).unwrap();
        assert_eq!(reply_rx.recv(), Ok(()));
        assert_eq!(request_rx.try_recv().unwrap_err(), TryRecvError::Empty);

        // Right: drop it first.
        let (store, server) = actor::start::<(), ()>(1).unwrap();
        drop(store);
        assert!(server.join().unwrap().entries.is_empty());
    });
}

#[test]
fn sends_that_wait_for_each_other_hang() {
    within(|| {
        // Wrong: the client sends all and then receives, over two bounded channels.
        let (request_tx, request_rx) = bounded(1);
        let (reply_tx, reply_rx) = bounded(1);
        thread::scope(|scope| {
            scope.spawn(move || {
                request_rx
                    .into_iter()
                    .try_for_each(|n: u32| reply_tx.send(n))
            });
            // One waits in each channel, and the server has one in hand.
            for n in 0..3 {
                request_tx.send(n).unwrap();
            }
            // There is no place for the next, until somebody takes a reply; and nobody will.
            assert_eq!(
                request_tx.send_timeout(3, IN_VAIN),
                Err(SendTimeoutError::Timeout(3))
            );
            drop((request_tx, reply_rx));
        });

        // Right: no send waits. A client with too many in flight is told so, and receives.
        let echo =
            |(): &mut (), n: u32, reply_to: pipelined::ReplyTo<u32>| reply_to.send(n).unwrap();
        let (mut client, server) = pipelined::start((), NonZeroUsize::MIN, echo).unwrap();
        let mut received = 0;
        for n in 0..1_000 {
            let mut refused = client.send(n);
            while let Err(pipelined::Refused::Full(n)) = refused {
                received += u32::from(client.receive().is_some());
                refused = client.send(n);
            }
        }
        while client.receive().is_some() {
            received += 1;
        }
        assert_eq!(received, 1_000);
        drop(client);
        server.join().unwrap();
    });
}
