//! What tests share, with std alone. Copy this file with a test, as `tests/testkit/mod.rs`.

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// A bound for failure: no test takes nearly as long.
pub const LIMIT: Duration = Duration::from_secs(10);

/// So many items that each thread gets ahead of the others now and then.
pub const MANY: usize = 2_000;

/// How often something is started and ended, for what happens only now and then.
pub const ROUNDS: usize = 100;

/// Runs `body` on a thread of its own and returns what it returns, or fails when that takes more than
/// [`LIMIT`].
///
/// # Panics
///
/// With the panic of `body`, or with a message that says that it hangs. Its thread is then left
/// behind: it cannot be ended from outside, and the test has failed.
#[track_caller]
pub fn within<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> T {
    within_limit(LIMIT, body)
}

#[track_caller]
pub(crate) fn within_limit<T: Send + 'static>(
    limit: Duration,
    body: impl FnOnce() -> T + Send + 'static,
) -> T {
    let (done_tx, done_rx) = mpsc::sync_channel(1);
    let thread = thread::spawn(move || {
        let value = body();
        // Fails only when the limit is over, and then nobody waits for the value.
        let _ = done_tx.send(value);
    });
    match done_rx.recv_timeout(limit) {
        Ok(value) => value,
        Err(RecvTimeoutError::Timeout) => panic!("no end within {limit:?}: it hangs"),
        Err(RecvTimeoutError::Disconnected) => match thread.join() {
            Err(payload) => resume_unwind(payload),
            Ok(()) => unreachable!("a body that returns sends its value"),
        },
    }
}

/// `n`, where a pattern takes no zero.
///
/// # Panics
///
/// When `n` is 0.
#[track_caller]
pub fn count(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).expect("a test asks for one or more")
}

/// The message of the panic that `body` must end with.
///
/// # Panics
///
/// When `body` returns, or panics with something that is no text.
#[track_caller]
pub fn panic_of<T>(body: impl FnOnce() -> T) -> String {
    outcome(body).err().expect("it must panic")
}

/// What `body` returns, or the message of its panic.
///
/// # Errors
///
/// When `body` panics.
///
/// # Panics
///
/// When `body` panics with something that is no text.
#[track_caller]
pub fn outcome<T>(body: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(body)).map_err(|payload| match payload.downcast::<String>() {
        Ok(message) => *message,
        Err(payload) => (*payload.downcast_ref::<&str>().expect("a message")).to_string(),
    })
}

/// Counts the items that it has handed out, and those of them that are no more. Clones count
/// together.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    handed_out: Arc<AtomicUsize>,
    dropped: Arc<AtomicUsize>,
}

impl Ledger {
    /// An item that is seen when it goes.
    pub fn item(&self, number: usize) -> Tracked {
        self.handed_out.fetch_add(1, SeqCst);
        Tracked {
            number,
            dropped: Arc::clone(&self.dropped),
        }
    }

    /// Items without end, numbered from 0, each of which is handed out when it is asked for.
    pub fn items(&self) -> impl Iterator<Item = Tracked> + Send + use<> {
        let ledger = self.clone();
        (0..).map(move |number| ledger.item(number))
    }

    /// How many items there have been.
    pub fn handed_out(&self) -> usize {
        self.handed_out.load(SeqCst)
    }

    /// How many of them are no more.
    pub fn dropped(&self) -> usize {
        self.dropped.load(SeqCst)
    }

    /// How many of them still are somewhere: in a queue, in a thread, in hand.
    pub fn alive(&self) -> usize {
        // In this order: an item that goes between the two is counted as alive, never the reverse.
        let dropped = self.dropped();
        self.handed_out() - dropped
    }

    /// What was handed out is no more: nothing is left behind, in a queue or in a thread.
    ///
    /// # Panics
    ///
    /// When an item is alive.
    #[track_caller]
    pub fn assert_all_dropped(&self) {
        assert_eq!(self.alive(), 0, "items are left behind");
    }
}

/// An item of a [`Ledger`]. It cannot be cloned.
#[derive(Debug)]
pub struct Tracked {
    /// Its place among the items that were handed out with it.
    pub number: usize,
    dropped: Arc<AtomicUsize>,
}

impl Drop for Tracked {
    fn drop(&mut self) {
        self.dropped.fetch_add(1, SeqCst);
    }
}

/// How many items have been handed out, and how many of them were taken. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct Lead {
    handed_out: Arc<AtomicUsize>,
    taken: Arc<AtomicUsize>,
}

impl Lead {
    /// The numbers up to `end`, each handed out when it is asked for.
    ///
    /// # Panics
    ///
    /// In `next`, when more than `limit` have been handed out, by all iterators together, and not
    /// yet taken.
    pub fn limited(&self, end: usize, limit: usize) -> impl Iterator<Item = usize> + Send + use<> {
        let lead = self.clone();
        (0..end).inspect(move |_| {
            let ahead = lead.hand_out();
            assert!(
                ahead <= limit,
                "{ahead} items ahead, where {limit} are promised"
            );
        })
    }

    /// Counts one that is handed out, and returns how many are not yet taken.
    pub fn hand_out(&self) -> usize {
        let handed_out = self.handed_out.fetch_add(1, SeqCst) + 1;
        // More may have been taken: by others before this look, or where taking is counted first.
        handed_out.saturating_sub(self.taken.load(SeqCst))
    }

    /// Counts one that is taken.
    pub fn take(&self) {
        self.taken.fetch_add(1, SeqCst);
    }
}
