//! The program.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use async_nats::jetstream;
use testkit::program::{Habits, Running, command, run};
use tokio::time::sleep;

use super::support::{Server, Test, connect, tests};

const PROGRAM: &str = env!("CARGO_BIN_EXE_beyond-one-machine");

/// What comes out: stdout, stderr, exit code.
type Ended = (String, String, Option<i32>);

fn ended(running: Running) -> Ended {
    let output = running.end();
    let text = |bytes| String::from_utf8(bytes).expect("it is text");
    (
        text(output.stdout),
        text(output.stderr),
        output.status.code(),
    )
}

/// The program on `server`, where a job goes to another after a fifth of a second.
fn on(server: &str, args: &[&str]) -> Command {
    let mut command = command(PROGRAM);
    command
        .args(["--server", server, "--ack-wait", "0.2"])
        .args(args);
    command
}

fn submit(server: &Server, lines: &[String]) -> Ended {
    let mut submit = Running::start(on(&server.url(), &["submit"]).stdin(Stdio::piped()));
    let mut input = submit.0.stdin.take().expect("it is piped");
    input
        .write_all((lines.join("\n") + "\n").as_bytes())
        .expect("it reads");
    drop(input); // That is all.
    ended(submit)
}

fn worker(server: &Server, args: &[&str]) -> Running {
    Running::start(&mut on(&server.url(), &[&["work"], args].concat()))
}

fn lines(prefix: &str, count: usize) -> Vec<String> {
    (0..count).map(|n| format!("{prefix} {n}")).collect()
}

fn interrupt(worker: &Running) {
    let kill = ["-s", "INT", &worker.0.id().to_string()].map(String::from);
    assert!(run(command("kill").args(kill)).status.success());
}

