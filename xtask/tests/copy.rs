//! What `cargo copy` promises:
//!
//! - a copied pattern compiles, with its test and its examples, and they pass, in the editions 2021 and
//!   2024: `three_patterns_pass_where_they_are_copied`, `every_pattern_passes_where_it_is_copied`,
//!   `every_example_passes_where_it_is_copied_without_the_test`
//! - what it cannot do is an error, and nothing is changed: `what_cannot_be_copied_changes_nothing`
//! - a manifest keeps its format, and versions are raised, never lowered: `a_manifest_keeps_its_format`
//! - a program gets the pattern alone: `a_program_gets_the_pattern_and_is_told_why_no_test`
//! - a second time changes nothing: `a_second_time_changes_nothing`

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

fn copy(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.arg("copy").args(arguments);
    command.output().expect("it runs")
}

/// What it says; it must succeed.
fn copied(arguments: &[&str]) -> String {
    let output = copy(arguments);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{output:?}");
    said
}

fn write(folder: &TempDir, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("it is ours");
        fs::write(path, text).expect("it is ours");
    }
}

fn package(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("there is room");
    write(&folder, files);
    folder
}

fn library(edition: &str) -> TempDir {
    let manifest = format!("[package]\nname = \"my-app\"\nedition = \"{edition}\"\n");
    package(&[("Cargo.toml", &manifest), ("src/lib.rs", "//! Mine.\n")])
}

fn path(folder: &TempDir) -> &str {
    folder.path().to_str().expect("it is text")
}

fn read(folder: &TempDir, file: &str) -> String {
    fs::read_to_string(folder.path().join(file)).expect("it is there")
}

/// All files in `folder`, with what is in them.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("it is readable") {
        let path = entry.expect("it is readable").path();
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            let text = fs::read_to_string(&path).expect("it is text");
            all.insert(path.display().to_string(), text);
        }
    }
    all
}

/// Runs all tests of the package, examples of its documentation included.
fn assert_tests_pass(folder: &TempDir) {
    // The versions that are there already: nothing is fetched.
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
    fs::copy(lock, folder.path().join("Cargo.lock")).expect("the workspace has one");
    let output = Command::new(env!("CARGO"))
        .args(["test", "--offline", "--quiet"])
        .current_dir(folder.path())
        // One folder for all, so that each dependency is compiled once; not that of this test's
        // cargo, which another cargo may have locked.
        .env(
            "CARGO_TARGET_DIR",
            Path::new(env!("CARGO_TARGET_TMPDIR")).join("copied"),
        )
        // A copied page is not used yet, and that is all that may be said against it.
        .env("RUSTFLAGS", "-D warnings -A dead_code")
        .output()
        .expect("cargo runs");
    let said =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(output.status.success(), "{}", said.concat());
}

/// The patterns that it lists.
fn listed() -> Vec<String> {
    let list = copied(&[]);
    let ids = list.lines().filter_map(|line| line.split(' ').next());
    ids.map(String::from).collect()
}

#[test]
fn three_patterns_pass_where_they_are_copied() {
    let folder = library("2021");
    for pattern in [
        "basic-channel/stream",
        "fan-out-fan-in/unordered",
        "errors/failure",
    ] {
        copied(&[pattern, path(&folder)]);
    }
    assert_tests_pass(&folder);
}

#[test]
#[ignore = "copies and tests every pattern, which takes minutes; .ci/run does it"]
fn every_pattern_passes_where_it_is_copied() {
    for edition in ["2021", "2024"] {
        let folder = library(edition);
        for pattern in listed() {
            // Some have the name of another.
            let name = pattern.replace(['-', '/'], "_");
            copied(&[&pattern, path(&folder), "--as", &name]);
        }
        assert_tests_pass(&folder);
    }
}

/// One at a time: together, one would bring along what another lacks.
#[test]
#[ignore = "takes minutes; .ci/run does it"]
fn every_example_passes_where_it_is_copied_without_the_test() {
    let has_features =
        |pattern: &String| pattern.starts_with("async-tokio/") || pattern.starts_with("errors/");
    for pattern in listed().into_iter().filter(has_features) {
        let folder = library("2024");
        copied(&[&pattern, path(&folder), "--no-tests"]);
        assert_tests_pass(&folder);
    }
}

#[test]
fn every_pattern_is_listed_with_what_it_gives() {
    let list = copied(&[]);
    let line = list
        .lines()
        .find(|line| line.starts_with("fan-out-fan-in/unordered "));
    let sentence = "Fans items out to worker threads";
    assert!(line.is_some_and(|line| line.contains(sentence)), "{list}");
    assert!(listed().len() > 40, "{list}");
}

