//! The program from end to end, without `--listen`.

use std::process::Command;

use testkit::program::{self, Habits, run};

/// The program, quiet but for its complaints.
pub(crate) fn program() -> Command {
    program::command(env!("CARGO_BIN_EXE_async-tokio"))
}

#[test]
fn it_has_the_habits_of_a_tool() {
    let no_clients = ["--listen", "[::1]:0", "--max-clients", "0"];
    for prints in [&[][..], &["--listen", "127.0.0.1:0"]] {
        Habits {
            program: env!("CARGO_BIN_EXE_async-tokio"),
            about: "Shows messages between tasks",
            prints,
            refuses: &[
                (&["surplus"], "unexpected argument"),
                (&["--listen"], "a value is required"),
                (&["--listen", "nonsense"], "not HOST:PORT"),
                (&["--listen", ":7000"], "not HOST:PORT"),
                (&["--listen", "127.0.0.1:70000"], "not HOST:PORT"),
                (&no_clients, "0 is not in 1..=65535"),
                (&["--max-clients", "1"], "were not provided"),
            ],
        }
        .check();
    }
}

#[test]
fn it_draws_a_lane_for_each_task_and_for_the_thread_that_computes() {
    let output = run(&mut program());
    let drawn = String::from_utf8_lossy(&output.stdout);
    let lanes = drawn.lines().skip(1).take(4);
    let lanes = lanes.filter_map(|line| line.split_whitespace().next());
    assert!(
        lanes.eq(["caller", "sender", "receiver", "cpu-0"]),
        "{drawn}"
    );
    assert_eq!((&*output.stderr, output.status.code()), (&b""[..], Some(0)));
}
