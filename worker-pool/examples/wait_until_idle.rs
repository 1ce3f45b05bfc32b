//! Wait until idle: all jobs given so far are done, and the workers stay for more.
//!
//! each job holds a `busy` sender -> the last one goes -> recv ends -> idle
//!
//! Next: `src/tracker.rs` does so for any pool, with a limit, and counts what runs and what failed.

use crossbeam_channel::{Sender, bounded, unbounded};
use std::thread;
use std::time::Duration;

fn main() {
    let (job_tx, job_rx) = unbounded::<(u64, Sender<()>)>();
    for _ in 0..2 {
        let job_rx = job_rx.clone();
        thread::spawn(move || {
            for (n, busy) in job_rx {
                thread::sleep(Duration::from_millis(40 * n)); // Stands for work.
                println!("job {n} is done");
                drop(busy); // A job that panics drops it too, but also ends its worker.
            }
        });
    }

    drop(job_rx); // If all workers die, queued jobs go too, and nobody waits for them.

    for round in ["first", "second"] {
        // Nothing is ever sent through this channel. Its end is the message.
        let (busy, idle) = bounded(0);
        for n in 1..=3 {
            job_tx.send((n, busy.clone())).unwrap();
        }
        drop(busy); // The original.

        // An empty queue would say too little: the last jobs have left it, and still run.
        let _ = idle.recv();
        println!("idle after the {round} round");
    }
}

// Prints, in any order:
// job 1 is done
// job 2 is done
// job 3 is done
// idle after the first round
// job 1 is done
// job 2 is done
// job 3 is done
// idle after the second round
