//! What `signals` promises.
//!
//! A signal is sent to a whole process, and handlers stay. So each test is a process of its own.
#![cfg(unix)]

use std::env;
use std::process::{Command, Stdio, exit};

use crossbeam_channel::{RecvError, Select, TryRecvError};
use select_shutdown::signals::listen;
use signal_hook::consts::{SIGINT, SIGKILL, SIGTERM, SIGUSR1};
use signal_hook::low_level::raise;
use testkit::{panic_of, within};

const CHILD: &str = "SIGNALS_TEST_CHILD";

/// Runs `body` in a process of its own, which is this test once more, and returns its exit code: 0
/// when `body` returns.
#[track_caller]
fn in_a_child(test: &str, body: fn()) -> Option<i32> {
    if env::var_os(CHILD).is_some() {
        within(body);
        exit(0);
    }
    let mut child = Command::new(env::current_exe().expect("this program has a path"))
        .args(["--exact", &format!("signals::{test}"), "--nocapture"])
        .env(CHILD, "")
        .stdout(Stdio::null())
        .spawn()
        .expect("this program can be run");
    within(move || child.wait().expect("it is our child").code())
}

#[test]
fn the_first_signal_is_a_message() {
    let code = in_a_child("the_first_signal_is_a_message", || {
        for signal in [SIGINT, SIGTERM, SIGUSR1] {
            let listener = listen(&[signal]).unwrap();
            assert!(listener.receiver().is_empty());
            raise(signal).unwrap();
            assert_eq!(listener.receiver().recv(), Ok(signal));
            assert_eq!(listener.receiver().recv(), Err(RecvError));
        }
    });
    assert_eq!(code, Some(0));
}

/// As behind `nohup`, which does so with SIGHUP.
#[test]
fn a_signal_that_was_ignored_is_heard() {
    const IGNORED: &str = "SIGNALS_TEST_IGNORED";
    let code = in_a_child("a_signal_that_was_ignored_is_heard", || {
        if env::var_os(IGNORED).is_some() {
            raise(SIGTERM).unwrap();
            let listener = listen(&[SIGTERM]).unwrap();
            raise(SIGTERM).unwrap();
            assert_eq!(listener.receiver().recv(), Ok(SIGTERM));
            return;
        }
        let mut shell = Command::new("sh");
        shell.args(["-c", "trap '' TERM; exec \"$0\" \"$@\""]);
        shell.args(env::args_os()).env(IGNORED, "");
        assert!(shell.status().unwrap().success());
    });
    assert_eq!(code, Some(0));
}

#[test]
fn any_kind_that_is_listened_for_is_heard() {
    let code = in_a_child("any_kind_that_is_listened_for_is_heard", || {
        let listener = listen(&[SIGINT, SIGTERM]).unwrap();
        raise(SIGTERM).unwrap();
        assert_eq!(listener.receiver().recv(), Ok(SIGTERM));
    });
    assert_eq!(code, Some(0));
}

#[test]
fn a_kind_that_is_named_twice_is_listened_for_once() {
    let code = in_a_child("a_kind_that_is_named_twice_is_listened_for_once", || {
        let listener = listen(&[SIGINT, SIGTERM, SIGINT]).unwrap();
        raise(SIGINT).unwrap();
        assert_eq!(listener.receiver().recv(), Ok(SIGINT));
    });
    assert_eq!(code, Some(0));
}

#[test]
fn a_second_signal_ends_the_process() {
    let code = in_a_child("a_second_signal_ends_the_process", || {
        let listener = listen(&[SIGINT, SIGTERM]).unwrap();
        raise(SIGINT).unwrap();
        assert_eq!(listener.receiver().recv(), Ok(SIGINT));
        raise(SIGTERM).unwrap();
        exit(0); // It does not get this far.
    });
    assert_eq!(code, Some(128 + SIGTERM));
}

#[test]
fn a_second_signal_needs_nobody_who_receives() {
    let code = in_a_child("a_second_signal_needs_nobody_who_receives", || {
        let _listener = listen(&[SIGINT]).unwrap();
        raise(SIGINT).unwrap();
        raise(SIGINT).unwrap();
        exit(0); // It does not get this far.
    });
    assert_eq!(code, Some(128 + SIGINT));
}

#[test]
fn after_the_listener_a_signal_ends_the_process() {
    let code = in_a_child("after_the_listener_a_signal_ends_the_process", || {
        drop(listen(&[SIGINT]).unwrap());
        raise(SIGINT).unwrap();
        exit(0); // It does not get this far.
    });
    assert_eq!(code, Some(128 + SIGINT));
}

#[test]
fn a_message_that_nobody_receives_does_not_hold_the_listener() {
    let code = in_a_child(
        "a_message_that_nobody_receives_does_not_hold_the_listener",
        || {
            let listener = listen(&[SIGUSR1]).unwrap();
            let receiver = listener.receiver().clone();
            raise(SIGUSR1).unwrap();
            let mut select = Select::new();
            select.recv(&receiver);
            select.ready(); // The message is there, and is left there.
            drop(listener);
            assert_eq!(receiver.recv(), Ok(SIGUSR1));
        },
    );
    assert_eq!(code, Some(0));
}

#[test]
fn a_signal_just_before_the_drop_is_a_message() {
    let code = in_a_child("a_signal_just_before_the_drop_is_a_message", || {
        let listener = listen(&[SIGINT]).unwrap();
        let receiver = listener.receiver().clone();
        raise(SIGINT).unwrap();
        drop(listener); // Before its thread has woken, most times.
        assert_eq!(receiver.recv(), Ok(SIGINT));
        raise(SIGINT).unwrap();
        exit(0); // It does not get this far.
    });
    assert_eq!(code, Some(128 + SIGINT));
}

#[test]
fn a_listener_that_is_refused_ignores_no_signal() {
    let code = in_a_child("a_listener_that_is_refused_ignores_no_signal", || {
        assert!(listen(&[SIGINT, 1_000]).is_err(), "there is no such signal");
        let message = panic_of(|| listen(&[SIGINT, SIGKILL]));
        assert!(message.contains("forbidden signal"), "{message}");
        raise(SIGINT).unwrap();
        exit(0); // It does not get this far.
    });
    assert_eq!(code, Some(128 + SIGINT));
}

#[test]
fn a_hundred_listeners_end() {
    let code = in_a_child("a_hundred_listeners_end", || {
        for _ in 0..100 {
            let listener = listen(&[SIGUSR1]).unwrap();
            let receiver = listener.receiver().clone();
            drop(listener);
            // At once, without a wait: the thread has ended, and its sender is gone.
            assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected));
        }
    });
    assert_eq!(code, Some(0));
}
