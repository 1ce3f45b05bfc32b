//! The program from end to end, without `--listen`.

use super::support::program;
use testkit::program::{Habits, run};

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
                (&["--listen", "127.0.0.1:70000"], "not HOST:PORT"),
                (&no_clients, "0 is not in 1..=65535"),
                (&["--max-clients", "1"], "were not provided"),
            ],
        }
        .check();
    }
}

#[test]
fn it_shows_each_pattern_and_prints_what_the_readme_shows() {
    let readme = include_str!("../README.md");
    let command = "$ RUST_LOG=off cargo run -q -p async-tokio\n";
    let (_, shown) = readme.split_once(command).expect("the README shows it");
    let (shown, _) = shown.split_once("```").expect("a block has an end");
    // The same each time.
    for _ in 0..5 {
        let output = run(program().env("RUST_LOG", "info"));
        assert_eq!(String::from_utf8_lossy(&output.stdout), shown);
        assert!(output.status.success());
        let log = String::from_utf8_lossy(&output.stderr);
        assert!(log.contains("each primitive at work"), "{log}");
    }
    let patterns = include_str!("../src/lib.rs").lines();
    for pattern in patterns.filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')) {
        assert!(
            shown.lines().any(|line| line.starts_with(pattern)),
            "{pattern}"
        );
    }
}
