//! A global sender: any code may send without being given a sender, and the end is still seen.
//!
//! anywhere -> LOG -> [channel] -> writer thread
//!
//! Next: `src/merge.rs` hands each producer its own sender, so that ends need no care.

use std::sync::Mutex;
use std::sync::mpsc::{self, Sender};
use std::thread;

// A static is never dropped, so a bare `Sender` in it would keep the channel open forever. This one
// can be taken out.
static LOG: Mutex<Option<Sender<String>>> = Mutex::new(None);

fn log(line: &str) {
    if let Some(tx) = &*LOG.lock().unwrap() {
        tx.send(line.to_string()).unwrap();
    }
}

fn main() {
    let (tx, rx) = mpsc::channel();
    let writer = thread::spawn(move || {
        for line in rx {
            println!("log: {line}");
        }
        println!("the log is closed");
    });
    *LOG.lock().unwrap() = Some(tx);

    thread::spawn(|| log("from a thread")).join().unwrap();
    log("from main");

    // Takes the sender out of the static and drops it: the writer's loop ends.
    LOG.lock().unwrap().take();
    writer.join().unwrap();
}

// Prints:
// log: from a thread
// log: from main
// the log is closed
