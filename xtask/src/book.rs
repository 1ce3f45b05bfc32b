//! `cargo xtask book`: everything that there is to read, as one book, made with mdBook.
//!
//! Nothing is written twice: the chapters are the READMEs, and each file that they lead to becomes a
//! page of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail, ensure};

use crate::patterns::{patterns, workspace};

/// Make the book in `target/book`, with mdBook.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Show it in a browser
    #[arg(long)]
    open: bool,
}

/// The members, in the order in which one learns them.
const MEMBERS: [&str; 10] = [
    "basic-channel",
    "multi-producer",
    "errors",
    "complex-data",
    "request-response",
    "fan-out-fan-in",
    "worker-pool",
    "select-shutdown",
    "rate-limit",
    "async-tokio",
];

/// What comes after them.
const APPENDIX: [(&str, &str); 4] = [
    ("How it is proven", "verify/README.md"),
    ("How fast it is", "bench/README.md"),
    ("Results", "bench/RESULTS.md"),
    ("Contributing", "CONTRIBUTING.md"),
];

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let root = workspace().canonicalize()?;
    let folder = root.join("target/book");
    let source = folder.join("src");
    if source.exists() {
        fs::remove_dir_all(&source)?;
    }
    let mut book = Book::new(root);
    let mut summary = book.chapters()?;
    book.pages_that_are_linked(&mut summary)?;
    for (page, text) in &book.pages {
        write(&source.join(page), text)?;
    }
    for (picture, file) in &book.pictures {
        let bytes = fs::read(file)?;
        let place = source.join(picture);
        fs::create_dir_all(place.parent().context("a file is in a folder")?)?;
        fs::write(place, bytes)?;
    }
    write(&source.join("SUMMARY.md"), &summary)?;
    write(&folder.join("book.toml"), CONFIG)?;
    let mut mdbook = Command::new("mdbook");
    mdbook.arg("build").args(args.open.then_some("--open"));
    let status = mdbook.arg(&folder).status();
    let status = status.context("mdBook is needed: cargo install mdbook --locked")?;
    ensure!(status.success(), "mdBook fails");
    println!("{}", folder.join("book/index.html").display());
    Ok(())
}

const CONFIG: &str = r#"[book]
title = "Passing data between threads in Rust"
language = "en"

[output.html]
default-theme = "light"
preferred-dark-theme = "navy"
smart-punctuation = false

[output.html.print]
enable = false

[output.html.playground]
editable = true

[output.html.fold]
enable = true
level = 0

[output.html.search]
limit-results = 20
use-boolean-and = true
"#;

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let folder = path.parent().context("a file is in a folder")?;
    fs::create_dir_all(folder)?;
    fs::write(path, text).with_context(|| path.display().to_string())
}

struct Book {
    root: PathBuf,
    /// By their place in the book's sources.
    pages: BTreeMap<String, String>,
    pictures: BTreeMap<String, PathBuf>,
    /// Files of the workspace that a page leads to.
    linked: Vec<String>,
}

impl Book {
    fn new(root: PathBuf) -> Self {
        Self {
            root,
            pages: BTreeMap::new(),
            pictures: BTreeMap::new(),
            linked: Vec::new(),
        }
    }

    fn read(&self, file: &str) -> anyhow::Result<String> {
        fs::read_to_string(self.root.join(file)).with_context(|| file.to_string())
    }

    /// Makes the pages of the table of contents, and returns that.
    fn chapters(&mut self) -> anyhow::Result<String> {
        let mut summary = String::from("# Summary\n\n");
        self.add(&mut summary, 0, "Introduction", "README.md")?;
        self.add(&mut summary, 0, "What do you want to do?", "GUIDE.md")?;
        let patterns = patterns();
        for member in MEMBERS {
            self.add(&mut summary, 0, member, &format!("{member}/README.md"))?;
            let mut examples: Vec<String> = Vec::new();
            for entry in fs::read_dir(self.root.join(member).join("examples"))? {
                examples.push(entry?.file_name().to_string_lossy().into_owned());
            }
            examples.sort();
            for example in examples {
                let title = example.trim_end_matches(".rs").replace('_', " ");
                self.add(
                    &mut summary,
                    1,
                    &title,
                    &format!("{member}/examples/{example}"),
                )?;
            }
            for pattern in patterns.iter().filter(|pattern| pattern.member == member) {
                let name = &pattern.name;
                let title = format!("{name}.rs");
                self.add(&mut summary, 1, &title, &format!("{member}/src/{name}.rs"))?;
                let tests = format!("{member}/tests/{name}.rs");
                self.add(&mut summary, 2, "its tests", &tests)?;
            }
            self.add(
                &mut summary,
                1,
                "pitfalls",
                &format!("{member}/tests/pitfalls.rs"),
            )?;
        }
        for (title, file) in APPENDIX {
            self.add(&mut summary, 0, title, file)?;
        }
        Ok(summary)
    }

    fn add(
        &mut self,
        summary: &mut String,
        depth: usize,
        title: &str,
        file: &str,
    ) -> anyhow::Result<()> {
        let page = page_of(file);
        writeln!(summary, "{}- [{title}]({page})", "  ".repeat(depth))?;
        self.make(file)
    }

