//! The documentation as rustdoc renders it: every link on every page leads somewhere.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use verify::patterns::{patterns, workspace};

use verify::assert_none;

/// The crates of the workspace, as rustdoc names their folders.
fn crates() -> Vec<String> {
    let folders = fs::read_dir(workspace()).expect("the workspace is readable");
    let folders = folders.map(|entry| entry.expect("it is readable").path());
    folders
        .filter(|folder| folder.join("Cargo.toml").is_file())
        .filter_map(|folder| Some(folder.file_name()?.to_str()?.replace('-', "_")))
        .collect()
}

/// Renders all members, and gives the folder in which they are.
fn rendered() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("..");
    for name in crates() {
        // Pages that an earlier run has left would pass for pages that are there.
        for folder in [
            target.join("doc").join(&name),
            target.join("doc/src").join(&name),
        ] {
            if folder.exists() {
                fs::remove_dir_all(folder).expect("the target folder is writable");
            }
        }
    }
    let status = Command::new(env!("CARGO"))
        .args(["doc", "--workspace", "--no-deps", "--locked", "--quiet"])
        .arg("--target-dir")
        .arg(&target)
        .env("RUSTDOCFLAGS", "-D warnings")
        .current_dir(workspace())
        .status()
        .expect("cargo runs");
    assert!(status.success(), "rustdoc complains");
    fs::canonicalize(target.join("doc")).expect("rustdoc has made it")
}

/// The pages in `folder` and in the folders below it, by path, with their text.
pub(crate) fn pages(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut pages = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("rustdoc has made it") {
        let path = entry.expect("it is readable").path();
        if path.is_dir() {
            pages.extend(self::pages(&path));
        } else if path.extension().is_some_and(|end| end == "html") {
            let text = fs::read_to_string(&path).expect("rustdoc writes UTF-8");
            pages.insert(path, text);
        }
    }
    pages
}

/// Where the links of a page lead, but for those that other crates' traits bring along.
pub(crate) fn links(text: &str) -> impl Iterator<Item = &str> {
    let own = text.split("id=\"blanket-implementations\"").next();
    let anchors = own.unwrap_or_default().split("<a ").skip(1);
    let anchors = anchors.filter_map(|rest| rest.split('>').next());
    let links = anchors.filter_map(|anchor| anchor.split("href=\"").nth(1)?.split('"').next());
    links.filter(|link| !link.contains("://"))
}

/// Whether the file and the place in it to which a link of `page` leads are among `pages`.
pub(crate) fn exists(link: &str, page: &Path, pages: &BTreeMap<PathBuf, String>) -> bool {
    let (file, place) = link.split_once('#').unwrap_or((link, ""));
    let file = match file {
        "" => page.to_path_buf(),
        file => page.with_file_name(file),
    };
    // The lines of a source: a script finds them.
    let is_line = place.starts_with(|first: char| first.is_ascii_digit());
    let text = fs::canonicalize(file)
        .ok()
        .and_then(|file| pages.get(&file));
    text.is_some_and(|text| {
        place.is_empty() || is_line || text.contains(&format!("id=\"{place}\""))
    })
}

#[test]
#[ignore = "renders the documentation, which takes half a minute; .ci/run does it"]
fn every_link_leads_somewhere() {
    let doc = rendered();
    // Of other crates there may be pages, too, and those right in `doc`, help and settings, are
    // rustdoc's own: links may lead there.
    let pages = pages(&doc);
    let mut complaints = Vec::new();
    for name in crates() {
        let (own, source) = (doc.join(&name), doc.join("src").join(&name));
        let of_crate = |page: &Path| page.starts_with(&own) || page.starts_with(&source);
        for (page, text) in pages.iter().filter(|(page, _)| of_crate(page)) {
            let broken = links(text).filter(|link| !exists(link, page, &pages));
            let page = page.strip_prefix(&doc).unwrap_or(page);
            complaints.extend(broken.map(|link| format!("{}: {link}", page.display())));
        }
    }
    // Were rustdoc to write its pages in another way, there might be none of these.
    for pattern in patterns() {
        let folder = doc
            .join(pattern.member.replace('-', "_"))
            .join(&pattern.name);
        let page = pages.get(&folder.join("index.html"));
        if page.is_none_or(|text| links(text).next().is_none()) {
            complaints.push(format!("{}: no page with links", pattern.id()));
        }
    }
    assert_none(&complaints);
}
