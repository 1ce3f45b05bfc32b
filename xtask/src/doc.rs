//! `cargo xtask doc`: the documentation of all members, with a page that it opens on.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};

use crate::patterns::workspace;

/// Render the documentation of all members, and a front page for it
#[derive(clap::Args)]
pub(crate) struct Args {}

/// Not for copying.
const TOOLS: [&str; 5] = ["common", "testkit", "verify", "bench", "xtask"];

pub(crate) fn run(_: &Args) -> anyhow::Result<()> {
    let root = workspace().canonicalize()?;
    let rendered = Command::new("cargo")
        .args(["doc", "--workspace", "--no-deps"])
        .current_dir(&root)
        .status()
        .context("cargo does not run")?;
    ensure!(rendered.success(), "rustdoc complains");
    let mut names: Vec<String> = Vec::new();
    for entry in fs::read_dir(&root)? {
        let folder = entry?.path();
        if folder.join("Cargo.toml").is_file() && folder.join("src").is_dir() {
            let name = folder.file_name().unwrap_or_default().to_string_lossy();
            names.push(name.into_owned());
        }
    }
    names.sort();
    let (tools, patterns): (Vec<_>, Vec<_>) =
        { names.iter() }.partition(|name| TOOLS.contains(&name.as_str()));
    let mut page = String::from(
        "<!doctype html><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>Passing data between threads in Rust</title>\n\
         <style>body { font: 16px/1.6 sans-serif; max-width: 40em; margin: 2em auto; padding: 0 1em }</style>\n\
         <h1>Passing data between threads in Rust</h1>\n",
    );
    for (title, names) in [("Patterns", patterns), ("Tools of the workspace", tools)] {
        writeln!(page, "<h2>{title}</h2>\n<ul>")?;
        for name in names {
            let folder = name.replace('-', "_");
            let about = about(&root.join(name));
            writeln!(
                page,
                "<li><a href=\"{folder}/index.html\">{name}</a>: {about}"
            )?;
        }
        writeln!(page, "</ul>")?;
    }
    let index = root.join("target/doc/index.html");
    fs::write(&index, page).with_context(|| index.display().to_string())?;
    println!("{}", index.display());
    Ok(())
}

/// The first sentence of its documentation.
fn about(member: &Path) -> String {
    let roots = ["src/lib.rs", "src/main.rs"].map(|root| fs::read_to_string(member.join(root)));
    let text = { roots.into_iter() }
        .find_map(Result::ok)
        .unwrap_or_default();
    let lines = text.lines().map_while(|line| line.strip_prefix("//! "));
    lines.collect::<Vec<_>>().join(" ").replace('`', "")
}
