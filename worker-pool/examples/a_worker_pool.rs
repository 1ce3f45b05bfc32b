//! A worker pool: threads that run jobs, survive panics, and end when the pool is dropped.
//!
//! execute -> [jobs] -> 4 workers;  drop -> no more jobs -> the workers finish, and are joined
//!
//! Next: `src/pool.rs` also counts what failed, and does not wait for room unless you want it to.

use crossbeam_channel::{Receiver, Sender, bounded};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::{self, JoinHandle};

type Job = Box<dyn FnOnce() + Send>;

struct Pool {
    job_tx: Option<Sender<Job>>, // `None` once the pool is being dropped.
    workers: Vec<JoinHandle<()>>,
}

fn work(job_rx: &Receiver<Job>) {
    for job in job_rx {
        // A job that panics must not end its worker. std prints the panic.
        let _ = catch_unwind(AssertUnwindSafe(job));
    }
}

impl Pool {
    fn new(size: usize) -> Self {
        let (job_tx, job_rx) = bounded(16); // When 16 wait, `execute` waits.
        let start = |_| {
            let job_rx = job_rx.clone();
            thread::spawn(move || work(&job_rx))
        };
        let workers = (0..size).map(start).collect();
        let job_tx = Some(job_tx);
        Self { job_tx, workers }
    }

    fn execute(&self, job: impl FnOnce() + Send + 'static) {
        self.job_tx.as_ref().unwrap().send(Box::new(job)).unwrap();
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        // First the sender, or the joins below wait forever: workers end when it is gone. To drop
        // a clone of it would change nothing.
        drop(self.job_tx.take());
        // No `unwrap`: a panic in `drop` may abort the process.
        self.workers.drain(..).for_each(|w| drop(w.join()));
    }
}

fn main() {
    let pool = Pool::new(4);
    for n in 1..=6 {
        // Job 3 divides by zero and panics. The others run all the same.
        pool.execute(move || println!("job {n}: {}", 60 / (n - 3)));
    }
    // The pool is dropped here: that waits for the jobs.
}

// Prints, in any order:
// job 1: -30
// job 2: -60
// job 4: 60
// job 5: 30
// job 6: 20
