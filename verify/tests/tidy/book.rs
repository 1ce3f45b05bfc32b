//! The book, as mdBook renders it: every link leads somewhere, and a browser shows it as it should be.
//!
//! mdBook and Chromium are not there on every machine: `.ci/run` runs these tests where they are.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use verify::assert_none;
use verify::patterns::workspace;

use crate::rustdoc::{exists, links, pages};

/// Makes the book, once, and gives the folder in which it is.
fn book() -> &'static Path {
    static BOOK: OnceLock<PathBuf> = OnceLock::new();
    BOOK.get_or_init(make)
}

fn make() -> PathBuf {
    let made = Command::new(env!("CARGO"))
        .args(["xtask", "book"])
        .current_dir(workspace())
        .output()
        .expect("cargo runs");
    let said = String::from_utf8_lossy(&made.stderr);
    assert!(made.status.success(), "{said}");
    assert!(!said.contains("WARN"), "{said}");
    let page = String::from_utf8_lossy(&made.stdout);
    let page = Path::new(page.trim());
    let folder = page.parent().expect("a page is in a folder");
    fs::canonicalize(folder).expect("it is made")
}

#[test]
#[ignore = "needs mdbook"]
fn every_link_of_the_book_leads_somewhere() {
    let pages = pages(book());
    let mut complaints = Vec::new();
    for (page, text) in &pages {
        let broken = links(text).filter(|link| !exists(link, page, &pages));
        complaints.extend(broken.map(|link| format!("{}: {link}", page.display())));
    }
    assert_none(&complaints);
}

/// What a browser makes of a page.
fn shown(page: &str) -> String {
    let mut chromium = Command::new("chromium");
    chromium.args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]);
    chromium.args([
        "--allow-file-access-from-files",
        "--virtual-time-budget=120000",
    ]);
    let looked = chromium.arg(format!("file://{page}")).output();
    String::from_utf8_lossy(&looked.expect("chromium runs").stdout).into_owned()
}

/// A symptom, and a call.
#[test]
#[ignore = "needs mdbook and chromium"]
fn a_browser_finds_what_one_searches() {
    let index = book().join("index.html");
    for words in ["never ends", "recv_timeout"] {
        let page = format!("{}?search={}", index.display(), words.replace(' ', "%20"));
        let (found, shown) = (format!("search results for '{words}'"), shown(&page));
        assert!(shown.contains(&found), "{words}: no answer");
        assert!(
            !shown.contains("No search results"),
            "{words}: nothing found"
        );
    }
}

/// On a phone no page is wider than the screen, and each short program has a button that runs it.
#[test]
#[ignore = "needs mdbook and chromium"]
fn a_browser_shows_the_book() {
    let book = book();
    let pages = pages(book);
    let names = pages.keys().filter_map(|page| {
        let name = page.strip_prefix(book).ok()?.to_str()?;
        (name != "toc.html").then(|| format!("{name:?}"))
    });
    let names: Vec<String> = names.collect();
    let looker = include_str!("book.html").replace("[PAGES]", &format!("[{}]", names.join(",")));
    let page = book.join("looked-at-by-a-test.html");
    fs::write(&page, looker).expect("it is ours");
    let dom = shown(&page.display().to_string());
    fs::remove_file(&page).expect("it is ours");
    let seen = dom
        .split("<pre>")
        .nth(1)
        .and_then(|rest| rest.split("</pre>").next());
    let seen: Vec<&str> = seen.unwrap_or_default().lines().collect();
    assert_eq!(seen.len(), names.len(), "{dom}");
    let mut complaints = Vec::new();
    for line in seen {
        let mut fields = line.split(' ');
        let (name, width, runs) = (fields.next(), fields.next(), fields.next());
        let name = name.unwrap_or_default();
        if width
            .and_then(|width| width.parse::<u32>().ok())
            .is_none_or(|width| width > 390)
        {
            complaints.push(format!("{line}: wider than a phone"));
        }
        // Its crate is not on the playground.
        let is_idiom = name.contains("/examples/") && !name.contains("ctrl_c");
        if is_idiom && runs != Some("1") {
            complaints.push(format!("{line}: no button that runs it"));
        }
    }
    assert_none(&complaints);
}
