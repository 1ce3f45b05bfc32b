//! Each pattern file becomes a crate of its own, with only what its header names, and compiles
//! without a warning, in the editions 2021 and 2024.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use verify::patterns::{Need, Pattern, patterns};

const HERE: &str = env!("CARGO_MANIFEST_DIR");

/// Names the crate after the pattern, lest two be called alike.
fn crate_name(pattern: &Pattern) -> String {
    format!("{}-{}", pattern.member, pattern.name)
}

fn dependency(need: &Need<'_>) -> String {
    format!(
        "{} = {{ version = \"{}\", default-features = {}, features = {:?} }}\n",
        need.name, need.version, need.default_features, need.features
    )
}

fn manifest(pattern: &Pattern, edition: &str) -> String {
    let needs = pattern
        .needs()
        .expect("tests/promises.rs checks the header");
    let dependencies: String = needs.iter().map(dependency).collect();
    format!(
        "[package]\nname = \"{}\"\nedition = {edition:?}\n\n[dependencies]\n{dependencies}",
        crate_name(pattern)
    )
}

/// Writes only what has changed: cargo goes by the time of a file.
fn write(path: &Path, text: &str) {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return;
    }
    let folder = path.parent().expect("a file is in a folder");
    fs::create_dir_all(folder).expect("the target folder is writable");
    fs::write(path, text).expect("the target folder is writable");
}

/// One workspace of them all in `folder`.
fn make_workspace(folder: &Path, patterns: &[Pattern], edition: &str) {
    let mut files = BTreeMap::new();
    let mut members = String::new();
    for pattern in patterns {
        let name = crate_name(pattern);
        write!(members, "{name:?}, ").expect("a string has room");
        files.insert(format!("{name}/Cargo.toml"), manifest(pattern, edition));
        let lib = format!(
            "#![deny(warnings)]\n#[path = {:?}]\npub mod {};\n",
            fs::canonicalize(&pattern.path).expect("it has been read"),
            pattern.name
        );
        files.insert(format!("{name}/src/lib.rs"), lib);
    }
    let workspace = format!("[workspace]\nresolver = \"3\"\nmembers = [{members}]\n");
    files.insert("Cargo.toml".into(), workspace);
    // The versions that are there already: nothing is fetched.
    let lock = Path::new(HERE).join("../Cargo.lock");
    let lock = fs::read_to_string(lock).expect("the workspace has one");
    files.insert("Cargo.lock".into(), lock);
    for (name, text) in files {
        write(&folder.join(name), &text);
    }
}

/// What cargo says against the workspace in `folder`; empty if nothing.
fn check(folder: &Path) -> String {
    let output = Command::new(env!("CARGO"))
        .args([
            "check",
            "--workspace",
            "--offline",
            "--quiet",
            "--keep-going",
        ])
        .current_dir(folder)
        // One folder for all, so that each dependency is compiled once; not that of this test's
        // cargo, which another cargo may have locked.
        .env(
            "CARGO_TARGET_DIR",
            Path::new(env!("CARGO_TARGET_TMPDIR")).join("pasted"),
        )
        .env_remove("RUSTFLAGS")
        .output()
        .expect("cargo runs");
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.success(), errors.is_empty(), "{errors}");
    errors
}

#[test]
fn every_pattern_compiles_alone() {
    let patterns = patterns();
    for edition in ["2021", "2024"] {
        let folder = format!("pasted-alone-{edition}");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
        make_workspace(&folder, &patterns, edition);
        assert_eq!(check(&folder), "", "edition {edition}");
    }
}

#[test]
fn a_pattern_that_imports_what_its_header_does_not_name_is_refused() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pasted-broken");
    let path = folder.join("broken.rs");
    let source = "//! Needs: std only\n\npub use crossbeam_channel::bounded;\n";
    write(&path, source);
    let broken = Pattern {
        member: "not".into(),
        name: "broken".into(),
        path,
        source: source.into(),
    };
    make_workspace(&folder, &[broken], "2024");
    let errors = check(&folder);
    assert!(errors.contains("E0432"), "{errors}");
}
