//! What the guard against hangs promises.

use std::panic::catch_unwind;
use std::sync::mpsc;
use std::time::Duration;

use common::within;

#[test]
fn a_value_comes_back() {
    assert_eq!(within(Duration::from_secs(10), || 42), 42);
}

#[test]
fn a_panic_comes_back_as_it_was() {
    let payload =
        catch_unwind(|| within(Duration::from_secs(10), || panic!("as it was"))).unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&"as it was"));
}

#[test]
fn a_hang_is_a_failure_that_says_so() {
    let (release_tx, release_rx) = mpsc::channel::<()>();
    let payload = catch_unwind(|| {
        within(Duration::from_millis(10), move || {
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
