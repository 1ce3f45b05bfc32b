//! State for each worker: what takes long to set up is made once for each thread, not for each job.
//!
//! [jobs] -> worker with its own connection, buffer, parser, … -> results
//!
//! Next: `src/pool.rs` for jobs that bring all they need.

use crossbeam_channel::unbounded;
use std::thread;

// Stands for a connection, a large buffer, a compiled expression.
struct Connection {
    queries: u32,
}

impl Connection {
    // `&mut self` without a lock: no other thread has this connection.
    fn query(&mut self, _name: &str) {
        self.queries += 1;
    }
}

fn main() {
    let (name_tx, name_rx) = unbounded();

    let mut workers = Vec::new();
    for worker in 0..2 {
        let name_rx = name_rx.clone();
        workers.push(thread::spawn(move || {
            // Before the loop, not in it.
            let mut connection = Connection { queries: 0 };
            println!("worker {worker} has a connection");
            for name in name_rx {
                connection.query(name);
            }
            connection.queries
        }));
    }

    for name in ["ada", "grace", "barbara", "frances"] {
        name_tx.send(name).unwrap();
    }
    drop(name_tx); // The workers' loops end.
    let queries: u32 = workers
        .into_iter()
        .map(|worker| worker.join().unwrap())
        .sum();
    println!("{queries} queries over 2 connections");
}

// Prints, in any order:
// worker 0 has a connection
// worker 1 has a connection
// 4 queries over 2 connections