tests! {
    #[test]
    #[seconds(60)]
    async fn it_has_the_habits_of_a_tool(server: Server) {
        let url = server.url();
        let two = "--server and one of submit, work, results go together";
        Habits {
            program: PROGRAM,
            about: "Queues lines as jobs on a NATS server",
            prints: &["--server", &url, "submit"],
            refuses: &[
                (&["submit"], two),
                (&["--server", &url], two),
                (&["--server", "nats://me:secret@host", "results"], "use --creds"),
                (&["--server", &url, "--queue", "a.b", "results"], "letters, digits"),
                (&["--server", &url, "--ack-wait", "0", "results"], "from 0.1 to 86400"),
                (&["--server", &url, "work"], "COMMAND"),
            ],
        }
        .check();
    }

    #[test]
    #[seconds(20)]
    async fn alone_it_shows_a_worker_that_is_killed(server: Server) {
        drop(server);
        let (stdout, stderr, code) = ended(Running::start(&mut command(PROGRAM)));
        assert!(stdout.starts_with("200 jobs accepted, 3 workers\nworker 2 is killed, after 100 results\n"), "{stdout}");
        assert!(stdout.contains("200 jobs done: "), "{stdout}");
        assert_eq!((stderr.as_str(), code), ("", Some(0)));
    }

    #[test]
    async fn lines_are_jobs_and_each_result_is_printed_once(server: Server) {
        let lines = lines("job", 30);
        assert_eq!(submit(&server, &lines), ("30 jobs accepted\n".into(), String::new(), Some(0)));
        let workers = [worker(&server, &["echo", "did"]), worker(&server, &["echo", "did"])];
        let (stdout, stderr, code) = ended(Running::start(&mut on(&server.url(), &["results"])));
        let mut printed: Vec<&str> = stdout.lines().collect();
        printed.sort_unstable();
        let mut expected: Vec<String> = lines.iter().map(|line| format!("did {line}")).collect();
        expected.sort();
        assert_eq!(printed, expected);
        assert_eq!((stderr.as_str(), code), ("", Some(0)));
        drop(workers);
    }

    #[test]
    async fn a_command_that_fails_is_tried_again_and_set_aside(server: Server) {
        submit(&server, &lines("x", 3));
        let mut worker = worker(&server, &["sh", "-c", "test \"$0\" != 'x 1' && echo \"$0\""]);
        let (stdout, stderr, code) = ended(Running::start(&mut on(&server.url(), &["results"])));
        assert_eq!(stdout, "x 0\nx 2\n");
        assert_eq!(stderr, "beyond-one-machine: 1 jobs have failed too often, and are set aside\n");
        assert_eq!(code, Some(123));
        worker.0.kill().expect("it runs");
        let told = ended(worker).1;
        let again = "beyond-one-machine: \"x 1\": exit status: 1; it will be tried again\n";
        let aside = "beyond-one-machine: \"x 1\": exit status: 1; it is set aside\n";
        assert_eq!(told, [again, again, aside].concat());
    }

    #[test]
    async fn ctrl_c_lets_the_command_end_and_gives_up_no_job(server: Server) {
        submit(&server, &lines("x", 2));
        let begun = tempfile::NamedTempFile::new().expect("there is room");
        let path = begun.path().to_str().expect("it is text");
        // It waits until it is told that the worker has had its signal.
        let script = format!("echo begun >> '{path}'; while ! grep -q told '{path}'; do sleep 0.01; done; echo done");
        let worker = worker(&server, &["sh", "-c", &script]);
        let has_begun = || std::fs::read_to_string(path).expect("it is there").contains("begun");
        while !has_begun() {
            tokio::task::yield_now().await;
        }
        interrupt(&worker);
        let mut file = std::fs::File::options().append(true).open(path).expect("it is there");
        writeln!(file, "told").expect("there is room");
        assert_eq!(ended(worker), (String::new(), String::new(), Some(0)));
        let other = super::cli::worker(&server, &["echo", "other"]);
        let (stdout, _, code) = ended(Running::start(&mut on(&server.url(), &["results"])));
        assert_eq!((stdout.as_str(), code), ("done\nother x 1\n", Some(0)));
        drop(other);
    }

    /// A minute: fifty workers start and die.
    #[test]
    #[seconds(60)]
    async fn fifty_workers_are_killed_at_random_moments_and_nothing_is_lost(server: Server) {
        let lines = lines("job", 1_000);
        assert_eq!(submit(&server, &lines).0, "1000 jobs accepted\n");
        let seed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
        let mut random = seed.subsec_nanos();
        for _ in 0..50 {
            let victim = worker(&server, &["echo"]);
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // A random moment, not a synchronisation: from before it is connected to well after.
            sleep(Duration::from_millis(u64::from(random >> 16) % 80)).await;
            drop(victim); // With SIGKILL.
        }
        let workers = [worker(&server, &["echo"]), worker(&server, &["echo"])];
        let (stdout, ..) = ended(Running::start(&mut on(&server.url(), &["results"])));
        let printed: Vec<&str> = stdout.lines().collect();
        let mut found: BTreeSet<String> = printed.iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), printed.len(), "each once");
        // A job that was with three of them is set aside.
        let context = jetstream::new(connect(&server).await);
        let aside = context.get_stream("jobs-aside").await.expect("it is there");
        for number in 1..=aside.cached_info().state.messages {
            let job = aside.get_raw_message(number).await.expect("it is there");
            found.insert(String::from_utf8(job.payload.to_vec()).expect("it is text"));
        }
        assert_eq!(found, lines.into_iter().collect(), "seed {seed:?}");
        drop(workers);
    }
}

pub(crate) const WITHOUT_SERVER: [Test; 3] = [
    (
        "without_nats_server_it_says_how_to_get_it",
        without_nats_server,
    ),
    ("a_wrong_url_is_an_error_in_time", a_wrong_url),
    ("credentials_that_are_not_there_are_told", no_credentials),
];

fn without_nats_server() {
    let (stdout, stderr, code) = ended(Running::start(
        command(PROGRAM).env("NATS_SERVER", "/nowhere"),
    ));
    assert!(
        stderr.starts_with("beyond-one-machine: nats-server is not installed: "),
        "{stderr}"
    );
    assert_eq!(
        (stdout.as_str(), stderr.lines().count(), code),
        ("", 1, Some(1))
    );
}

fn a_wrong_url() {
    for url in [
        "nats://127.0.0.1:1",
        "nats://no-such-host.invalid",
        "no url",
    ] {
        let (stdout, stderr, code) = ended(Running::start(&mut on(url, &["results"])));
        let expected = format!("beyond-one-machine: cannot connect to {url}: ");
        assert!(stderr.starts_with(&expected), "{stderr}");
        assert_eq!(
            (stdout.as_str(), stderr.lines().count(), code),
            ("", 1, Some(1))
        );
    }
}

fn no_credentials() {
    let args = ["--creds", "/nowhere", "results"];
    let (_, stderr, code) = ended(Running::start(&mut on("nats://127.0.0.1:1", &args)));
    assert!(
        stderr.starts_with("beyond-one-machine: loading creds file '/nowhere': No such file"),
        "{stderr}"
    );
    assert_eq!(code, Some(1));
}
