//! What all of the model stands on: one way to let others go on, one way to wait, one clock.

use ::std::cell::{Cell, RefCell};
use ::std::sync::{Mutex, PoisonError};
use ::std::time::Duration;
use ::std::{io, mem};

use shuttle::rand::{Rng, thread_rng};
use shuttle::thread::{self, Thread};

/// What the clock of a run begins with: so that `Duration::MAX` from now is beyond its end, as it
/// is with a real one.
const START: Duration = Duration::from_secs(1);

/// From here on, a deadline never comes: tests wait so long for what must come.
pub(crate) const FAR: Duration = Duration::from_secs(1_000_000_000);

// All threads of a run are coroutines on one thread of the system, which share these. Runs on other
// threads, as of other tests, have their own.
::std::thread_local! {
    static NOW: Cell<Duration> = const { Cell::new(START) };
    /// How many threads may still be started, where there is a limit.
    static THREADS_LEFT: Cell<Option<usize>> = const { Cell::new(None) };
    /// Threads to be woken once the panic that unwinds is caught.
    static DEFERRED: RefCell<Vec<Thread>> = const { RefCell::new(Vec::new()) };
}

/// To be called at the start of each run.
pub(crate) fn reset() {
    NOW.set(START);
    THREADS_LEFT.set(None);
    DEFERRED.take();
}

/// The scheduler chooses which thread goes on. Called before each operation that others notice.
///
/// Not while a panic unwinds: `panicking` would be true for the others, too.
pub(crate) fn switch() {
    if !::std::thread::panicking() {
        wake_deferred();
        thread::sleep(Duration::ZERO); // For shuttle that is a switch and no more.
    }
}

/// For a loop that looks at the clock until enough of it has passed.
pub(crate) fn pass_a_moment() {
    NOW.set(NOW.get() + Duration::from_micros(1));
}

/// Lets others go on until the time is over, which may be at any moment.
pub(crate) fn sleep(time: Duration) {
    switch();
    let (nobody, deadline) = (Waiters::default(), deadline_after(time));
    while nobody.wait(deadline).is_ok() {}
}

/// Lets others go on for a while: for a loop that waits.
pub(crate) fn yield_now() {
    wake_deferred();
    thread::yield_now();
}

pub(crate) fn leave_threads(threads: usize) {
    THREADS_LEFT.set(Some(threads));
}

/// One thread more is started.
pub(crate) fn take_thread() -> io::Result<()> {
    match THREADS_LEFT.get() {
        Some(0) => Err(io::ErrorKind::WouldBlock.into()),
        left => {
            THREADS_LEFT.set(left.map(|left| left - 1));
            Ok(())
        }
    }
}

pub(crate) fn now() -> Duration {
    NOW.get()
}

/// The end of a wait that begins now; `None` where the clock does not go that far.
pub(crate) fn deadline_after(timeout: Duration) -> Option<Duration> {
    now().checked_add(timeout)
}

/// Whether a wait until `deadline` is over. If it is not, it may become so: time is what the
/// scheduler makes of it. Only the end of the clock never comes.
pub(crate) fn is_over(deadline: Duration) -> bool {
    if deadline >= FAR {
        return false;
    }
    if now() < deadline && thread_rng().gen_ratio(1, 4) {
        NOW.set(deadline);
    }
    now() >= deadline
}

/// The wait has come to its deadline.
#[derive(Debug)]
pub(crate) struct Over;

/// Waits until `is_done`, which is not asked between two switches of others, or the deadline. Whoever
/// makes it true unparks this thread.
pub(crate) fn park_until(
    deadline: Option<Duration>,
    is_done: impl Fn() -> bool,
) -> Result<(), Over> {
    while !is_done() {
        match deadline {
            deadline if deadline.is_none_or(|deadline| deadline >= FAR) => {
                wake_deferred(); // It may switch.
                if !is_done() {
                    thread::park();
                }
            }
            Some(deadline) if is_over(deadline) => return Err(Over),
            // Not parked: were all others to wait, too, its deadline would still come.
            _ => yield_now(),
        }
    }
    Ok(())
}

/// The threads that wait for a change of something.
#[derive(Debug, Default)]
pub(crate) struct Waiters(Mutex<Vec<Thread>>);

impl Waiters {
    /// Waits for a change. Must follow the look at the state without a switch between, and be
    /// followed by another look: it may return without cause.
    pub(crate) fn wait(&self, deadline: Option<Duration>) -> Result<(), Over> {
        match deadline {
            deadline if deadline.is_none_or(|deadline| deadline >= FAR) => {
                self.list().push(thread::current());
                wake_deferred(); // Not before: it may switch.
                thread::park();
                Ok(())
            }
            Some(deadline) if is_over(deadline) => Err(Over),
            // Not parked: were all others to wait, too, its deadline would still come.
            _ => {
                yield_now();
                Ok(())
            }
        }
    }

    /// Each looks again at what it waits for.
    pub(crate) fn wake_all(&self) {
        let threads = mem::take(&mut *self.list());
        if ::std::thread::panicking() {
            DEFERRED.with_borrow_mut(|deferred| deferred.extend(threads));
        } else {
            wake(threads);
        }
    }

    fn list(&self) -> ::std::sync::MutexGuard<'_, Vec<Thread>> {
        // It may be held while a panic begins elsewhere; a list is whole at any time.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A caught panic has closed channels: now others may notice.
pub(crate) fn wake_deferred() {
    wake(DEFERRED.take());
}

fn wake(threads: Vec<Thread>) {
    for thread in threads {
        thread.unpark();
    }
}
