//! What people stumble on: a module for each, with the wrong shape and the right one.

use std::sync::mpsc::{self, RecvError, RecvTimeoutError, TryRecvError};
use std::thread;
use std::time::Duration;

use super::support::{fail, gate};
use request_response::{actor, pipelined, reused, timeout};
use testkit::{LIMIT, within};

/// A wait that cannot succeed, however long it is.
const IN_VAIN: Duration = Duration::from_millis(20);

/// A reply never comes: the server is gone, and the request still in its queue.
mod a_bounded_crossbeam_queue_outlives_its_receiver {
    use super::*;

    #[test]
    fn wrong() {
        let (request_tx, request_rx) = crossbeam_channel::bounded(1);
        let (reply_tx, reply_rx) = mpsc::channel::<()>();
        request_tx.send(reply_tx).unwrap();
        drop(request_rx);
        // The only sender of the reply is in the queue, as long as there is a handle.
        assert_eq!(reply_rx.try_recv(), Err(TryRecvError::Empty));
        drop(request_tx);
        assert_eq!(reply_rx.try_recv(), Err(TryRecvError::Disconnected));
    }

    #[test]
    fn right() {
        // A queue of std's goes with its receiver.
        let (request_tx, request_rx) = mpsc::sync_channel(1);
        let (reply_tx, reply_rx) = mpsc::channel::<()>();
        request_tx.send(reply_tx).unwrap();
        drop(request_rx);
        assert_eq!(reply_rx.recv(), Err(RecvError));
        // With crossbeam's, no request ends the server, and there is a deadline.
        within(|| {
            let answer = |(): &mut (), is_bad| {
                if is_bad {
                    fail::<()>();
                }
            };
            let (handle, _server) = timeout::start((), 1, answer).unwrap();
            assert!(handle.ask_timeout(true, LIMIT).is_err());
            assert_eq!(handle.ask_timeout(false, LIMIT), Ok(()));
        });
    }
}

/// A reply never comes: the caller itself might still send it.
mod a_caller_that_keeps_a_sender_does_not_see_the_end {
    use super::*;

    #[test]
    fn wrong() {
        let (reply_tx, reply_rx) = mpsc::channel::<()>();
        drop(reply_tx.clone()); // By a server that does not reply.
        assert_eq!(reply_rx.try_recv(), Err(TryRecvError::Empty));
    }

    #[test]
    fn right() {
        let (handle, _server) = actor::start(|| (), 1).unwrap();
        // The only one goes along with the request.
        let reply = handle.ask(|()| fail::<()>()).unwrap();
        assert_eq!(within(move || reply.recv()), Err(RecvError));
    }
}

/// One caller gives up, and the server is gone for all.
mod a_server_that_unwraps_its_send_dies_with_a_caller {
    use super::*;

    #[test]
    fn wrong() {
        let (request_tx, request_rx) = mpsc::channel::<mpsc::SyncSender<()>>();
        let server = thread::spawn(move || request_rx.recv().unwrap().send(()).unwrap());
        request_tx.send(mpsc::sync_channel(0).0).unwrap();
        assert!(within(|| server.join()).is_err());
        assert!(request_tx.send(mpsc::sync_channel(0).0).is_err());
    }

    #[test]
    fn right() {
        let (handle, _server) = actor::start(|| (), 1).unwrap();
        drop(handle.ask(|()| ()).unwrap());
        let reply = handle.ask(|()| ()).unwrap();
        assert_eq!(within(move || reply.recv()), Ok(()));
    }
}

/// The answer to another question.
mod a_late_reply_is_taken_for_the_next {
    use super::*;

