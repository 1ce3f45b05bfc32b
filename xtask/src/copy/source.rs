//! What is copied: texts of this workspace, with the names of the place where they go.

use std::collections::BTreeMap;
use std::fs;

use anyhow::Context;
use toml_edit::DocumentMut;

use crate::patterns::{Pattern, patterns, workspace};

/// What a manifest has to name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Dependency {
    pub(super) name: String,
    /// The least that will do.
    pub(super) version: String,
    pub(super) default_features: bool,
    pub(super) features: Vec<String>,
}

/// The file, whose examples name the crate `target` and the module `name`. The example that its header
/// names stays here.
pub(super) fn pattern(pattern: &Pattern, target: &str, name: &str) -> String {
    let lines = pattern.source.lines().map(|line| {
        if line.starts_with("//! In short: ") {
            line.split_once(" · ")
                .map_or("//!".into(), |(_, rest)| format!("//! {rest}"))
        } else {
            line.to_string()
        }
    });
    let text = lines.collect::<Vec<_>>().join("\n") + "\n";
    rename(&text, pattern, target, name).replace(
        &format!("`tests/{}.rs`", pattern.name),
        &format!("`tests/{name}.rs`"),
    )
}

/// `ordered` of `fan_out_fan_in` becomes `name` of `target`.
fn rename(text: &str, pattern: &Pattern, target: &str, name: &str) -> String {
    let member = pattern.member.replace('-', "_");
    let own = format!("{member}::{}", pattern.name);
    let alias = if name == pattern.name {
        String::new()
    } else {
        format!(" as {}", pattern.name)
    };
    text.replace(&format!("{own}::"), &format!("{target}::{name}::"))
        .replace(&format!("{own}}}"), &format!("{target}::{name}}}"))
        .replace(&format!("{own};"), &format!("{target}::{name}{alias};"))
        .replace(
            &format!("{target}::{name}::{{self,"),
            &format!("{target}::{name}::{{self{alias},"),
        )
        .replace(&format!("{own} as"), &format!("{target}::{name} as"))
}

/// The test files, by their path in the package that gets them.
pub(super) fn tests(
    pattern: &Pattern,
    target: &str,
    name: &str,
) -> anyhow::Result<BTreeMap<String, String>> {
    let member = pattern.member.replace('-', "_");
    let folder = workspace().join(&pattern.member).join("tests");
    let read = |file: &str| {
        fs::read_to_string(folder.join(file))
            .with_context(|| format!("{}: cannot read tests/{file}", pattern.member))
    };
    let adapt = |text: &str| {
        let text = without_model(text);
        let text = rename(&text, pattern, target, name);
        text.replace("use testkit::", "use crate::testkit::")
            .replace("super::super::support::", "crate::support::")
            .replace("super::support::", "crate::support::")
            .replace(
                &format!("use {member}::"),
                &format!("use crate::{member}::"),
            )
    };

    let mut files = BTreeMap::new();
    let mut root = adapt(&read(&format!("{}.rs", pattern.name))?);
    let mut used = root.clone();
    let mut modules = String::from("mod testkit;\n");
    for line in root.clone().lines() {
        let Some(path) = line
            .strip_prefix("#[path = \"")
            .and_then(|p| p.strip_suffix("\"]"))
        else {
            continue;
        };
        let text = adapt(&read(path)?);
        let place = format!("{member}/{path}");
        used += &text;
        root = root.replace(path, &place);
        files.insert(format!("tests/{place}"), text);
    }
    if used.contains("crate::support::") {
        let place = format!("{member}/support.rs");
        let text = read("support.rs").or_else(|_| read("support/mod.rs"))?;
        files.insert(format!("tests/{place}"), adapt(&text));
        modules = format!("#[path = \"{place}\"]\nmod support;\n{modules}");
    }
    let neighbours = neighbours(pattern, &used);
    if !neighbours.is_empty() {
        let names = neighbours
            .iter()
            .map(|it| format!("    pub mod {};\n", it.name));
        let names: String = names.collect();
        modules = format!("#[allow(dead_code)]\nmod {member} {{\n{names}}}\n{modules}");
    }
    for neighbour in neighbours {
        let place = format!("tests/{member}/{}.rs", neighbour.name);
        files.insert(place, neighbour.source);
    }
    let kit = fs::read_to_string(workspace().join("testkit/src/kit.rs"));
    let kit = kit.context("cannot read testkit")?;
    let allowance = "\n#![allow(dead_code, reason = \"each test uses its part\")]\n";
    files.insert(
        "tests/testkit/mod.rs".into(),
        kit.replacen("\n\n", &format!("{allowance}\n"), 1),
    );
    files.insert(format!("tests/{name}.rs"), root + "\n" + &modules);
    Ok(files)
}

