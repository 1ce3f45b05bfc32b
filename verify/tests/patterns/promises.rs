//! What the headers of the patterns say is there, and what each pattern must have is.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use verify::patterns::{Pattern, patterns, workspace};

use verify::assert_none;

fn all_patterns() -> Vec<Pattern> {
    patterns()
}

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

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c != '_' && !c.is_alphanumeric())
}

/// What is wrong with the header's table, and the tests that it names.
fn complaints_about_promises(pattern: &Pattern) -> Vec<String> {
    let id = pattern.id();
    let tests = workspace().join(&pattern.member).join("tests");
    let known = tests_in(&tests.join(format!("{}.rs", pattern.name)));
    let rows: Vec<&str> = pattern
        .header()
        .skip_while(|line| *line != "| promise | | shown by |")
        .take_while(|line| line.starts_with('|'))
        .skip(2)
        .collect();
    let mut complaints = Vec::new();
    if rows.len() < 3 {
        complaints.push(format!("{id} has no table of promises, or a short one"));
    }
    for row in rows {
        let columns: Vec<&str> = row.trim_matches('|').split(" | ").collect();
        let shown_by = columns.last().copied().unwrap_or_default();
        let names: Vec<&str> = shown_by.split('`').skip(1).step_by(2).collect();
        // What the compiler refuses is shown by an example.
        let by_example = shown_by.contains("example") && pattern.body().contains("compile_fail");
        if names.is_empty() && !by_example {
            complaints.push(format!("{id} names no test in {row}"));
        }
        let unknown = names.into_iter().filter(|name| !known.contains(*name));
        complaints.extend(unknown.map(|name| format!("{id} names `{name}`, which is no test")));
    }
    complaints
}

#[test]
fn every_promise_names_a_test_that_exists() {
    let patterns = all_patterns();
    let complaints: Vec<String> = patterns
        .iter()
        .flat_map(complaints_about_promises)
        .collect();
    assert_none(&complaints);
}

#[test]
fn every_pattern_says_what_it_needs() {
    let patterns = all_patterns();
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
    for pattern in all_patterns() {
        let mut header = pattern.header();
        if let Some(idiom) = header.find_map(|line| line.strip_prefix("In short: `")) {
            named += 1;
            let file = idiom.trim_end_matches('`');
            if !workspace().join(&pattern.member).join(file).is_file() {
                complaints.push(format!("{} names {file}, which is not there", pattern.id()));
            }
        }
    }
    assert_none(&complaints);
    assert!(named > 0, "headers no longer say `In short: `");
}

#[test]
fn every_pattern_has_scenarios_or_a_reason_in_the_readme() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(here.join("README.md")).expect("there is one");
    let mut complaints = Vec::new();
    for pattern in all_patterns() {
        let row = format!("| `{}` |", pattern.id());
        let member = pattern.member.replace('-', "_");
        let scenarios = here.join(format!("tests/schedules/{member}.rs"));
        let scenarios = fs::read_to_string(scenarios).unwrap_or_default();
        match pattern.not_modelled() {
            Some(reason) if !readme.contains(&format!("{row} {reason} |")) => {
                complaints.push(format!("the README has no row {row} {reason} |"));
            }
            None if readme.contains(&row) => {
                complaints.push(format!("the README has a row {row}, which is modelled"));
            }
            None if !words(&scenarios).any(|word| word == pattern.name) => {
                complaints.push(format!("there is no scenario for {}", pattern.id()));
            }
            _ => {}
        }
    }
    assert_none(&complaints);
}
