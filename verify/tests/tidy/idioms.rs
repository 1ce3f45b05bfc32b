//! Each example is an idiom: short, plain, one channel or runtime crate at most, and it prints what stands at its foot.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use testkit::program::{Running, command};
use verify::patterns::{members, workspace};

use super::programs::{NATS, all_fit_in_any_order, build, fits, nats_server, target, url_of};
use verify::assert_none;

/// A file of `examples/`, of which there is no list: all are found.
struct Idiom {
    member: String,
    name: String,
    text: String,
}

impl Idiom {
    fn id(&self) -> String {
        format!("{}/examples/{}.rs", self.member, self.name)
    }

    fn header(&self) -> impl Iterator<Item = &str> {
        let lines = self.text.lines();
        lines.map_while(|line| line.strip_prefix("//!").map(str::trim))
    }

    /// The program without its header and its foot.
    fn code(&self) -> &str {
        let start = self.text.find("\nuse ").unwrap_or_default();
        let end = self.text.find("\n// Prints").unwrap_or(self.text.len());
        self.text[start..end].trim()
    }

    /// Its foot: how it prints what, such as `// Prints, in any order:`, and the lines printed.
    fn foot(&self) -> Option<(&str, Vec<&str>)> {
        let (_, foot) = self.text.split_once("\n// Prints")?;
        let (how, lines) = foot.split_once(":\n")?;
        let lines = lines.lines().map(|line| line.strip_prefix("//"));
        let lines = lines.map(|line| line.map(|line| line.strip_prefix(' ').unwrap_or(line)));
        Some((how, lines.collect::<Option<_>>()?))
    }
}

fn idioms() -> Vec<Idiom> {
    let mut idioms = Vec::new();
    for member in members() {
        let files = fs::read_dir(workspace().join(&member).join("examples"));
        for file in files.unwrap_or_else(|_| panic!("{member} has examples")) {
            let path = file.expect("it is readable").path();
            let name = path.file_stem().and_then(|name| name.to_str());
            idioms.push(Idiom {
                member: member.clone(),
                name: name.expect("its name is text").to_string(),
                text: fs::read_to_string(&path).expect("it is text"),
            });
        }
    }
    idioms
}

/// What is wrong with the text of an idiom.
fn complaints_about(idiom: &Idiom) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut check = |holds: bool, complaint: &str| {
        if !holds {
            complaints.push(format!("{}: {complaint}", idiom.id()));
        }
    };

    let header: Vec<&str> = idiom.header().collect();
    check(
        header.len() == 5,
        "a header of 5 lines: what it shows, a picture, what comes next",
    );
    let last = header.last().copied().unwrap_or_default();
    let folder = workspace().join(&idiom.member);
    let named = last.split('`').skip(1).step_by(2);
    let files = named.filter(|name| name.contains("src/"));
    check(
        last.starts_with("Next: `") && { files }.all(|file| folder.join(file).is_file()),
        "the header ends with `Next: `, and files that are there",
    );
    check(
        idiom.text.lines().all(|line| line.chars().count() <= 100),
        "a line is too long",
    );

    let is_code = |line: &&str| !line.trim().is_empty() && !line.trim().starts_with("//");
    let code: Vec<&str> = idiom.text.lines().filter(is_code).collect();
    check(code.len() <= 40, "more than 40 lines of code");
    let families = [
        ["crossbeam_channel", "crossbeam_channel"],
        ["rayon", "rayon"],
        ["tokio", "tokio_"],
    ];
    let used = families
        .iter()
        .filter(|names| names.iter().any(|name| idiom.code().contains(*name)));
    check(used.count() <= 1, "more than one channel or runtime crate");
    let own = idiom.member.replace('-', "_") + "::";
    let foreign = ["common::", "clap", &own];
    check(
        !foreign.iter().any(|name| idiom.code().contains(name)),
        "it uses our crates",
    );
    check(
        idiom.foot().is_some_and(|(_, lines)| !lines.is_empty()),
        "it does not say what it prints",
    );
    complaints
}

#[test]
fn idioms_are_short_and_plain_and_lead_on() {
    let complaints: Vec<String> = idioms().iter().flat_map(complaints_about).collect();
    assert_none(&complaints);
}

#[test]
fn no_two_idioms_have_the_same_name() {
    // Cargo puts the programs of all examples into one folder.
    let mut named: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for idiom in idioms() {
        named
            .entry(idiom.name.clone())
            .or_default()
            .push(idiom.id());
    }
    let complaints = named.values().filter(|files| files.len() > 1);
    assert_none(
        &complaints
            .map(|files| files.join(" and "))
            .collect::<Vec<_>>(),
    );
}

/// Whether the lines are the `shown` ones, of which one of `…` stands for any number of them.
fn all_fit(printed: &[&str], shown: &[&str]) -> bool {
    match shown.split_first() {
        None => printed.is_empty(),
        Some((&"…", rest)) => (0..=printed.len()).any(|n| all_fit(&printed[n..], rest)),
        Some((first, rest)) => printed
            .split_first()
            .is_some_and(|(line, others)| fits(line, first) && all_fit(others, rest)),
    }
}

