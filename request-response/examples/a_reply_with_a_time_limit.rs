//! A reply with a time limit: the caller gives up, and the server goes on.
//!
//! caller -> [request, reply_tx] -> slow server;  caller <- reply, or too late
//!
//! Next: `src/timeout.rs` also spares the server what nobody waits for any more.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

type Request = (Duration, Sender<&'static str>);

fn serve(requests: Receiver<Request>) {
    for (work, reply_tx) in requests {
        thread::sleep(work);
        // Fails when the caller has given up.
        let _ = reply_tx.send("done");
    }
}

fn main() {
    let (request_tx, request_rx) = mpsc::channel();
    let server = thread::spawn(move || serve(request_rx));

    for millis in [10, 700, 10] {
        let (reply_tx, reply_rx) = mpsc::channel();
        let work = Duration::from_millis(millis);
        request_tx.send((work, reply_tx)).unwrap();
        match reply_rx.recv_timeout(Duration::from_millis(350)) {
            Ok(reply) => println!("{millis} ms of work: {reply}"),
            // The caller cannot know whether it was done: ask again only if twice does no harm.
            Err(RecvTimeoutError::Timeout) => {
                println!("{millis} ms of work: too late");
                thread::sleep(Duration::from_millis(400)); // The next one finds the server free.
            }
            Err(RecvTimeoutError::Disconnected) => println!("the server is gone"),
        }
    }

    drop(request_tx); // The server's loop ends.
    server.join().unwrap();
}

// Prints:
// 10 ms of work: done
// 700 ms of work: too late
// 10 ms of work: done
