//! A thread owns the connection: others ask it, and no lock is held across a query.
//!
//! callers -> [Insert | Count] -> the thread with the connection -> replies
//!
//! Next: `src/actor.rs` is this with time limits, and with an answer when the thread is gone.

use std::sync::mpsc::{self, Sender};
use std::thread;

// Stands for `rusqlite::Connection`, which may move to a thread but not be used by two at once.
struct Connection(Vec<String>);

enum Query {
    Insert(String),
    Count(Sender<usize>),
}

fn main() {
    let (query_tx, query_rx) = mpsc::channel();

    let owner = thread::spawn(move || {
        let mut connection = Connection(Vec::new()); // `Connection::open("app.db")`
        for query in query_rx {
            match query {
                Query::Insert(name) => connection.0.push(name),
                // Fails when the caller has given up.
                Query::Count(reply_tx) => drop(reply_tx.send(connection.0.len())),
            }
        }
        println!("the connection is closed");
    });

    for name in ["ada", "grace"] {
        query_tx.send(Query::Insert(name.into())).unwrap();
    }
    let (reply_tx, reply_rx) = mpsc::channel();
    query_tx.send(Query::Count(reply_tx)).unwrap();
    println!("{} rows", reply_rx.recv().unwrap());

    drop(query_tx); // The owner's loop ends.
    owner.join().unwrap();
}

// Prints:
// 2 rows
// the connection is closed
