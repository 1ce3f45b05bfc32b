//! Stop a pipeline without loss: end its input, and let the stages drain.
//!
//! numbers, until the stop -> [4] -> squares -> [4] -> main
//!
//! Next: `src/pipeline.rs` passes on errors and panics; end its input in the same way.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

fn main() {
    let stop = AtomicBool::new(false); // To set in a handler of Ctrl-C, for example.
    let (number_tx, number_rx) = sync_channel(4);
    let (square_tx, square_rx) = sync_channel(4);

    let (sent, received) = thread::scope(|scope| {
        let stop = &stop;
        let input = scope.spawn(move || {
            // The input alone looks at `stop`. All later ends follow: it drops its sender.
            let until_stop = (1..).take_while(|_| !stop.load(Relaxed));
            until_stop.map(|n: u64| number_tx.send(n).unwrap()).count()
        });
        scope.spawn(move || {
            for n in number_rx {
                thread::sleep(Duration::from_millis(5)); // Stands for work.
                square_tx.send(n * n).unwrap();
            }
        });

        let mut received = 0;
        for square in square_rx {
            received += 1;
            if square == 100 {
                println!("stop");
                stop.store(true, Relaxed);
            }
        }
        (input.join().unwrap(), received)
    });
    println!("sent and received are equal: {}", sent == received);
}

// Prints:
// stop
// sent and received are equal: true
