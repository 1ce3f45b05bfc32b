//! Build a value in its thread: what cannot be sent is made where it lives.
//!
//! main -> closure that builds it -> the thread calls it, and keeps what it made
//!
//! Next: `../request-response/src/actor.rs` answers questions about such a value.

use std::rc::Rc;
use std::sync::mpsc;
use std::thread;

// Stands for a handle that belongs to one thread: of a window, an interpreter, a script engine.
struct Engine {
    name: Rc<str>,
}

fn main() {
    let (tx, rx) = mpsc::channel();

    // `Engine` holds an `Rc`, so the compiler refuses to move one into the thread. The closure that
    // builds it holds none.
    let build = || Engine {
        name: Rc::from("lua"),
    };
    let owner = thread::spawn(move || {
        let engine = build();
        for script in rx {
            println!("{} runs {script:?}", engine.name);
        }
        // The engine is dropped here, in the thread that made it.
    });

    tx.send("x = 1").unwrap();
    tx.send("print(x)").unwrap();
    drop(tx); // The owner's loop ends.
    owner.join().unwrap();
}

// Prints:
// lua runs "x = 1"
// lua runs "print(x)"
