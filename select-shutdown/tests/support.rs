//! Tests that are processes of their own.
#![cfg(unix)]

use std::any::type_name;
use std::env;
use std::process::{Command, exit};

use testkit::within;

const CHILD: &str = "SIGNALS_TEST_CHILD";

/// With what a child exits that comes to its end.
pub(crate) const RETURNED: i32 = 42;

/// Runs `body`, a closure of a test, in a process of its own, which is that test once more. Returns
/// its exit code.
#[track_caller]
pub(crate) fn in_a_child<F: FnOnce() + Send + 'static>(body: F) -> i32 {
    if env::var_os(CHILD).is_some() {
        within(body);
        exit(RETURNED);
    }
    let (_, path) = type_name::<F>().split_once("::").expect("of this crate");
    let (test, _) = path.rsplit_once("::").expect("in a test");
    let mut child = Command::new(env::current_exe().expect("it has a path"));
    child.args(["--exact", test, "--nocapture"]).env(CHILD, "");
    let output = child.output().expect("it starts");
    let (stdout, stderr) = (output.stdout, output.stderr);
    print!("{}", String::from_utf8_lossy(&[stdout, stderr].concat()));
    output.status.code().expect("it exits")
}
