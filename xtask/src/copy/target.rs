//! The package that gets a pattern.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use semver::Version;
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, Value};

use super::source::Dependency;

pub(super) struct Target {
    pub(super) folder: PathBuf,
    manifest: DocumentMut,
    /// As paths name it.
    pub(super) crate_name: String,
    pub(super) is_library: bool,
    /// The file that declares the modules, from the folder.
    pub(super) root: String,
}

impl Target {
    pub(super) fn open(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join("Cargo.toml");
        let text = fs::read_to_string(&path);
        let text = text.with_context(|| {
            format!(
                "{} is no package: cannot read {}",
                folder.display(),
                path.display()
            )
        })?;
        let manifest: DocumentMut = text.parse().with_context(|| path.display().to_string())?;
        let package = manifest
            .get("package")
            .and_then(|package| package.get("name"));
        let Some(package) = package.and_then(|name| name.as_str()) else {
            bail!(
                "{} is a workspace: name the folder of one of its packages",
                folder.display()
            );
        };
        let of_lib = |key: &str| Some(manifest.get("lib")?.get(key)?.as_str()?.to_string());
        let library = of_lib("path").unwrap_or_else(|| "src/lib.rs".into());
        let crate_name = of_lib("name").unwrap_or_else(|| package.replace('-', "_"));
        let is_library = folder.join(&library).is_file();
        // A program names its own modules so.
        let (root, crate_name) = if is_library {
            (library, crate_name)
        } else {
            ("src/main.rs".into(), "crate".into())
        };
        if !folder.join(&root).is_file() {
            bail!("{} has neither {root} nor a library", folder.display());
        }
        Ok(Self {
            folder: folder.to_path_buf(),
            crate_name,
            manifest,
            is_library,
            root,
        })
    }

    /// The manifest with what is needed; `None` where nothing has to change. Says what it leaves to the
    /// user.
    pub(super) fn with_dependencies(
        &self,
        needs: &[Dependency],
        dev_needs: &[Dependency],
        remarks: &mut Vec<String>,
    ) -> anyhow::Result<Option<String>> {
        let mut manifest = self.manifest.clone();
        for need in needs {
            add(&mut manifest, "dependencies", need, remarks)?;
        }
        for need in dev_needs {
            let normal = manifest
                .get("dependencies")
                .and_then(|table| table.get(&need.name));
            // A test sees these as well; only features may be missing.
            if normal.is_none()
                || needs
                    .iter()
                    .all(|n| n.features != need.features || n.name != need.name)
            {
                if normal.is_some() && need.features.is_empty() {
                    continue;
                }
                add(&mut manifest, "dev-dependencies", need, remarks)?;
            }
        }
        let text = manifest.to_string();
        Ok((text != self.manifest.to_string()).then_some(text))
    }
}

fn add(
    manifest: &mut DocumentMut,
    section: &str,
    need: &Dependency,
    remarks: &mut Vec<String>,
) -> anyhow::Result<()> {
    let table = manifest.entry(section).or_insert(Item::Table(Table::new()));
    let table = table.as_table_like_mut();
    let table = table.with_context(|| format!("[{section}] is no table"))?;
    let Some(there) = table.get_mut(&need.name) else {
        table.insert(&need.name, new_entry(need));
        return Ok(());
    };
    let told = |what: &str| {
        let features = if need.features.is_empty() {
            String::new()
        } else {
            format!(", with the features {}", need.features.join(", "))
        };
        format!(
            "left to you: {} {what}; at least {} is needed{features}",
            need.name, need.version
        )
    };
    if there.as_str().is_none() && there.get("version").is_none() {
        remarks.push(told("comes from elsewhere (a workspace, a path)"));
        return Ok(());
    }
    // One that names only its version becomes a table where there is more to say.
    if there.is_str() && !need.features.is_empty() {
        let mut entry = InlineTable::new();
        entry.insert("version", there.as_str().unwrap_or_default().into());
        *there = Item::Value(Value::InlineTable(entry));
    }
    let version = there.as_str().or_else(|| there.get("version")?.as_str());
    let version = version.unwrap_or_default().to_string();
    match (least(&version), least(&need.version)) {
        (Some(has), Some(needs)) if has < needs => {
            if there.is_str() {
                *there = toml_edit::value(need.version.as_str());
            } else {
                there["version"] = toml_edit::value(need.version.as_str());
            }
        }
        (Some(_), Some(_)) => {}
        _ => remarks.push(told(&format!("is {version:?}"))),
    }
    if let Some(entry) = there.as_table_like_mut() {
        let features = entry
            .entry("features")
            .or_insert(toml_edit::value(Array::new()));
        if let Some(features) = features.as_array_mut() {
            for feature in &need.features {
                if !features.iter().any(|there| there.as_str() == Some(feature)) {
                    features.push(feature.as_str());
                }
            }
            if features.is_empty() {
                entry.remove("features");
            }
        }
    }
    Ok(())
}

fn new_entry(need: &Dependency) -> Item {
    if need.default_features && need.features.is_empty() {
        return toml_edit::value(need.version.as_str());
    }
    let mut entry = InlineTable::new();
    entry.insert("version", need.version.as_str().into());
    if !need.default_features {
        entry.insert("default-features", false.into());
    }
    if !need.features.is_empty() {
        let features: Array = need.features.iter().map(String::as_str).collect();
        entry.insert("features", features.into());
    }
    Item::Value(Value::InlineTable(entry))
}

/// The least version that `requirement` admits; `None` where it is more than one number.
fn least(requirement: &str) -> Option<Version> {
    let number = requirement
        .trim()
        .trim_start_matches(['^', '=', '~', '>'])
        .trim();
    let mut parts: Vec<&str> = number.split('.').collect();
    while parts.len() < 3 {
        parts.push("0");
    }
    Version::parse(&parts.join(".")).ok()
}

/// `text` with the module declared, behind the last that is; `None` where it is declared already.
pub(super) fn with_module(text: &str, name: &str, is_library: bool) -> Option<String> {
    let line = if is_library {
        format!("pub mod {name};")
    } else {
        format!("mod {name};")
    };
    let is_module = |line: &str| {
        let line = line
            .trim_start_matches("pub ")
            .trim_start_matches("pub(crate) ");
        line.strip_prefix("mod ")
            .and_then(|rest| rest.strip_suffix(';'))
            .map(str::to_string)
    };
    let lines: Vec<&str> = text.lines().collect();
    if lines
        .iter()
        .any(|line| is_module(line).as_deref() == Some(name))
    {
        return None;
    }
    let last = lines.iter().rposition(|line| is_module(line).is_some());
    let head = |line: &&&str| line.starts_with("//!") || line.starts_with("#![") || line.is_empty();
    let at = last.map_or_else(|| lines.iter().take_while(head).count(), |at| at + 1);
    let mut lines: Vec<String> = lines.into_iter().map(String::from).collect();
    lines.insert(at, line);
    if last.is_none() && lines.get(at + 1).is_some_and(|line| !line.is_empty()) {
        lines.insert(at + 1, String::new());
    }
    Some(lines.join("\n") + "\n")
}
