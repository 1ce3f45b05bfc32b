//! `cargo copy`: a pattern into another package, with its test and what both need.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};

use crate::patterns::{Pattern, patterns, workspace};
use target::Target;

mod source;
mod target;

/// Copy a pattern into another package, with its test and what both need.
///
/// Without a pattern, lists all of them. On any error, nothing is changed.
#[derive(clap::Args)]
#[command(override_usage = "cargo copy [OPTIONS] [PATTERN] [TARGET]")]
pub(crate) struct Args {
    /// Such as `fan-out-fan-in/ordered`, or `ordered` where that is the only one
    pattern: Option<String>,

    /// The folder of the package that gets it
    #[arg(requires = "pattern")]
    target: Option<PathBuf>,

    /// The name of the module there
    #[arg(long = "as", value_name = "NAME")]
    name: Option<String>,

    /// Leave the test out
    #[arg(long)]
    no_tests: bool,

    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,

    /// Overwrite files that are there and differ
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let all = patterns();
    let Some(wanted) = &args.pattern else {
        for pattern in &all {
            println!("{}", line_of(pattern));
        }
        return Ok(());
    };
    let pattern = find(&all, wanted)?;
    let folder = args
        .target
        .as_deref()
        .context("into which package? name its folder")?;
    let target = Target::open(folder)?;
    let name = args.name.as_deref().unwrap_or(&pattern.name);
    ensure!(is_name(name), "{name:?} is no name for a module");

    let copied = source::pattern(pattern, &target.crate_name, name);
    let mut plan = Plan::new(&target, args.force);
    plan.write(format!("src/{name}.rs"), copied)?;
    plan.declare(name)?;
    let needs = source::dependencies(pattern);
    let examples = source::dev_dependencies(pattern, &source::examples(pattern));
    let (mut dev_needs, mut remarks) = (Vec::new(), Vec::new());
    let own_harness = source::has_own_harness(pattern);
    if own_harness && !args.no_tests {
        remarks.push("left out: its tests, which need a server and a harness of their own".into());
    }
    if target.is_library {
        dev_needs.extend(examples);
        if !args.no_tests && !own_harness {
            for (file, text) in source::tests(pattern, &target.crate_name, name)? {
                dev_needs.extend(source::dev_dependencies(pattern, &text));
                plan.write(file, text)?;
            }
        }
    } else {
        if !args.no_tests && !own_harness {
            let why = "the package has no library, and a test cannot reach into a program: move `main.rs`'s modules to a `lib.rs`";
            remarks.push(format!("left out: tests/{name}.rs ({why})"));
        }
        remarks.push(format!("parts that your program does not use give warnings: #[allow(dead_code)] on `mod {name};` silences them"));
        for need in examples {
            if need.name == "tokio" {
                remarks
                    .push("the example below also needs: cargo add tokio --features full".into());
            } else if !needs.iter().any(|it| it.name == need.name) {
                remarks.push(format!(
                    "the example below also needs: cargo add {}",
                    need.name
                ));
            }
        }
    }
    plan.depend(&needs, &dev_needs, &mut remarks)?;

    if !args.dry_run {
        plan.carry_out()?;
    }
    let (wrote, added) = if args.dry_run {
        ("would write", "would add")
    } else {
        ("wrote", "added")
    };
    for file in plan.files.keys() {
        let place = folder.join(file);
        let place = place.display();
        if *file == target.root {
            println!("{added} `mod {name};` to {place}");
        } else if file == "Cargo.toml" {
            println!("{added} what it needs to {place}");
        } else {
            println!("{wrote} {place}");
        }
    }
    for file in &plan.unchanged {
        println!("is there already: {}", folder.join(file).display());
    }
    for remark in remarks {
        println!("{remark}");
    }
    if let Some(example) = source::example(pattern, &target.crate_name, name) {
        println!("\nTo use it:\n\n{example}");
    }
    Ok(())
}

/// What the list says of a pattern.
fn line_of(pattern: &Pattern) -> String {
    let sentence: Vec<&str> = pattern
        .header()
        .take_while(|line| !line.is_empty())
        .collect();
    format!("{:<36}  {}", pattern.id(), sentence.join(" "))
}