    /// The page of a file of the workspace.
    fn make(&mut self, file: &str) -> anyhow::Result<()> {
        let page = page_of(file);
        if self.pages.contains_key(&page) {
            return Ok(());
        }
        let text = self.read(file)?;
        let text = match file.rsplit_once('.') {
            Some((_, "md")) => self.with_links(&text, file)?,
            Some((_, "rs")) => self.source(&text, file)?,
            _ => format!("# {file}\n\n```text\n{text}```\n"),
        };
        self.pages.insert(page, text);
        Ok(())
    }

    /// A source with links to what its header names.
    fn source(&mut self, text: &str, file: &str) -> anyhow::Result<String> {
        let name = file.rsplit('/').next().unwrap_or(file);
        let member = file.split('/').next().unwrap_or_default();
        let mut page = format!("# {name}\n\n");
        let header: Vec<&str> = text
            .lines()
            .map_while(|line| line.strip_prefix("//!"))
            .collect();
        let header = header.join("\n");
        for named in header.split('`').skip(1).step_by(2) {
            let target = normal(&format!("{member}/{named}"));
            let neighbour = normal(&format!("{member}/src/{named}"));
            for target in [target, neighbour] {
                if named.contains(".rs") && self.root.join(&target).is_file() && target != file {
                    writeln!(page, "- [`{named}`]({})", self.link(file, &target))?;
                }
            }
        }
        let is_idiom = file.contains("/examples/");
        // Not there: its crate is not on the playground.
        let runs = is_idiom && !text.contains("ctrlc");
        let kind = if runs {
            "rust,editable,edition2024"
        } else {
            "rust,noplayground,ignore"
        };
        writeln!(page, "\n```{kind}\n{}\n```", text.trim_end())?;
        Ok(page)
    }

    /// A README whose links lead to pages.
    fn with_links(&mut self, text: &str, file: &str) -> anyhow::Result<String> {
        let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("](") {
            let (target, behind) = after.split_once(')').context("a link ends")?;
            out.push_str(before);
            let (path, place) = target.split_once('#').unwrap_or((target, ""));
            let place = if place.is_empty() {
                String::new()
            } else {
                format!("#{place}")
            };
            if target.contains("://") || path.is_empty() {
                write!(out, "]({target})")?;
            } else {
                let path = normal(&format!("{folder}/{path}"));
                ensure!(self.root.join(&path).exists(), "{file}: there is no {path}");
                write!(out, "]({}{place})", self.link(file, &path))?;
            }
            rest = behind;
        }
        out.push_str(rest);
        // On the playground, where a reader may change it.
        let mut code = String::new();
        for (n, part) in out.split("```rust\n").enumerate() {
            if n > 0 {
                code.push_str("```rust,editable,edition2024\n");
            }
            code.push_str(part);
        }
        Ok(code)
    }

    /// From the page of one file to that of another.
    fn link(&mut self, from: &str, to: &str) -> String {
        let is_picture = Path::new(to).extension().is_some_and(|end| end == "svg");
        let page = if is_picture {
            self.pictures.insert(to.to_string(), self.root.join(to));
            to.to_string()
        } else if self.root.join(to).is_dir() {
            let readme = format!("{to}/README.md");
            self.linked.push(readme.clone());
            page_of(&readme)
        } else {
            self.linked.push(to.to_string());
            page_of(to)
        };
        let up = page_of(from).matches('/').count();
        format!("{}{page}", "../".repeat(up))
    }

    /// Makes pages for what is led to and is no chapter, and for what these lead to. mdBook leaves out
    /// what its table of contents does not name.
    fn pages_that_are_linked(&mut self, summary: &mut String) -> anyhow::Result<()> {
        let chapters: BTreeSet<String> = self.pages.keys().cloned().collect();
        while let Some(file) = self.linked.pop() {
            if !self.root.join(&file).is_file() {
                bail!("there is no {file}");
            }
            self.make(&file)?;
        }
        writeln!(summary, "- [Other files]()")?;
        for page in self.pages.keys().filter(|page| !chapters.contains(*page)) {
            writeln!(summary, "  - [{}]({page})", page.trim_end_matches(".md"))?;
        }
        Ok(())
    }
}

/// Where the page of a file stands in the book.
fn page_of(file: &str) -> String {
    match file.rsplit_once('.') {
        // As mdBook names them.
        Some((path, "md")) => match path.strip_suffix("README") {
            Some(folder) => format!("{folder}index.md"),
            None => file.to_string(),
        },
        Some((name, "rs")) => format!("{name}.md"),
        _ => format!("{file}.md"),
    }
}

/// The path without `..`.
fn normal(path: &str) -> String {
    let mut parts: Vec<String> = Vec::new();
    for part in Path::new(path.trim_start_matches('/')).components() {
        match part {
            Component::ParentDir => drop(parts.pop()),
            Component::Normal(part) => parts.push(part.to_string_lossy().into_owned()),
            _ => {}
        }
    }
    parts.join("/")
}
