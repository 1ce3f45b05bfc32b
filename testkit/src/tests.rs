//! What the helpers of tests promise.

use std::panic::{catch_unwind, panic_any};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::kit::within_limit;
use crate::program::{Running, command, rest, run};
use crate::{Lead, Ledger, outcome, panic_of, within};

#[test]
fn a_panic_is_its_message() {
    let name = "it";
    assert_eq!(panic_of(|| panic_any("as it was")), "as it was");
    assert_eq!(panic_of(|| panic!("as {name} was")), "as it was");
    assert_eq!(outcome(|| 42), Ok(42));
    assert_eq!(panic_of(|| panic_of(|| 42)), "it must panic");
}

#[test]
fn a_lead_that_is_too_long_is_a_failure() {
    let lead = Lead::default();
    lead.take();
    let mut items = lead.limited(9, 2);
    assert!(items.by_ref().take(3).eq(0..3));
    assert!(panic_of(|| items.next()).contains("3 items ahead, where 2 are promised"));
}

#[test]
fn an_item_that_is_left_behind_is_a_failure() {
    let ledger = Ledger::default();
    ledger.assert_all_dropped();
    let mut items: Vec<_> = ledger.items().take(3).collect();
    items.push(ledger.item(7));
    assert!(items.iter().map(|item| item.number).eq([0, 1, 2, 7]));
    let last = items.pop();
    drop(items);
    assert_eq!((ledger.handed_out(), ledger.dropped()), (4, 3));
    assert!(panic_of(|| ledger.assert_all_dropped()).contains("items are left behind"));
    drop(last);
    ledger.assert_all_dropped();
}

fn shell(script: &str) -> Command {
    let mut shell = command("sh");
    shell.args(["-c", script]);
    shell
}

#[test]
fn what_a_process_prints_comes_with_how_it_ended() {
    // More than a pipe holds, so that both must be read at once.
    let script = "cat; head -c 300000 /dev/zero >&2; head -c 200000 /dev/zero; exit 3";
    let output = run(&mut shell(script));
    assert_eq!(
        (output.stdout.len(), output.stderr.len()),
        (200_000, 300_000)
    );
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(run(&mut shell("echo $RUST_LOG")).stdout, b"off\n");
}

#[test]
fn a_process_ends_with_its_owner() {
    let mut running = Running::start(command("cat").stdin(Stdio::piped()));
    // With its input open, only the owner's end can end it.
    let _stdin = running.0.stdin.take();
    let (stdout, id) = (running.0.stdout.take(), running.0.id());
    within(|| drop(running));
    assert_eq!(within(|| rest(stdout)), b"");
    assert_gone(id);
}

#[test]
fn a_process_that_hangs_is_a_failure_and_is_killed() {
    // The second hangs with its streams closed, the third without any.
    let scripts = ["read line", "exec >&- 2>&-; read line", "read line"];
    for (number, script) in scripts.into_iter().enumerate() {
        let mut shell = shell(script);
        if number == 2 {
            shell.stdout(Stdio::null()).stderr(Stdio::null());
        }
        let mut running = Running::start(shell.stdin(Stdio::piped()));
        let (_stdin, id) = (running.0.stdin.take(), running.0.id());
        let hang = move || panic_of(|| running.end_within(Duration::from_millis(10)));
        assert_eq!(within(hang), "no end within 10ms: it hangs");
        assert_gone(id);
    }
}

/// The process was waited for, too: it is not even a zombie.
fn assert_gone(id: u32) {
    let status = Command::new("kill").args(["-0", &id.to_string()]).output();
    assert!(!status.expect("it can be asked").status.success());
}

#[test]
fn a_value_comes_back() {
    assert_eq!(within(|| 42), 42);
}

#[test]
fn a_panic_comes_back_as_it_was() {
    let payload = catch_unwind(|| within(|| panic!("as it was"))).unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&"as it was"));
}

#[test]
fn a_hang_is_a_failure_that_says_so() {
    let (release_tx, release_rx) = mpsc::channel::<()>();
    let payload = catch_unwind(|| {
        within_limit(Duration::from_millis(10), move || {
            // Ends when the test has seen the failure.
            let _ = release_rx.recv();
        });
    })
    .unwrap_err();
    drop(release_tx);
    assert_eq!(
        payload.downcast_ref::<String>().map(String::as_str),
        Some("no end within 10ms: it hangs")
    );
}
