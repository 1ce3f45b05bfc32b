//! What the headers of the patterns say is there, and what each pattern must have is.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use verify::patterns::{Pattern, patterns, workspace};

use verify::assert_none;

/// The names of the tests in `file`, and in the files that it takes in with `#[path = ".."]`.
fn tests_in(file: &Path) -> BTreeSet<String> {
    let source = fs::read_to_string(file).unwrap_or_default();
    let mut tests = BTreeSet::new();
    let mut is_test = false;
    for line in source.lines().map(str::trim) {
        if let Some(path) = line.strip_prefix("#[path = \"") {
            tests.extend(tests_in(&file.with_file_name(path.trim_end_matches("\"]"))));
        } else if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            is_test = true;
        } else if let Some((before, rest)) = line.split_once("fn ") {
            // Between `#[test]` and `fn`, a proptest may have other attributes.
            if is_test && matches!(before, "" | "async ") {
                tests.extend(rest.split(['(', '<']).next().map(String::from));
            }
            is_test = false;
        }
    }
    tests
}

/// Whether the header is one that is read at a glance.
fn complaints_about_header(pattern: &Pattern) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut check = |holds: bool, complaint: &str| {
        if !holds {
            complaints.push(format!("{}: {complaint}", pattern.id()));
        }
    };
    let header: Vec<&str> = pattern.header().collect();
    check(header.len() <= 20, "a header of more than 20 lines");
    check(
        header.iter().all(|line| line.chars().count() <= 97),
        "a header of more than 100 columns",
    );
    check(
        !header.iter().any(|line| line.contains("]: ")),
        "a link definition, which is noise where the file is copied",
    );
    let tests = format!("Tests: `tests/{}.rs`", pattern.name);
    check(
        header.iter().any(|line| line.contains(&tests)),
        "the header names no tests",
    );
    let excuse = header
        .iter()
        .any(|line| line.starts_with("Longer than a page:"));
    check(
        pattern.source.lines().count() <= 150 || excuse,
        "more than 150 lines, and no `Longer than a page: reason` in the header",
    );
    complaints
}

#[test]
fn every_header_is_read_at_a_glance() {
    let patterns = patterns();
    let complaints = patterns.iter().flat_map(complaints_about_header);
    assert_none(&complaints.collect::<Vec<_>>());
}

/// The promises at the head of a test file, and of those that it takes in: what stands in a list
/// there, such as ``- in the order of the items: `order_is_kept` ``.
fn promises_in(file: &Path) -> Vec<String> {
    let source = fs::read_to_string(file).unwrap_or_default();
    let mut promises: Vec<String> = Vec::new();
    for line in source.lines().map_while(|line| line.strip_prefix("//!")) {
        match line.trim().strip_prefix("- ") {
            Some(promise) => promises.push(promise.to_string()),
            None if line.starts_with("   ") => {
                let last = promises.last_mut().expect("a promise goes on");
                last.extend([" ", line.trim()]);
            }
            None => {}
        }
    }
    let paths = source
        .lines()
        .filter_map(|line| line.strip_prefix("#[path = \""));
    for path in paths {
        promises.extend(promises_in(
            &file.with_file_name(path.trim_end_matches("\"]")),
        ));
    }
    promises
}

/// What is wrong with the promises of a pattern, and the tests that they name.
fn complaints_about_promises(pattern: &Pattern) -> Vec<String> {
    let id = pattern.id();
    let tests = workspace().join(&pattern.member).join("tests");
    let file = tests.join(format!("{}.rs", pattern.name));
    let known = tests_in(&file);
    let promises = promises_in(&file);
    let mut complaints = Vec::new();
    if promises.len() < 3 {
        complaints.push(format!("the tests of {id} begin with no list of promises"));
    }
    for promise in promises {
        let shown_by = promise.rsplit(": ").next().unwrap_or_default();
        let names: Vec<&str> = shown_by.split('`').skip(1).step_by(2).collect();
        // What the compiler refuses is shown by an example.
        let by_example = shown_by.contains("example") && pattern.body().contains("compile_fail");
        if names.is_empty() && !by_example {
            complaints.push(format!("{id} names no test for {promise}"));
        }
        let unknown = names.into_iter().filter(|name| !known.contains(*name));
        complaints.extend(unknown.map(|name| format!("{id} names `{name}`, which is no test")));
    }
    complaints
}

#[test]
fn every_promise_names_a_test_that_exists() {
    let patterns = patterns();
    let complaints = patterns.iter().flat_map(complaints_about_promises);
    assert_none(&complaints.collect::<Vec<_>>());
}

/// `version` of `name` in the workspace's manifest.
fn least_version(name: &str) -> String {
    let manifest = workspace().join("Cargo.toml");
    let manifest = fs::read_to_string(manifest).expect("there is one");
    let line = manifest.lines().find_map(|line| {
        let rest = line.strip_prefix(name)?;
        rest.strip_prefix(" = ")
    });
    let line = line.unwrap_or_else(|| panic!("the workspace has no {name}"));
    let version = line.strip_prefix("{ version = ").unwrap_or(line);
    version.split('"').nth(1).expect("a version").to_string()
}

#[test]
fn what_a_header_needs_is_at_least_what_the_workspace_asks_for() {
    let mut complaints = Vec::new();
    for pattern in patterns() {
        for need in pattern.needs().unwrap_or_default() {
            let least = least_version(need.name);
            if need.version != least {
                let id = pattern.id();
                complaints.push(format!("{id} needs {} {least}", need.name));
            }
        }
    }
    assert_none(&complaints);
}

#[test]
fn every_pattern_says_what_it_needs() {
    let patterns = patterns();
    let silent = patterns.iter().filter(|pattern| pattern.needs().is_none());
    let complaints: Vec<String> = silent
        .map(|pattern| {
            format!(
                "the header of {} ends without `Needs: std only` or `Needs: NAME VERSION (features …), …`",
                pattern.id()
            )
        })
        .collect();
    assert_none(&complaints);
}

#[test]
fn the_idiom_that_a_header_names_is_there() {
    let mut complaints = Vec::new();
    let mut named = 0;
    for pattern in patterns() {
        let mut header = pattern.header();
        if let Some(idiom) = header.find_map(|line| line.strip_prefix("In short: `")) {
            named += 1;
            let file = idiom.split('`').next().unwrap_or_default();
            if !workspace().join(&pattern.member).join(file).is_file() {
                complaints.push(format!("{} names {file}, which is not there", pattern.id()));
            }
        }
    }
    assert_none(&complaints);
    assert!(named > 0, "headers no longer say `In short: `");
}

#[test]
fn every_pattern_runs_under_the_scheduler_or_the_readme_says_why_not() {
    let readme = fs::read_to_string(workspace().join("verify/README.md")).expect("there is one");
    let mut complaints = Vec::new();
    for pattern in patterns() {
        let row = format!("| `{}` |", pattern.id());
        match pattern.not_modelled() {
            Some(reason) if !readme.contains(&format!("{row} {reason} |")) => {
                complaints.push(format!("the README has no row {row} {reason} |"));
            }
            None if readme.contains(&row) => {
                complaints.push(format!("the README has a row {row}, which is modelled"));
            }
            _ => {}
        }
    }
    assert_none(&complaints);
}
