//! Mistakes that the compiler refuses, by the code of its error: the wording may change.

use std::env;
use std::io::Write;
use std::process::{Command, Stdio};

/// The codes of the errors in a function with this `body`; empty if it compiles.
fn errors_in(body: &str) -> Vec<String> {
    let source = format!(
        "#![allow(warnings)]\n\
         use std::rc::Rc;\n\
         use std::sync::{{Arc, Mutex, mpsc}};\n\
         use std::thread;\n\
         pub fn run() {{ {body} }}\n"
    );
    let mut rustc = Command::new(env::var("RUSTC").unwrap_or_else(|_| "rustc".into()))
        .args(["--edition=2024", "--crate-type=lib", "--error-format=json"])
        .args([
            "--emit=metadata",
            "--out-dir",
            env!("CARGO_TARGET_TMPDIR"),
            "-",
        ])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("rustc runs");
    let mut stdin = rustc.stdin.take().expect("it is piped");
    stdin.write_all(source.as_bytes()).expect("rustc reads it");
    drop(stdin);
    let output = rustc.wait_with_output().expect("rustc ends");
    let messages = String::from_utf8(output.stderr).expect("JSON is UTF-8");
    let codes = messages.split("\"code\":{\"code\":\"").skip(1);
    let codes: Vec<String> = codes
        .filter_map(|rest| rest.split('"').next().map(String::from))
        .collect();
    assert_eq!(output.status.success(), codes.is_empty(), "{messages}");
    codes
}

#[test]
fn a_value_is_not_used_after_it_is_sent() {
    let send = "let (tx, rx) = mpsc::channel(); let text = String::new(); tx.send(text).unwrap();";
    assert_eq!(errors_in(send), [""; 0]);
    assert_eq!(
        errors_in(&format!("{send} println!(\"{{text}}\");")),
        ["E0382"]
    );
}

#[test]
fn a_receiver_of_std_is_not_cloned() {
    let channel = "let (tx, rx) = mpsc::channel::<u8>();";
    assert_eq!(errors_in(&format!("{channel} tx.clone();")), [""; 0]);
    assert_eq!(errors_in(&format!("{channel} rx.clone();")), ["E0599"]);
}

#[test]
fn an_rc_is_not_sent_to_another_thread() {
    let spawn = |kind| format!("let value = {kind}::new(1); thread::spawn(move || drop(value));");
    assert_eq!(errors_in(&spawn("Arc")), [""; 0]);
    assert_eq!(errors_in(&spawn("Rc")), ["E0277"]);
}

#[test]
fn a_channel_of_rcs_is_not_sent_to_another_thread() {
    let spawn = |kind| {
        format!(
            "let (tx, rx) = mpsc::channel(); tx.send({kind}::new(1)).unwrap();\
             thread::spawn(move || rx.recv());"
        )
    };
    assert_eq!(errors_in(&spawn("Arc")), [""; 0]);
    assert_eq!(errors_in(&spawn("Rc")), ["E0277"]);
}

#[test]
fn a_mutex_guard_is_not_sent_to_another_thread() {
    let scope = |body| format!("let lock = Mutex::new(1); thread::scope(|scope| {{ {body} }});");
    let locks_there = "scope.spawn(|| drop(lock.lock()));";
    assert_eq!(errors_in(&scope(locks_there)), [""; 0]);
    let locks_here = "let guard = lock.lock(); scope.spawn(move || drop(guard));";
    assert_eq!(errors_in(&scope(locks_here)), ["E0277"]);
}

#[test]
fn a_borrowed_value_is_not_sent_to_a_thread_that_outlives_it() {
    let spawn = |start: &str| format!("let text = String::new(); {start}");
    assert_eq!(
        errors_in(&spawn(
            "thread::scope(|scope| { scope.spawn(|| text.len()); });"
        )),
        [""; 0]
    );
    assert_eq!(
        errors_in(&spawn("thread::spawn(|| text.len());")),
        ["E0373"]
    );
    let through_a_channel = "let (tx, rx) = mpsc::channel::<&str>();\
                             thread::spawn(move || rx.recv().map(str::len));\
                             let text = String::new(); tx.send(&text).unwrap();";
    assert_eq!(errors_in(through_a_channel), ["E0597"]);
}
