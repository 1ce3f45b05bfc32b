use ::std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use ::std::sync::{Arc, LockResult, PoisonError};
use ::std::time::Duration;

use shuttle::rand::{Rng, thread_rng};
use shuttle::thread::{Thread, current};

use super::MutexGuard;
use crate::model::kernel::{deadline_after, park_until, switch};

/// Wakes whom the scheduler chooses.
#[derive(Debug, Default)]
pub struct Condvar(::std::sync::Mutex<Vec<Arc<Waiter>>>);

#[derive(Debug)]
struct Waiter {
    thread: Thread,
    notified: AtomicBool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitTimeoutResult(bool);

impl WaitTimeoutResult {
    pub fn timed_out(self) -> bool {
        self.0
    }
}

type TimedResult<'a, T> = LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)>;

impl Condvar {
    pub const fn new() -> Self {
        Self(::std::sync::Mutex::new(Vec::new()))
    }

    pub fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> LockResult<MutexGuard<'a, T>> {
        self.wait_until(guard, None).0
    }

    pub fn wait_while<'a, T>(
        &self,
        mut guard: MutexGuard<'a, T>,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> LockResult<MutexGuard<'a, T>> {
        while condition(&mut guard) {
            guard = self.wait(guard)?;
        }
        Ok(guard)
    }

    pub fn wait_timeout<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        timeout: Duration,
    ) -> TimedResult<'a, T> {
        with(self.wait_until(guard, deadline_after(timeout)))
    }

    pub fn wait_timeout_while<'a, T>(
        &self,
        mut guard: MutexGuard<'a, T>,
        timeout: Duration,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> TimedResult<'a, T> {
        let deadline = deadline_after(timeout);
        loop {
            if !condition(&mut guard) {
                return Ok((guard, WaitTimeoutResult(false)));
            }
            let (result, over) = self.wait_until(guard, deadline);
            guard = result.map_err(|poisoned| with_over(poisoned, over))?;
            if over {
                let over = condition(&mut guard);
                return Ok((guard, WaitTimeoutResult(over)));
            }
        }
    }

    /// Whether the time was over comes second.
    fn wait_until<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        deadline: Option<Duration>,
    ) -> (LockResult<MutexGuard<'a, T>>, bool) {
        let waiter = Arc::new(Waiter {
            thread: current(),
            notified: AtomicBool::new(false),
        });
        // Before the lock is let go: whoever takes it then finds somebody to notify.
        self.list().push(Arc::clone(&waiter));
        let mutex = guard.mutex;
        drop(guard);
        let over = park_until(deadline, || waiter.notified.load(SeqCst)).is_err();
        self.list().retain(|other| !Arc::ptr_eq(other, &waiter));
        (mutex.lock(), over)
    }

    pub fn notify_one(&self) {
        switch();
        let mut list = self.list();
        if !list.is_empty() {
            let chosen = thread_rng().gen_range(0..list.len());
            let waiter = list.swap_remove(chosen);
            drop(list);
            waiter.wake();
        }
    }

    pub fn notify_all(&self) {
        switch();
        let list = ::std::mem::take(&mut *self.list());
        for waiter in list {
            waiter.wake();
        }
    }

    fn list(&self) -> ::std::sync::MutexGuard<'_, Vec<Arc<Waiter>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiter {
    fn wake(&self) {
        self.notified.store(true, SeqCst);
        self.thread.unpark();
    }
}

fn with<T>((result, over): (LockResult<MutexGuard<'_, T>>, bool)) -> TimedResult<'_, T> {
    match result {
        Ok(guard) => Ok((guard, WaitTimeoutResult(over))),
        Err(poisoned) => Err(with_over(poisoned, over)),
    }
}

fn with_over<T>(
    poisoned: PoisonError<MutexGuard<'_, T>>,
    over: bool,
) -> PoisonError<(MutexGuard<'_, T>, WaitTimeoutResult)> {
    PoisonError::new((poisoned.into_inner(), WaitTimeoutResult(over)))
}