/// The other patterns of its member that the tests use.
fn neighbours(pattern: &Pattern, tests: &str) -> Vec<Pattern> {
    let uses = format!("use crate::{}::", pattern.member.replace('-', "_"));
    let uses = tests.lines().filter_map(|line| line.strip_prefix(&uses));
    let names: Vec<&str> = uses
        .flat_map(|names| names.split(|c: char| c != '_' && !c.is_alphanumeric()))
        .collect();
    let mut patterns = patterns();
    patterns.retain(|it| it.member == pattern.member && names.contains(&it.name.as_str()));
    patterns
}

/// Without what only the model of `verify` is told, and without tests that run there alone.
fn without_model(text: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let attribute = line.trim_start();
        if attribute.starts_with("#[cfg(not(modelled))]") {
            continue;
        }
        if attribute.starts_with("#[cfg(modelled)]") {
            while kept.last().is_some_and(|line| {
                let line = line.trim_start();
                line.starts_with("#[") || line.starts_with("///")
            }) {
                kept.pop();
            }
            let end = format!("{}}}", " ".repeat(line.len() - attribute.len()));
            lines.by_ref().find(|line| *line == end);
            if kept.last().is_some_and(|line| line.is_empty()) {
                kept.pop();
            }
            continue;
        }
        kept.push(line);
    }
    kept.join("\n") + "\n"
}

/// Whether the tests of its member cannot run under the usual harness.
pub(super) fn has_own_harness(pattern: &Pattern) -> bool {
    let manifest = workspace().join(&pattern.member).join("Cargo.toml");
    let text = fs::read_to_string(manifest).unwrap_or_default();
    text.contains("harness = false")
}

/// What the pattern itself needs, as its header says.
pub(super) fn dependencies(pattern: &Pattern) -> Vec<Dependency> {
    let needs = pattern.needs().unwrap_or_default();
    let needs = needs.into_iter().map(|need| Dependency {
        name: need.name.into(),
        version: need.version.into(),
        default_features: need.default_features,
        features: need.features.into_iter().map(String::from).collect(),
    });
    needs.collect()
}

/// What a test needs: of the crates that its member names, those that stand in its text.
pub(super) fn dev_dependencies(pattern: &Pattern, test: &str) -> Vec<Dependency> {
    let manifest = |path: &str| {
        let text = fs::read_to_string(workspace().join(path)).unwrap_or_default();
        text.parse::<DocumentMut>().unwrap_or_default()
    };
    let workspace = manifest("Cargo.toml");
    let member = manifest(&format!("{}/Cargo.toml", pattern.member));
    let mut found = Vec::new();
    for section in ["dependencies", "dev-dependencies"] {
        let Some(table) = member.get(section).and_then(|item| item.as_table_like()) else {
            continue;
        };
        for (name, own) in table.iter() {
            let path = format!("{}::", name.replace('-', "_"));
            let of_workspace = workspace["workspace"]["dependencies"].get(name);
            let item = of_workspace.unwrap_or(own);
            let Some(version) = item.as_str().or_else(|| item.get("version")?.as_str()) else {
                continue; // Of this workspace.
            };
            if !test.contains(&path) {
                continue;
            }
            let list = |item: &toml_edit::Item| {
                let features = item.get("features").and_then(|item| item.as_array());
                let features = features.into_iter().flatten();
                features
                    .filter_map(|f| f.as_str().map(String::from))
                    .collect::<Vec<_>>()
            };
            let mut features = [list(item), list(own)].concat();
            features.sort();
            features.dedup();
            found.push(Dependency {
                name: name.into(),
                version: version.into(),
                default_features: item.get("default-features").is_none(),
                features,
            });
        }
    }
    found
}

/// The code of all examples in its documentation.
pub(super) fn examples(pattern: &Pattern) -> String {
    let lines = pattern.source.lines().map(str::trim_start);
    let parts = lines.filter_map(|line| line.strip_prefix("///"));
    let docs = parts.collect::<Vec<_>>().join("\n");
    docs.split("```").skip(1).step_by(2).collect()
}

/// The first example of its documentation, as a user writes it.
pub(super) fn example(pattern: &Pattern, target: &str, name: &str) -> Option<String> {
    let text = rename(&pattern.source, pattern, target, name);
    let start = text.find("/// ```\n")?;
    let lines = text[start..].lines().skip(1);
    let lines = lines.map_while(|line| line.trim_start().strip_prefix("///"));
    let lines = lines.map(|line| line.strip_prefix(' ').unwrap_or(line));
    let lines = lines.take_while(|line| !line.starts_with("```"));
    // Only for rustdoc.
    let lines = lines.filter(|line| *line != "#" && !line.starts_with("# "));
    Some(
        lines
            .map(|line| format!("    {line}").trim_end().to_string())
            .collect::<Vec<_>>()
            .join("\n"),
    )
}
