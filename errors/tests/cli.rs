//! The program from end to end.

use testkit::program::{Habits, command, run};

const PROGRAM: &str = env!("CARGO_BIN_EXE_errors");

/// Its table: what each operation gave back.
const PRINTED: &str = include_str!("printed.txt");

#[test]
fn it_has_the_habits_of_a_tool() {
    for prints in [&[][..], &["--table"]] {
        let habits = Habits {
            program: PROGRAM,
            about: "Shows an error that is gone at a later try",
            prints,
            refuses: &[
                (&["send"], "unexpected argument"),
                (&["--rows"], "unexpected argument"),
                (&[""], "unexpected argument"),
            ],
        };
        habits.check();
    }
}

#[test]
fn it_draws_an_error_that_goes_and_one_that_stops_the_others() {
    let output = run(&mut command(PROGRAM));
    let drawn = String::from_utf8_lossy(&output.stdout);
    assert!(drawn.starts_with("item 7 failed, "), "{drawn}");
    for worker in 0..3 {
        assert!(drawn.contains(&format!("\nworker-{worker}  [")), "{drawn}");
    }
    assert_eq!((&*output.stderr, output.status.code()), (&b""[..], Some(0)));
}

#[test]
fn its_table_is_the_same_each_time() {
    // Some cases race with a thread of their own.
    for _ in 0..20 {
        let output = run(command(PROGRAM).arg("--table"));
        assert_eq!(String::from_utf8_lossy(&output.stdout), PRINTED);
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        assert_eq!(output.status.code(), Some(0));
    }
}

#[test]
fn the_panics_of_workers_are_in_the_log() {
    let output = run(command(PROGRAM).arg("--table").env("RUST_LOG", "info"));
    let said = String::from_utf8_lossy(&output.stderr);
    let panics = |name: &str| said.matches(&format!("INFO {name} panicked at")).count();
    // Two for recv, one for join, one for flatten; one for try_for_each.
    assert_eq!((panics("worker"), panics("worker-0")), (4, 1), "{said}");
    // A line each, and one for the time.
    assert_eq!(said.lines().count(), 6, "{said}");
    assert!(said.contains(" main all operations done: "), "{said}");
}
