//! A thread owns the connection: others ask it, and no lock is held across a query.
//!
//! callers -> [Insert | Count] -> the thread with the connection -> replies
//!
//! Next: `src/actor.rs` is this with a bound, and an error for the caller if the thread is gone.

use std::sync::mpsc::{self, Sender};
use std::thread;

// Stands for `rusqlite::Connection`, which may move to a thread but not be used by two at once.
type Connection = Vec<String>;

enum Query {
    Insert(String),
    Count(Sender<usize>),
}

fn main() {
    let (query_tx, query_rx) = mpsc::channel();

    let owner = thread::spawn(move || {
        let mut connection = Connection::new(); // `Connection::open("app.db")`
        for query in query_rx {
            match query {
                Query::Insert(name) => connection.push(name),
                Query::Count(reply_tx) => {
                    // Fails when the caller has given up.
                    let _ = reply_tx.send(connection.len());
                }
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
