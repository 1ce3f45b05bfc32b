//! A crawler: work that finds more work, and ends when nothing is open.
//!
//! main: open pages -> [jobs] -> 3 workers -> [links found] -> main, until none is open
//!
//! Next: `src/worklist.rs` is for any kind of job, and passes on panics.

use crossbeam_channel::unbounded;
use std::collections::HashSet;
use std::thread;

// Stands for fetching a page: the links on it.
fn fetch(page: &str) -> Vec<&'static str> {
    match page {
        "home" => vec!["docs", "blog", "home"],
        "docs" => vec!["api", "home"],
        "blog" => vec!["docs", "about"],
        _ => vec![],
    }
}

fn main() {
    let (page_tx, page_rx) = unbounded();
    let (links_tx, links_rx) = unbounded();
    for _ in 0..3 {
        let (page_rx, links_tx) = (page_rx.clone(), links_tx.clone());
        thread::spawn(move || {
            for page in page_rx {
                links_tx.send(fetch(page)).unwrap();
            }
        });
    }

    let mut seen = HashSet::from(["home"]);
    page_tx.send("home").unwrap();
    // Pages that are queued or being fetched. An empty queue does not mean the end: a page that is
    // being fetched may have links. A fetch must not panic, or its page stays open.
    let mut open = 1;
    while open > 0 {
        for link in links_rx.recv().unwrap() {
            if seen.insert(link) {
                page_tx.send(link).unwrap();
                open += 1;
            }
        }
        open -= 1;
    }
    drop(page_tx); // Nothing is open: ends the workers.

    let mut pages: Vec<_> = seen.into_iter().collect();
    pages.sort_unstable();
    println!("{pages:?}");
}

// Prints:
// ["about", "api", "blog", "docs", "home"]