fn find<'a>(all: &'a [Pattern], wanted: &str) -> anyhow::Result<&'a Pattern> {
    let wanted = wanted.trim_end_matches(".rs");
    let wanted = &wanted.replace("/src/", "/");
    let found: Vec<&Pattern> = all
        .iter()
        .filter(|pattern| pattern.id() == *wanted || pattern.name == *wanted)
        .collect();
    match found[..] {
        [pattern] => Ok(pattern),
        [] => {
            let example = format!("examples/{wanted}.rs");
            let member = all.iter().map(|pattern| &pattern.member);
            let member = { member }.find(|it| workspace().join(it).join(&example).is_file());
            if let Some(member) = member {
                bail!("{wanted:?} is a short program, to be copied by hand: {member}/{example}");
            }
            let mut near: Vec<&Pattern> = all.iter().collect();
            let distance = |pattern: &Pattern| {
                let by_name = strsim::levenshtein(wanted, &pattern.name);
                by_name.min(strsim::levenshtein(wanted, &pattern.id()))
            };
            near.sort_by_key(|pattern| distance(pattern));
            let near: Vec<String> = near.into_iter().take(3).map(line_of).collect();
            bail!("there is no {wanted:?}. Near to it:\n{}", near.join("\n"))
        }
        _ => {
            let found: Vec<String> = found.into_iter().map(line_of).collect();
            bail!("which {wanted:?}?\n{}", found.join("\n"))
        }
    }
}

fn is_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars
        .next()
        .is_some_and(|c| c.is_ascii_lowercase() || c == '_')
        && chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// What is to be written, all of it known before the first byte is.
struct Plan<'a> {
    target: &'a Target,
    force: bool,
    /// By their path within the package.
    files: BTreeMap<String, String>,
    unchanged: Vec<String>,
}

impl<'a> Plan<'a> {
    fn new(target: &'a Target, force: bool) -> Self {
        Self {
            target,
            force,
            files: BTreeMap::new(),
            unchanged: Vec::new(),
        }
    }

    /// A file that must not be there, or be the same.
    fn write(&mut self, file: String, text: String) -> anyhow::Result<()> {
        match fs::read_to_string(self.target.folder.join(&file)) {
            Ok(old) if old == text => self.unchanged.push(file),
            Ok(_) if !self.force => bail!("{file} is there, and differs: --force overwrites it"),
            _ => drop(self.files.insert(file, text)),
        }
        Ok(())
    }

    /// The `mod` line, where it is missing.
    fn declare(&mut self, name: &str) -> anyhow::Result<()> {
        let file = self.target.root.clone();
        let text = fs::read_to_string(self.target.folder.join(&file))
            .with_context(|| format!("cannot read {file}"))?;
        if let Some(text) = target::with_module(&text, name, self.target.is_library) {
            self.files.insert(file, text);
        }
        Ok(())
    }

    fn depend(
        &mut self,
        needs: &[source::Dependency],
        dev_needs: &[source::Dependency],
        remarks: &mut Vec<String>,
    ) -> anyhow::Result<()> {
        if let Some(text) = self.target.with_dependencies(needs, dev_needs, remarks)? {
            self.files.insert("Cargo.toml".into(), text);
        }
        Ok(())
    }

    /// Writes all files, or takes back what it has written.
    fn carry_out(&self) -> anyhow::Result<()> {
        let mut before: Vec<(PathBuf, Option<Vec<u8>>)> = Vec::new();
        for (file, text) in &self.files {
            let path = self.target.folder.join(file);
            before.push((path.clone(), fs::read(&path).ok()));
            if let Err(error) = write(&path, text) {
                for (path, old) in before {
                    // What cannot be undone is told by the error that is returned.
                    let _ = match old {
                        Some(old) => fs::write(path, old),
                        None => fs::remove_file(path),
                    };
                }
                return Err(error).with_context(|| format!("cannot write {}", path.display()));
            }
        }
        Ok(())
    }
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text)
}
