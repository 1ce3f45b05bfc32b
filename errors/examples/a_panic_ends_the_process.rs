//! A panic ends the process: for programs that must not go on with a thread missing.
//!
//! thread panics -> hook -> message -> exit code 1
//!
//! Next: `src/failure.rs` brings the panic to the one who joins, for programs that go on.

use std::panic;
use std::process;
use std::thread;

fn main() {
    // Before the first thread is started. `panic = "abort"` in the profile does the same without
    // code, and leaves no chance to clean up.
    let print_message = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        print_message(info);
        // Not `println!`: it would wait for whoever holds standard output.
        process::exit(1);
    }));

    println!("main starts a worker");
    let worker = thread::spawn(|| panic!("the disk is on fire"));

    let _ = worker.join();
    println!("never printed");
}

// Prints, and exits with 1:
// main starts a worker
