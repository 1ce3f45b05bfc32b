//! What scenarios need.

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use verify::model::crossbeam_channel::bounded;
use verify::model::std::sync::atomic::AtomicBool;
use verify::model::std::thread;

pub(crate) fn count(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).expect("a scenario asks for one or more")
}

/// Ends the thread like a panic, without the message of the panic hook: that is shuttle's, which
/// would print the schedule each time.
pub(crate) fn fail() -> ! {
    // A switch: what is closed by the panic would else be closed in one step with what came before.
    let _ = AtomicBool::new(false).load(Relaxed);
    resume_unwind(Box::new("failed"))
}

/// Whether `body` ends with the panic of [`fail`].
pub(crate) fn fails<T>(body: impl FnOnce() -> T) -> bool {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(_) => false,
        Err(payload) if payload.downcast_ref() == Some(&"failed") => true,
        Err(payload) => resume_unwind(payload),
    }
}

/// Makes items, and knows whether they are all gone. Unlike the model's, its `Arc` gives the
/// scheduler no choice, so that it may be used while a panic unwinds.
#[derive(Debug, Default)]
pub(crate) struct Ledger(Arc<()>);

/// An item with a number.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) number: u64,
    _alive: Arc<()>,
}

impl Ledger {
    pub(crate) fn item(&self, number: u64) -> Item {
        Item {
            number,
            _alive: Arc::clone(&self.0),
        }
    }

    pub(crate) fn items(&self, n: u64) -> impl Iterator<Item = Item> + Send + 'static {
        let alive = Arc::clone(&self.0);
        (0..n).map(move |number| Item {
            number,
            _alive: Arc::clone(&alive),
        })
    }

    /// Nothing is left behind, in a queue or elsewhere.
    pub(crate) fn assert_empty(&self) {
        assert_eq!(Arc::strong_count(&self.0), 1, "an item is left behind");
    }
}

/// What has happened, in order. It gives the scheduler no choice, either.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u64>>>);

impl Log {
    pub(crate) fn push(&self, number: u64) {
        self.0
            .lock()
            .expect("no thread panics with it")
            .push(number);
    }

    pub(crate) fn numbers(&self) -> Vec<u64> {
        self.0.lock().expect("no thread panics with it").clone()
    }

    pub(crate) fn len(&self) -> usize {
        self.numbers().len()
    }
}

pub(crate) fn numbers(items: impl IntoIterator<Item = Item>) -> Vec<u64> {
    items.into_iter().map(|item| item.number).collect()
}

pub(crate) fn sorted(mut numbers: Vec<u64>) -> Vec<u64> {
    numbers.sort_unstable();
    numbers
}

/// Lets the model's time pass; other waits may come to their ends meanwhile.
pub(crate) fn pause(duration: Duration) {
    let (_tx, rx) = bounded::<()>(0);
    // It can but time out: nobody sends.
    let _ = rx.recv_timeout(duration);
}

/// How far the input has been ahead of those who ask for it.
#[derive(Debug, Default)]
pub(crate) struct Lead {
    given: AtomicUsize,
    asked: AtomicUsize,
    most: AtomicUsize,
}

impl Lead {
    /// The input has given one more.
    pub(crate) fn step(&self) {
        let given = 1 + self.given.fetch_add(1, Relaxed);
        let ahead = given.saturating_sub(self.asked.load(Relaxed));
        self.most.fetch_max(ahead, Relaxed);
    }

    /// One more is asked for, after a while in which the input may go ahead.
    pub(crate) fn ask(&self) {
        thread::yield_now();
        self.asked.fetch_add(1, Relaxed);
    }

    /// Takes all of `items`, one after the other.
    pub(crate) fn follow<T>(&self, items: &mut dyn Iterator<Item = T>) {
        self.ask();
        while items.next().is_some() {
            self.ask();
        }
    }

    /// How far at most.
    pub(crate) fn most(&self) -> usize {
        self.most.load(Relaxed)
    }
}
