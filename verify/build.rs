//! Writes two sources in which `std` and `crossbeam_channel` are the model's: `patterns.rs`, the
//! pattern files as they are, and `tests.rs`, the tests of those patterns, each of which explores.
//! With `VERIFY_MEMBER`, of that member alone, which is compiled in a moment.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use patterns::{Pattern, members, patterns, workspace};

#[allow(dead_code, unreachable_pub, reason = "it belongs to the library")]
#[path = "src/patterns.rs"]
mod patterns;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/patterns.rs");
    println!("cargo::rustc-cfg=modelled");
    for member in members().iter().map(String::as_str).chain(["testkit"]) {
        for folder in ["src", "tests"] {
            let folder = workspace().join(member).join(folder);
            println!("cargo::rerun-if-changed={}", folder.display());
        }
    }
    let out = std::env::var("OUT_DIR").expect("cargo sets it");
    let out = Path::new(&out);
    println!("cargo::rerun-if-env-changed=VERIFY_MEMBER");
    let member = std::env::var("VERIFY_MEMBER").ok();
    let patterns: Vec<Pattern> = patterns()
        .into_iter()
        .filter(|pattern| pattern.not_modelled().is_none())
        .filter(|pattern| {
            member
                .as_ref()
                .is_none_or(|member| *member == pattern.member)
        })
        .collect();
    write(
        &out.join("patterns.rs"),
        &patterns_over_the_model(&patterns),
    );
    write(&out.join("tests.rs"), &tests_over_the_model(&patterns, out));
}

fn write(path: &Path, text: &str) {
    let folder = path.parent().expect("a file is in a folder");
    fs::create_dir_all(folder).expect("the output folder is writable");
    fs::write(path, text).expect("the output folder is writable");
}

fn patterns_over_the_model(patterns: &[Pattern]) -> String {
    let mut code = String::new();
    for patterns in patterns.chunk_by(|a, b| a.member == b.member) {
        let mut modules = String::new();
        for pattern in patterns {
            let (tasks, tokio) = if pattern.has_tasks() {
                (
                    "#[cfg(feature = \"shuttle-tokio\")]",
                    "use ::shuttle_tokio as tokio;",
                )
            } else {
                ("", "")
            };
            let (name, body) = (&pattern.name, pattern.body());
            // The header stays away: only at its very beginning may a file have one.
            write!(
                modules,
                "{tasks} pub mod {name} {{\n\
                 use ::verify::model::crossbeam_channel;\n\
                 use ::verify::model::std;\n\
                 {tokio}\n\
                 {body}\n}}\n"
            )
            .expect("a string has room");
        }
        let member = patterns[0].member.replace('-', "_");
        code.extend(["pub mod ", &member, " {\n", &modules, "}\n"]);
    }
    code
}

/// A module for each member, with those of its tests. They are copied to `out`, since a file cannot
/// be told from outside what it is to import.
fn tests_over_the_model(patterns: &[Pattern], out: &Path) -> String {
    let kit = out.join("testkit.rs");
    let text = fs::read_to_string(workspace().join("testkit/src/kit.rs"));
    let text = text.expect("it is readable");
    write(&kit, &over_the_model(&text, "use ::verify::model::std;"));
    let mut code = module_at(&kit, "kit");
    let threads = patterns.iter().filter(|pattern| !pattern.has_tasks());
    let threads: Vec<&Pattern> = threads.collect();
    for patterns in threads.chunk_by(|a, b| a.member == b.member) {
        let member = &patterns[0].member;
        let name = member.replace('-', "_");
        let copies = out.join("tests").join(member);
        let prelude = format!(
            "use ::verify::model::{{crossbeam_channel, std}}; \
             use crate::{{patterns::{name}, proptest, testkit}};"
        );
        copy(&workspace().join(member).join("tests"), &copies, &prelude);
        code.extend(["mod ", &name, " {\n"]);
        let modules = patterns.iter().map(|pattern| pattern.name.as_str());
        for module in modules.chain(["support"]) {
            let file = [format!("{module}.rs"), format!("{module}/mod.rs")];
            let file = file.iter().map(|file| copies.join(file));
            if let Some(file) = { file }.find(|file| file.is_file()) {
                code.push_str(&module_at(&file, module));
            }
        }
        code.push_str("}\n");
    }
    code
}

fn module_at(file: &Path, name: &str) -> String {
    format!("#[path = {file:?}] pub mod {name};\n")
}

fn copy(from: &Path, to: &Path, prelude: &str) {
    for entry in fs::read_dir(from).expect("it is readable") {
        let path = entry.expect("it is readable").path();
        let to = to.join(path.file_name().expect("an entry has a name"));
        if path.is_dir() {
            copy(&path, &to, prelude);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("it is readable");
            write(&to, &over_the_model(&text, prelude));
        }
    }
}

/// The same text, line by line, so that a failure names the line: but what stands at its head, which
/// is a comment, gives way to the `prelude`, and each `#[test]` explores its function.
fn over_the_model(text: &str, prelude: &str) -> String {
    let is_head = |line: &&str| line.starts_with("//!") || line.starts_with("#![");
    let head = text.lines().take_while(is_head).count();
    assert!(head > 0, "a file begins with a comment: {text}");
    let lines: Vec<&str> = text.lines().skip(head).collect();
    let mut tests = lines.join("\n");
    let mut code = format!("{prelude}{}", "\n".repeat(head));
    while let Some((before, rest)) = tests.split_once("#[test]") {
        let (attributes, function) = rest.split_once("fn ").expect("a test is a function");
        let end = function.find('(').expect("a function has parameters");
        let (name, parameters) = function.split_at(end);
        code.push_str(before);
        if parameters.starts_with("()") {
            let uncommented = attributes
                .lines()
                .filter_map(|line| line.split("//").next());
            let uncommented: String = uncommented.collect();
            code.extend(["#[test] ", &uncommented, " fn ", name]);
            code.extend(["() { ::verify::explore::explore(explored_", name, ") }"]);
            code.extend([attributes, " fn explored_", name]);
        } else {
            // A property: `proptest!` there explores.
            code.extend(["#[test]", attributes, "fn ", name]);
        }
        tests = parameters.to_string();
    }
    code + &tests + "\n"
}
