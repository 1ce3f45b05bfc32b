//! Which patterns there are: the public modules of the workspace's members.

use std::fs;
use std::path::{Path, PathBuf};

/// A file to copy.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// The folder, such as `worker-pool`.
    pub member: String,
    /// The module, such as `pool`.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// What is in it.
    pub source: String,
}

/// A crate that a pattern imports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need<'a> {
    /// Of the crate.
    pub name: &'a str,
    /// The least that will do.
    pub version: &'a str,
    /// Whether the default features stay on.
    pub default_features: bool,
    /// Without the default ones.
    pub features: Vec<&'a str>,
}

impl Pattern {
    /// Folder and module, such as `worker-pool/pool`.
    pub fn id(&self) -> String {
        format!("{}/{}", self.member, self.name)
    }

    /// The text of the header, without the comment signs.
    pub fn header(&self) -> impl Iterator<Item = &str> {
        let lines = self
            .source
            .lines()
            .map_while(|line| line.strip_prefix("//!"));
        lines.map(str::trim)
    }

    /// All that follows the header.
    pub fn body(&self) -> &str {
        let header: usize = self
            .source
            .split_inclusive('\n')
            .take_while(|line| line.starts_with("//!"))
            .map(str::len)
            .sum();
        &self.source[header..]
    }

    /// The crates that the last lines of the header name, such as `tokio 1 (features rt, sync)`, or
    /// `async-nats 0.51 (only features ring)`, without the default ones; none where it says `std only`.
    pub fn needs(&self) -> Option<Vec<Need<'_>>> {
        let mut lines = self
            .header()
            .filter_map(|line| line.strip_prefix("Needs: "));
        let mut rest = lines.next()?;
        let mut needs = Vec::new();
        while rest != "std only" {
            if rest.is_empty() {
                let Some(line) = lines.next() else { break };
                rest = line;
            }
            // A comma within brackets parts features.
            let end = rest.find(['(', ',']).unwrap_or(rest.len());
            let (name, version) = rest[..end].trim().split_once(' ')?;
            rest = &rest[end..];
            let (mut features, mut default_features) = (Vec::new(), true);
            if let Some(list) = rest.strip_prefix('(') {
                let (list, after) = list.split_once(')')?;
                default_features = !list.starts_with("only ");
                let list = list.trim_start_matches("only ");
                let list = list.strip_prefix("feature")?.trim_start_matches('s');
                features = list.trim().split(", ").collect();
                rest = after;
            }
            rest = rest.trim_start_matches([',', ' ']);
            needs.push(Need {
                name: name.trim_matches('`'),
                version,
                default_features,
                features,
            });
        }
        Some(needs)
    }

    /// Whether it deals with tasks.
    pub fn has_tasks(&self) -> bool {
        self.needs_crate("tokio")
    }

    /// Why it does not run under the scheduler; `None` where it does.
    pub fn not_modelled(&self) -> Option<&'static str> {
        let calls = |names: &[&str]| names.iter().any(|name| self.body().contains(name));
        if self.needs_crate("async-nats") {
            return Some("its channel is a server");
        }
        if self.needs_crate("rayon") {
            return Some("some of its threads are rayon's");
        }
        if self.needs_crate("tokio-util") {
            return Some("its tasks are tracked by tokio-util");
        }
        if self.needs_crate("signal-hook") {
            return Some("its messages come from the system");
        }
        if self.has_tasks() {
            // In its version 1.0.
            let lacking = calls(&[
                "recv_many",
                "mark_changed",
                ".shutdown()",
                ".closed()",
                "broadcast",
            ]);
            return lacking.then_some("it calls what shuttle-tokio lacks");
        }
        calls(&["Select::new"]).then_some("it selects among any number of channels")
    }

    fn needs_crate(&self, name: &str) -> bool {
        let needs = self.needs().unwrap_or_default();
        needs.iter().any(|need| need.name == name)
    }
}

/// The root of the workspace.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The members of the workspace that hold patterns, and a program that uses them, by name.
///
/// # Panics
///
/// When a folder cannot be read.
pub fn members() -> Vec<String> {
    let folders = fs::read_dir(workspace()).expect("the workspace is readable");
    let folders = folders.map(|entry| entry.expect("it is readable").path());
    let mut members: Vec<String> = folders
        .filter(|folder| folder.join("src/lib.rs").is_file())
        .filter(|folder| folder.join("src/main.rs").is_file())
        .filter_map(|folder| Some(folder.file_name()?.to_str()?.to_string()))
        .collect();
    members.sort();
    members
}

/// All patterns, by member and in the order of its `lib.rs`.
///
/// # Panics
///
/// When a file cannot be read.
pub fn patterns() -> Vec<Pattern> {
    let read = |path: &Path| fs::read_to_string(path).expect("a source is readable");
    let mut patterns = Vec::new();
    for member in members() {
        let src = workspace().join(&member).join("src");
        let lib = read(&src.join("lib.rs"));
        let modules = lib.lines();
        for name in modules.filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')) {
            let path = src.join(format!("{name}.rs"));
            patterns.push(Pattern {
                member: member.clone(),
                name: name.into(),
                source: read(&path),
                path,
            });
        }
    }
    patterns
}
