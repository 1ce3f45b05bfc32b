//! What the tests of several patterns need.
#![allow(dead_code, reason = "each test file uses its part")]

use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use testkit::{LIMIT, panic_of};

/// A wait that cannot succeed, however long it is: each place says why.
pub(crate) const IN_VAIN: Duration = Duration::from_millis(20);

/// A deadline that is never reached.
pub(crate) fn never() -> Instant {
    Instant::now() + 10 * LIMIT
}

/// A deadline that is over.
pub(crate) fn over() -> Instant {
    Instant::now()
}

/// Panics, without a word on stderr: a backtrace for each of a hundred rounds would be most of what
/// a test does.
pub(crate) fn fail(message: &'static str) -> ! {
    resume_unwind(Box::new(message))
}

/// The message of the panic that a server must have ended with.
pub(crate) fn panic_of_server<T>(server: JoinHandle<T>) -> String {
    panic_of(|| {
        if let Err(payload) = server.join() {
            resume_unwind(payload);
        }
    })
}

/// The two sides of a gate that holds a server up.
pub(crate) fn gate() -> (Gate, Hold) {
    let ((entered_tx, entered_rx), (open_tx, open_rx)) = (channel(), channel());
    (
        Gate {
            entered_rx,
            open_tx,
        },
        Hold {
            entered_tx,
            open_rx,
        },
    )
}

pub(crate) struct Gate {
    entered_rx: Receiver<()>,
    open_tx: Sender<()>,
}

impl Gate {
    /// Waits until a server stands before it.
    pub(crate) fn wait_until_entered(&self) {
        self.entered_rx.recv().expect("a server comes to the gate");
    }

    pub(crate) fn is_entered(&self) -> bool {
        self.entered_rx.try_recv().is_ok()
    }

    /// For ever.
    pub(crate) fn open(self) {
        drop(self.open_tx);
    }
}

#[derive(Debug)]
pub(crate) struct Hold {
    entered_tx: Sender<()>,
    open_rx: Receiver<()>,
}

impl Hold {
    /// Waits until the gate is open.
    pub(crate) fn enter(&self) {
        // Fails when the gate is open, and nobody cares who enters any more.
        let _ = self.entered_tx.send(());
        self.open_rx.recv().expect_err("a gate sends nothing");
    }
}

/// What a server is asked, and what it answers: its number.
pub(crate) enum Ask {
    Number(u32),
    /// Holds the server up.
    Held(u32, Hold),
    /// Holds the server up, and makes it panic.
    Bad(Hold),
}

/// Keeps the numbers that it was asked.
pub(crate) fn answer(asked: &mut Vec<u32>, ask: Ask) -> u32 {
    let number = match ask {
        Ask::Number(number) => number,
        Ask::Held(number, hold) => {
            hold.enter();
            number
        }
        Ask::Bad(hold) => {
            hold.enter();
            fail("a bad request");
        }
    };
    asked.push(number);
    number
}
