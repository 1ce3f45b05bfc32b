//! What the READMEs say is true: their links lead somewhere, their commands run and print what is
//! shown, they name every pattern, and those of the members are all alike.

use std::collections::BTreeSet;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{self, Command, Stdio};
use std::{fs, thread};

use verify::patterns::{members, patterns, workspace};

use super::programs::{NATS, all_fit_in_any_order, build, nats_server, target, url_of};
use verify::assert_none;

/// What a reader opens, with its path from the root of the workspace.
struct Page {
    path: PathBuf,
    text: String,
}

impl Page {
    fn read(path: &Path) -> Option<Self> {
        let text = fs::read_to_string(workspace().join(path)).ok()?;
        let path = path.to_path_buf();
        Some(Self { path, text })
    }

    /// Where its links lead.
    fn targets(&self) -> impl Iterator<Item = &str> {
        let links = self.text.split("](").skip(1);
        links.filter_map(|rest| rest.split(')').next())
    }
}

fn pages() -> Vec<Page> {
    let folders = fs::read_dir(workspace()).expect("the workspace is readable");
    let names = folders.map(|entry| PathBuf::from(entry.expect("it is readable").file_name()));
    names
        .chain([PathBuf::new()])
        .flat_map(|folder| {
            ["README.md", "GUIDE.md", "CONTRIBUTING.md", "RESULTS.md"].map(|name| folder.join(name))
        })
        .filter_map(|path| Page::read(&path))
        .collect()
}

#[test]
fn every_link_leads_somewhere() {
    let mut complaints = Vec::new();
    for page in pages() {
        let folder = workspace().join(&page.path);
        let folder = folder.parent().expect("a file is in a folder");
        let files = page
            .targets()
            .filter(|target| !target.contains("://"))
            .filter_map(|target| target.split('#').next())
            .filter(|file| !folder.join(file).exists());
        complaints.extend(files.map(|file| format!("{:?}: there is no {file}", page.path)));
    }
    assert_none(&complaints);
}

#[test]
fn every_pattern_is_found_from_its_folder_and_from_the_front() {
    let front = ["README.md", "GUIDE.md"].map(|name| Page::read(Path::new(name)));
    let front = front.map(|page| page.expect("there is one"));
    let front: BTreeSet<&str> = front.iter().flat_map(Page::targets).collect();
    let mut complaints = Vec::new();
    for member in members() {
        if !front.contains(format!("{member}/README.md").as_str()) {
            complaints.push(format!("GUIDE.md has no link to {member}"));
        }
    }
    for pattern in patterns() {
        let file = format!("src/{}.rs", pattern.name);
        if !front.contains(format!("{}/{file}", pattern.member).as_str()) {
            complaints.push(format!("GUIDE.md has no link to {}", pattern.id()));
        }
        let folder = Page::read(&Path::new(&pattern.member).join("README.md"));
        if !folder.is_some_and(|page| page.targets().any(|target| target == file)) {
            complaints.push(format!(
                "{}/README.md has no link to {file}",
                pattern.member
            ));
        }
    }
    assert_none(&complaints);
}

#[test]
fn the_members_are_described_in_the_same_way() {
    const PARTS: [&str; 12] = [
        "# ",
        "\n```text\n",
        "\n## See it\n",
        "\n```rust\n",
        "\n```console\n$ cargo run -q -p ",
        "\n| to … | see |\n",
        "\n## Copy it\n\n| file | choose it when |",
        "\n## Run it\n",
        "\n```console\n$ ",
        "\n## Pitfalls\n\nEach is shown, wrong and right, in [`tests/pitfalls.rs`](tests/pitfalls.rs).\n",
        "\n| you see | because | so | shown by |\n",
        "\n## Not for\n",
    ];
    let mut complaints = Vec::new();
    for member in members() {
        let page = Page::read(&Path::new(&member).join("README.md")).expect("there is one");
        let mut rest = page.text.as_str();
        for part in PARTS {
            match rest.split_once(part) {
                Some((_, after)) => rest = after,
                None => complaints.push(format!("{member}: no {part:?} where it belongs")),
            }
        }
    }
    assert_none(&complaints);
}

/// Commands that are not run here, and why.
const NOT_RUN: [(&str, &str); 13] = [
    ("cargo test --workspace", "this is a part of it"),
    ("cargo test -p verify", "this is a part of it"),
    (
        "VERIFY_EFFORT=10 cargo test -p verify --test schedules",
        "takes minutes",
    ),
    (
        "VERIFY_MEMBER=worker-pool cargo test -p verify --test schedules",
        "compiles for half a minute",
    ),
    (
        "cargo test -p verify --features shuttle-tokio --test schedules async_tokio",
        "compiles 100 crates more; .ci/run does it",
    ),
    ("cargo copy", "the tests of xtask run it"),
    (
        "cargo copy fan-out-fan-in/ordered ../my-app",
        "the tests of xtask copy into folders of their own",
    ),
    ("cargo bench -p bench", "takes minutes"),
    ("cargo bench -p bench -- pool", "takes minutes"),
    (
        "cargo bench -p bench -- --test",
        "compiles 100 crates more; .ci/run does it",
    ),
    ("cargo run -p bench", "needs the results of cargo bench"),
    (
        "cargo run -p async-tokio -- --listen localhost:7000",
        "ends with Ctrl-C only; tests/chat.rs there talks to it",
    ),
    (
        "timeout --preserve-status -s INT 0.6 cargo run -q -p select-shutdown -- --for 3600",
        "the signal may come too early; tests/cli.rs there waits for the right moment",
    ),
];

