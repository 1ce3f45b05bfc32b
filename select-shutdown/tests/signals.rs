//! What `signals` promises. A signal is sent to a whole process, and handlers stay: each test is a
//! process of its own.
//! - the first signal is one message: `the_first_signal_is_a_message`
//! - others within the grace are the same wish: `within_the_grace_a_signal_is_the_same_wish`
//! - after the grace, a signal ends the process: `after_the_grace_a_signal_ends_the_process`,
//!   `a_second_signal_needs_nobody_who_receives`
//! - so it does after the drop, and after an error: `after_the_listener_a_signal_ends_the_process`,
//!   `a_listener_that_is_refused_ignores_no_signal`
//! - a signal that was ignored is heard: `a_signal_that_was_ignored_is_heard`
//! - no message is lost by the drop: `a_signal_just_before_the_drop_is_a_message`
//! - the drop ends the thread, after the grace: `a_hundred_listeners_end`,
//!   `a_signal_just_before_the_drop_is_a_message`
//!
//! That the drop raises no SIGPIPE is shown among the pitfalls.
#![cfg(unix)]

use std::env;
use std::process::{Command, exit};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{RecvError, TryRecvError};
use select_shutdown::signals::listen;
use signal_hook::consts::{SIGINT, SIGKILL, SIGTERM, SIGUSR1};
use signal_hook::low_level::raise;
use testkit::{ROUNDS, panic_of};

use super::support::{RETURNED, in_a_child};

/// How long a grace is that is not over when a test ends.
const LONG: Duration = Duration::from_secs(3_600);
const NONE: Duration = Duration::ZERO;

#[test]
fn the_first_signal_is_a_message() {
    let code = in_a_child(|| {
        for kinds in [vec![SIGUSR1], vec![SIGINT, SIGTERM, SIGINT]] {
            let listener = listen(&kinds, NONE).unwrap();
            assert!(listener.receiver().is_empty());
            raise(*kinds.last().unwrap()).unwrap();
            assert_eq!(listener.receiver().recv(), Ok(*kinds.last().unwrap()));
            assert_eq!(listener.receiver().recv(), Err(RecvError));
        }
    });
    assert_eq!(code, RETURNED);
}

/// As behind `nohup`, which does so with SIGHUP.
#[test]
fn a_signal_that_was_ignored_is_heard() {
    const IGNORED: &str = "SIGNALS_TEST_IGNORED";
    let code = in_a_child(|| {
        if env::var_os(IGNORED).is_some() {
            raise(SIGTERM).unwrap();
            let listener = listen(&[SIGTERM], NONE).unwrap();
            raise(SIGTERM).unwrap();
            assert_eq!(listener.receiver().recv(), Ok(SIGTERM));
            return;
        }
        let mut shell = Command::new("sh");
        shell.args(["-c", "trap '' TERM; exec \"$0\" \"$@\""]);
        let output = shell.args(env::args_os()).env(IGNORED, "").output();
        let output = output.expect("there is a shell");
        assert_eq!(output.status.code(), Some(RETURNED), "{output:?}");
    });
    assert_eq!(code, RETURNED);
}

#[test]
fn within_the_grace_a_signal_is_the_same_wish() {
    let code = in_a_child(|| {
        let listener = listen(&[SIGINT, SIGTERM], LONG).unwrap();
        for kind in [SIGINT, SIGINT, SIGTERM] {
            raise(kind).unwrap();
        }
        assert!(listener.receiver().recv().is_ok());
        raise(SIGINT).unwrap();
        assert_eq!(listener.receiver().try_recv(), Err(TryRecvError::Empty));
        exit(RETURNED); // The drop would wait for the grace.
    });
    assert_eq!(code, RETURNED);
}

#[test]
fn after_the_grace_a_signal_ends_the_process() {
    let code = in_a_child(|| {
        let listener = listen(&[SIGINT, SIGTERM], Duration::from_millis(1)).unwrap();
        raise(SIGINT).unwrap();
        assert_eq!(listener.receiver().recv(), Ok(SIGINT));
        assert_eq!(listener.receiver().recv(), Err(RecvError)); // The grace is over.
        raise(SIGTERM).unwrap();
    });
    assert_eq!(code, 128 + SIGTERM);
}

#[test]
fn a_second_signal_needs_nobody_who_receives() {
    let code = in_a_child(|| {
        let _listener = listen(&[SIGINT], NONE).unwrap();
        loop {
            raise(SIGINT).unwrap();
            thread::yield_now();
        }
    });
    assert_eq!(code, 128 + SIGINT);
}

#[test]
fn after_the_listener_a_signal_ends_the_process() {
    let code = in_a_child(|| {
        drop(listen(&[SIGINT], LONG).unwrap());
        raise(SIGINT).unwrap();
    });
    assert_eq!(code, 128 + SIGINT);
}

#[test]
fn a_signal_just_before_the_drop_is_a_message() {
    let code = in_a_child(|| {
        let grace = Duration::from_millis(20);
        let listener = listen(&[SIGINT], grace).unwrap();
        let receiver = listener.receiver().clone();
        let start = Instant::now();
        raise(SIGINT).unwrap();
        drop(listener); // Before its thread has woken, most times; and nobody has received.
        assert!(start.elapsed() >= grace);
        assert_eq!(receiver.try_recv(), Ok(SIGINT));
        raise(SIGINT).unwrap();
    });
    assert_eq!(code, 128 + SIGINT);
}

#[test]
fn a_listener_that_is_refused_ignores_no_signal() {
    let code = in_a_child(|| {
        for nonsense in [1_000, i32::MAX, -1, 0] {
            assert!(listen(&[SIGINT, nonsense], LONG).is_err(), "{nonsense}");
        }
        let message = panic_of(|| listen(&[SIGINT, SIGKILL], LONG));
        assert!(message.contains("forbidden signal"), "{message}");
        raise(SIGINT).unwrap();
    });
    assert_eq!(code, 128 + SIGINT);
}

#[test]
fn a_hundred_listeners_end() {
    let code = in_a_child(|| {
        for _ in 0..ROUNDS {
            let listener = listen(&[SIGUSR1], LONG).unwrap();
            let receiver = listener.receiver().clone();
            drop(listener);
            // At once, without a wait: the thread has ended, and its sender is gone.
            assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected));
        }
    });
    assert_eq!(code, RETURNED);
}