#[test]
fn an_ellipsis_stands_for_any_text() {
    assert!(fits("after 12 ms", "after … ms") && !fits("after 12 s", "after … ms"));
    assert!(fits("a 1 b 2 c", "a … b … c") && fits("[1] …", "[1] …") && !fits("ab", "a"));
    assert!(all_fit(&["1 %", "2 %", "end"], &["…", "end"]) && all_fit(&["end"], &["…", "end"]));
    assert!(!all_fit(&["end", "1 %"], &["…", "end"]) && !all_fit(&[], &["end"]));
    assert!(all_fit_in_any_order(&["a 1", "b"], &["b", "a …"]));
    assert!(!all_fit_in_any_order(&["b", "b"], &["b", "a …"]));
    assert!(!all_fit_in_any_order(&["b"], &["b", "b"]));
}

/// What is wrong with a run of an idiom, if anything is. `url` is that of a NATS server.
fn complaint_about_run(idiom: &Idiom, url: &str) -> Option<String> {
    let (how, shown) = idiom.foot()?;
    let program = target().join("debug/examples").join(&idiom.name);
    let start = Instant::now();
    // A standard input that says nothing, as at a terminal where nobody types.
    let end = Running::start(command(program).env("NATS_URL", url).stdin(Stdio::piped())).end();
    let took = start.elapsed();

    let printed = String::from_utf8_lossy(&end.stdout).into_owned();
    let lines: Vec<&str> = printed.lines().collect();
    let as_shown = if how.contains("in any order") {
        all_fit_in_any_order(&lines, &shown)
    } else {
        all_fit(&lines, &shown)
    };
    let code = how.split_once("exits with ").map_or("0", |(_, code)| code);
    let as_told = end.status.code().map(|code| code.to_string()).as_deref() == Some(code);
    let stderr = String::from_utf8_lossy(&end.stderr);
    match (as_shown && as_told, took <= Duration::from_secs(2)) {
        (true, true) => None,
        (true, false) => Some(format!("{} takes {took:?}", idiom.id())),
        (false, _) => Some(format!(
            "{} does not print what stands at its foot, but ({}):\n{printed}\n{stderr}",
            idiom.id(),
            end.status
        )),
    }
}

#[test]
fn each_idiom_prints_what_stands_at_its_foot() {
    build();
    let mut idioms = idioms();
    let server = nats_server();
    if server.is_none() {
        idioms.retain(|idiom| idiom.member != NATS);
    }
    let url = url_of(server.as_ref());
    let queue = Mutex::new(idioms.iter());
    // Most of them sleep most of the time.
    let complaints: Vec<String> = thread::scope(|scope| {
        let run = || {
            let next = || queue.lock().expect("no holder panics").next();
            std::iter::from_fn(next)
                .filter_map(|idiom| complaint_about_run(idiom, &url))
                .collect::<Vec<_>>()
        };
        let workers: Vec<_> = (0..4).map(|_| scope.spawn(run)).collect();
        let complaints = workers
            .into_iter()
            .map(|worker| worker.join().expect("it runs"));
        complaints.flatten().collect()
    });
    assert_none(&complaints);
}

/// The text of `path`, a page from the root of the workspace.
fn page(path: &Path) -> String {
    fs::read_to_string(workspace().join(path)).expect("there is one")
}

#[test]
fn each_idiom_is_found_from_its_folder_and_from_the_front() {
    let front = ["README.md", "GUIDE.md"]
        .map(|name| page(Path::new(name)))
        .concat();
    let mut complaints = Vec::new();
    for idiom in idioms() {
        let folder = page(&Path::new(&idiom.member).join("README.md"));
        if !folder.contains(&format!("](examples/{}.rs)", idiom.name)) {
            complaints.push(format!(
                "{}/README.md has no link to {}",
                idiom.member, idiom.name
            ));
        }
        if !front.contains(&format!("]({})", idiom.id())) {
            complaints.push(format!("GUIDE.md has no link to {}", idiom.id()));
        }
    }
    assert_none(&complaints);
}

#[test]
fn the_code_that_a_readme_shows_is_that_of_an_idiom() {
    let idioms = idioms();
    let mut complaints = Vec::new();
    let folders = members();
    for folder in folders.into_iter().chain([String::new()]) {
        let path = Path::new(&folder).join("README.md");
        let page = page(&path);
        let shown: Vec<&str> = page.split("```rust\n").skip(1).collect();
        if shown.is_empty() {
            complaints.push(format!("{} shows no code", path.display()));
        }
        for block in shown {
            let code = block.split("```").next().unwrap_or_default().trim();
            if !idioms.iter().any(|idiom| idiom.code() == code) {
                complaints.push(format!(
                    "{} shows code of no idiom:\n{code}",
                    path.display()
                ));
            }
        }
    }
    assert_none(&complaints);
}