/// What a reader may type.
struct Shown {
    command: String,
    /// The lines below it, where it stands with its output.
    output: Option<Vec<String>>,
}

impl Page {
    /// What stands between each `open` and the next `close`.
    fn between<'a>(&'a self, open: &'a str, close: &'a str) -> impl Iterator<Item = &'a str> {
        let rests = self.text.split(open).skip(1);
        rests.filter_map(move |rest| rest.split(close).next())
    }

    /// The commands in blocks of `sh`, those in blocks of `console` with their output, and each
    /// `cargo run` in the text.
    fn commands(&self) -> Vec<Shown> {
        let mut commands = Vec::new();
        for line in self.between("```console\n", "```").flat_map(str::lines) {
            if let Some(command) = line.strip_prefix("$ ") {
                let command = command.to_string();
                let output = Some(Vec::new());
                commands.push(Shown { command, output });
            } else {
                let last: Option<&mut Shown> = commands.last_mut();
                let output = last.and_then(|shown| shown.output.as_mut());
                output.expect("a command stands above").push(line.into());
            }
        }
        let lines = self.between("```sh\n", "```").flat_map(str::lines);
        let lines = lines.filter_map(|line| line.split(" #").next());
        let in_text = self.between("`cargo run ", "`");
        // Where the reader fills in the name.
        let in_text = in_text.filter(|rest| !rest.contains("FOLDER"));
        let in_text = in_text.map(|rest| format!("cargo run {rest}"));
        for command in lines.map(String::from).chain(in_text) {
            let command = command.trim().to_string();
            let output = None;
            commands.push(Shown { command, output });
        }
        commands
    }
}

/// `command` with the path of a program or an example in place of `cargo run`, which, besides, might
/// have to wait for another cargo. `None` where it is of another kind.
fn without_cargo(command: &str) -> Option<String> {
    let (before, rest) = command.split_once("cargo run ")?;
    let rest = rest.strip_prefix("-q ").unwrap_or(rest);
    let rest = rest.strip_prefix("-p ")?;
    let (package, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let debug = target().join("debug");
    let (program, rest) = match rest.strip_prefix("--example ") {
        Some(name) => (debug.join("examples").join(name), ""),
        None => (
            debug.join(package),
            rest.strip_prefix("-- ").unwrap_or(rest),
        ),
    };
    Some(format!("{before}'{}' {rest}", program.display()))
}

/// A shell and what it has started: killed when the test fails while they run.
struct Group(u32);

impl Drop for Group {
    fn drop(&mut self) {
        if thread::panicking() {
            let group = format!("-{}", self.0);
            let killed = Command::new("kill")
                .args(["-s", "KILL", "--", &group])
                .status();
            // The test has failed already.
            drop(killed);
        }
    }
}

/// Runs `line` in a shell to its end.
fn run(line: &str, url: &str) -> process::Output {
    let shell = Command::new("sh")
        .args(["-c", line])
        .current_dir(workspace())
        .env("NATS_URL", url)
        .env_remove("RUST_LOG")
        .env_remove("RUST_BACKTRACE")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .expect("sh runs");
    let _group = Group(shell.id());
    let end = testkit::within(|| shell.wait_with_output());
    end.expect("what it prints can be read")
}

/// What is left of an output when the lines of the log, which are never the same, are taken away.
fn comparable<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    const LEVELS: [&str; 3] = [" INFO ", " DEBUG ", " WARN "];
    let is_log = |line: &str| LEVELS.iter().any(|level| line.contains(level));
    lines.filter(|line| !is_log(line)).collect()
}

/// What is wrong with a command, if anything is.
fn complaint_about(shown: &Shown, url: &str) -> Option<String> {
    let Shown { command, output } = shown;
    let Some(line) = without_cargo(command) else {
        return Some(format!("{command}\nis of a kind that is not known here"));
    };
    let ended = run(&line, url);
    let printed =
        [ended.stdout, ended.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    match output {
        None if ended.status.success() => None,
        None => Some(format!("{command}\nfails:\n{}", printed.concat())),
        Some(expected) => {
            let printed = comparable(printed.iter().flat_map(|text| text.lines()));
            let shown = comparable(expected.iter().map(String::as_str));
            let as_shown = all_fit_in_any_order(&printed, &shown);
            (!as_shown).then(|| format!("{command}\nprints:\n{}", printed.join("\n")))
        }
    }
}

#[test]
fn every_command_runs_and_prints_what_is_shown() {
    let mut shown: Vec<Shown> = pages().iter().flat_map(Page::commands).collect();
    // They write the pictures that these pages show.
    shown.retain(|shown| !shown.command.contains("--timeline="));
    for (command, _) in NOT_RUN {
        let before = shown.len();
        shown.retain(|shown| shown.command != command);
        assert!(shown.len() < before, "no page has the command {command}");
    }
    build();
    let server = nats_server();
    if server.is_none() {
        shown.retain(|shown| !shown.command.contains(NATS));
    }
    let url = url_of(server.as_ref());
    let complaints = shown
        .iter()
        .filter_map(|shown| complaint_about(shown, &url));
    let complaints: Vec<String> = complaints.collect();
    assert_none(&complaints);
}