    #[test]
    fn wrong() {
        // The number is sent along, and nobody compares it.
        let (request_tx, request_rx) = mpsc::channel();
        let (reply_tx, reply_rx) = mpsc::channel();
        request_tx.send((1, reply_tx.clone())).unwrap();
        assert!(reply_rx.recv_timeout(Duration::ZERO).is_err()); // Gives up.
        request_tx.send((2, reply_tx)).unwrap();
        for (number, reply_tx) in request_rx.iter().take(2) {
            reply_tx.send(number * 100).unwrap();
        }
        assert_eq!(reply_rx.recv(), Ok(100));
    }

    #[test]
    fn right() {
        within(|| {
            // The late one is discarded first.
            let (mut client, _server) = reused::start((), |(), number| number * 100).unwrap();
            let _ = client.ask(1, Duration::ZERO);
            assert_eq!(client.ask(2, LIMIT), Ok(200));
            // Or the number is compared.
            let (mut client, _server) =
                pipelined::start((), 2, |(), number, to| to.send(number * 100)).unwrap();
            let numbers = [client.send(1).unwrap(), client.send(2).unwrap()];
            assert_eq!(client.receive(), Some((numbers[0], Ok(100))));
            assert_eq!(client.receive(), Some((numbers[1], Ok(200))));
        });
    }
}

/// A caller hangs, since the server does.
mod without_a_time_limit_a_stuck_server_holds_its_callers {
    use super::*;

    #[test]
    fn wrong() {
        let (reply_tx, reply_rx) = mpsc::channel::<()>();
        let ((gate, hold), _stuck_tx) = (gate(), reply_tx);
        let server = thread::spawn(hold);
        gate.recv().unwrap();
        // `recv` would wait for as long as it is stuck.
        assert_eq!(reply_rx.try_recv(), Err(TryRecvError::Empty));
        drop(gate);
        server.join().unwrap();
    }

    #[test]
    fn right() {
        let (gate, hold) = gate();
        let (handle, _server) = actor::start(|| (), 1).unwrap();
        let reply = handle.ask(move |()| hold()).unwrap();
        let late = reply.recv_timeout(Duration::from_millis(1));
        assert_eq!(late, Err(RecvTimeoutError::Timeout));
        drop(gate);
    }
}

/// The join hangs: whoever joins has a handle.
mod a_server_does_not_end_while_a_handle_lives {
    use super::*;

    #[test]
    fn wrong() {
        let (request_tx, request_rx) = mpsc::channel::<()>();
        drop(request_tx.clone()); // Those of the callers.
        // The server waits for what its owner might ask, and he for the server.
        assert_eq!(request_rx.try_recv(), Err(TryRecvError::Empty));
    }

    #[test]
    fn right() {
        // The latter, whoever else has one.
        for end in [drop, actor::Handle::finish] {
            let (handle, server) = actor::start(|| (), 1).unwrap();
            end(handle);
            within(|| server.join()).unwrap();
        }
    }
}

/// Client and server wait for each other.
mod sends_that_wait_for_each_other_hang {
    use super::*;

    #[test]
    fn wrong() {
        let (request_tx, request_rx) = crossbeam_channel::bounded(1);
        let (reply_tx, reply_rx) = crossbeam_channel::bounded(1);
        let serve = move || request_rx.iter().try_for_each(|n| reply_tx.send(n));
        let server = thread::spawn(serve);
        within(move || {
            // One waits in each channel, and the server has one in hand.
            (0..3).for_each(|n| request_tx.send(n).unwrap());
            // There is no room for the next until somebody takes a reply, and nobody will.
            assert!(request_tx.send_timeout(3, IN_VAIN).is_err());
            drop(reply_rx);
            assert!(server.join().unwrap().is_err());
        });
    }

    #[test]
    fn right() {
        within(|| {
            let (mut client, _server) = pipelined::start((), 1, |(), n, to| to.send(n)).unwrap();
            for n in 0..1_000 {
                // No send waits. A client with too many in flight receives first.
                assert_eq!(client.send(n), Ok(n));
                assert!(client.is_full() && client.receive() == Some((n, Ok(n))));
            }
        });
    }
}
