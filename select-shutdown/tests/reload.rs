//! What `reload` promises. Each test is a process of its own, as those of `signals` are.
//! - several that come before the message is received are one: `several_signals_are_one_message`
//! - no signal is lost: `what_is_read_after_a_message_is_new`
//! - the drop ends the thread, and the signal does nothing: `a_hundred_listeners_end`
//! - nonsense is refused: `a_signal_that_cannot_be_handled_is_refused`
#![cfg(unix)]

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

use super::support::{RETURNED, in_a_child};
use crossbeam_channel::TryRecvError;
use select_shutdown::reload::listen;
use signal_hook::consts::{SIGHUP, SIGKILL};
use signal_hook::low_level::raise;
use testkit::{ROUNDS, panic_of};

#[test]
fn several_signals_are_one_message() {
    let code = in_a_child(|| {
        let listener = listen(SIGHUP).unwrap();
        let receiver = listener.receiver().clone();
        (0..5).try_for_each(|_| raise(SIGHUP)).unwrap();
        while receiver.is_empty() {
            thread::yield_now();
        }
        drop(listener); // Its thread has ended: there will be no more.
        assert_eq!(receiver.try_iter().count(), 1);
    });
    assert_eq!(code, RETURNED);
}

#[test]
fn what_is_read_after_a_message_is_new() {
    let code = in_a_child(|| {
        let listener = listen(SIGHUP).unwrap();
        let configuration = AtomicUsize::new(0);
        thread::scope(|scope| {
            scope.spawn(|| {
                for version in 1..=ROUNDS {
                    configuration.store(version, SeqCst);
                    raise(SIGHUP).unwrap();
                    thread::yield_now();
                }
            });
            // Were the last signal lost, it would wait forever.
            let mut messages = listener.receiver().iter();
            assert!(messages.any(|()| configuration.load(SeqCst) == ROUNDS));
        });
    });
    assert_eq!(code, RETURNED);
}

#[test]
fn a_hundred_listeners_end() {
    let code = in_a_child(|| {
        for _ in 0..ROUNDS {
            let listener = listen(SIGHUP).unwrap();
            let receiver = listener.receiver().clone();
            drop(listener);
            assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected));
            raise(SIGHUP).unwrap();
        }
    });
    assert_eq!(code, RETURNED);
}

#[test]
fn a_signal_that_cannot_be_handled_is_refused() {
    let code = in_a_child(|| {
        for nonsense in [1_000, i32::MAX, -1, 0] {
            assert!(listen(nonsense).is_err(), "{nonsense}");
        }
        assert!(panic_of(|| listen(SIGKILL)).contains("forbidden signal"));
    });
    assert_eq!(code, RETURNED);
}
