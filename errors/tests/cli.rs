//! The program from end to end.

use testkit::program::{Habits, command, run};

const PROGRAM: &str = env!("CARGO_BIN_EXE_errors");

/// What it prints: what each operation gave back.
const PRINTED: &str = include_str!("printed.txt");

#[test]
fn it_has_the_habits_of_a_tool() {
    let habits = Habits {
        program: PROGRAM,
        about: "Does each operation on a real channel",
        prints: &[],
        refuses: &[
            (&["send"], "unexpected argument"),
            (&["--rows"], "unexpected argument"),
            (&[""], "unexpected argument"),
        ],
    };
    habits.check();
}

#[test]
fn it_prints_the_same_each_time() {
    // Some cases race with a thread of their own.
    for _ in 0..20 {
        let output = run(&mut command(PROGRAM));
        assert_eq!(String::from_utf8_lossy(&output.stdout), PRINTED);
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        assert_eq!(output.status.code(), Some(0));
    }
}

#[test]
fn the_panics_of_workers_are_in_the_log() {
    let output = run(command(PROGRAM).env("RUST_LOG", "info"));
    let said = String::from_utf8_lossy(&output.stderr);
    let panics = |name: &str| said.matches(&format!("INFO {name} panicked at")).count();
    // Two for recv, one for join, one for flatten; one for try_for_each.
    assert_eq!((panics("worker"), panics("worker-0")), (4, 1), "{said}");
    // A line each, and one for the time.
    assert_eq!(said.lines().count(), 6, "{said}");
    assert!(said.contains(" main all operations done: "), "{said}");
}