#[test]
fn what_cannot_be_copied_changes_nothing() {
    let folder = library("2024");
    let other = [("src/stream.rs", "// Another.\n")];
    write(&folder, &other);
    let workspace = package(&[("Cargo.toml", "[workspace]\nmembers = []\n")]);
    let empty = package(&[]);
    let before = files(folder.path());
    for (arguments, reason) in [
        (
            &["no-such-thing", path(&folder)][..],
            "there is no \"no-such-thing\". Near to it:",
        ),
        (&["orderd", path(&folder)], "fan-out-fan-in/ordered"),
        (&["std_only", path(&folder)], "which \"std_only\"?"),
        (&["by_key"], "name its folder"),
        (&["by_key", path(&workspace)], "is a workspace"),
        (&["by_key", path(&empty)], "is no package"),
        (
            &["stream", path(&folder)],
            "src/stream.rs is there, and differs: --force overwrites it",
        ),
        (
            &["by_key", path(&folder), "--as", "by-key"],
            "is no name for a module",
        ),
    ] {
        let output = copy(arguments);
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(complaint.contains(reason), "{complaint}");
        assert_eq!(files(folder.path()), before, "{arguments:?}");
    }
    copied(&["stream", path(&folder), "--dry-run", "--force"]);
    assert_eq!(files(folder.path()), before);
    copied(&["stream", path(&folder), "--force"]);
    assert_ne!(read(&folder, "src/stream.rs"), other[0].1);
}

#[test]
fn a_manifest_keeps_its_format() {
    let manifest = "# Mine.\n[package]\nname = \"my-app\"\nedition = \"2024\"\n\n[dependencies]\n\
        anyhow = '1' # for errors\ncrossbeam-channel = \"0.5\"\n";
    let folder = package(&[
        ("Cargo.toml", manifest),
        ("src/lib.rs", "mod one;\n\nfn main() {}\n"),
    ]);
    copied(&["unordered", path(&folder), "--no-tests", "--as", "spread"]);
    let raised = manifest.replace("\"0.5\"", "\"0.5.17\"");
    assert_eq!(read(&folder, "Cargo.toml"), raised);
    assert_eq!(
        read(&folder, "src/lib.rs"),
        "mod one;\npub mod spread;\n\nfn main() {}\n"
    );
    assert!(!folder.path().join("tests").exists());

    let newer = manifest.replace("\"0.5\"", "\"0.6\"");
    let folder = package(&[("Cargo.toml", &newer), ("src/lib.rs", "")]);
    copied(&["unordered", path(&folder), "--no-tests"]);
    assert_eq!(read(&folder, "Cargo.toml"), newer);

    let inherited = manifest.replace("channel = \"0.5\"", "channel.workspace = true");
    let folder = package(&[("Cargo.toml", &inherited), ("src/lib.rs", "")]);
    let said = copied(&["unordered", path(&folder), "--no-tests"]);
    assert!(
        said.contains("left to you: crossbeam-channel comes from elsewhere"),
        "{said}"
    );
    assert_eq!(read(&folder, "Cargo.toml"), inherited);
}

#[test]
fn a_program_gets_the_pattern_and_is_told_why_no_test() {
    let manifest = "[package]\nname = \"my-app\"\nedition = \"2024\"\n";
    let folder = package(&[("Cargo.toml", manifest), ("src/main.rs", "fn main() {}\n")]);
    let said = copied(&["unordered", path(&folder)]);
    assert!(
        said.contains("left out: tests/unordered.rs (the package has no library"),
        "{said}"
    );
    assert_eq!(
        read(&folder, "src/main.rs"),
        "mod unordered;\n\nfn main() {}\n"
    );
    assert!(folder.path().join("src/unordered.rs").exists());
    assert!(!folder.path().join("tests").exists());
    // As one writes it in a program, and without what is for rustdoc.
    assert!(said.contains("use crate::unordered::fan_out;"), "{said}");
    let said = copied(&["bounded_concurrency", path(&folder)]);
    assert!(
        !said.contains("\n    # ") && said.contains("cargo add tokio --features full"),
        "{said}"
    );
}

#[test]
fn a_second_time_changes_nothing() {
    let folder = library("2024");
    copied(&["unordered", path(&folder)]);
    let before = files(folder.path());
    let said = copied(&["unordered", path(&folder)]);
    assert!(said.contains("is there already"), "{said}");
    assert_eq!(files(folder.path()), before);
}
