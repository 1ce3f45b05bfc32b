//! A panic ends the process: for programs that must not go on with a thread missing.
//!
//! thread panics -> hook -> message -> exit code 1
//!
//! Next: `src/failure.rs` brings the panic to the one who joins, for programs that go on.

use std::panic;
use std::process;
use std::thread;
use std::time::Duration;

fn main() {
    // Before the first thread is started. `panic = "abort"` in the profile does the same without
    // code, and leaves no chance to clean up.
    let print_message = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        print_message(info);
        println!("a thread panicked, so the program ends");
        process::exit(1);
    }));

    let worker = thread::spawn(|| {
        thread::sleep(Duration::from_millis(100));
        panic!("the disk is on fire");
    });

    println!("main goes on");
    worker.join().unwrap();
    println!("never printed");
}

// Prints, and exits with 1:
// main goes on
// a thread panicked, so the program ends
