use ::std::ops::{Deref, DerefMut};
use ::std::sync::{self, LockResult, PoisonError, TryLockError, TryLockResult};

use crate::model::kernel::{Waiters, switch};

/// Tries until the lock is free.
fn acquire<G>(unlocked: &Waiters, attempt: impl Fn() -> TryLockResult<G>) -> LockResult<G> {
    switch();
    loop {
        match attempt() {
            Ok(guard) => return Ok(guard),
            Err(TryLockError::Poisoned(poisoned)) => return Err(poisoned),
            Err(TryLockError::WouldBlock) => {
                // Never over: it has no deadline.
                let _ = unlocked.wait(None);
            }
        }
    }
}

/// Keeps a lock as long as it lives. `G` is the guard of std.
#[derive(Debug)]
pub struct Guard<'a, G> {
    /// There until it is dropped.
    data: Option<G>,
    unlocked: &'a Waiters,
}

impl<'a, G> Guard<'a, G> {
    fn new(data: LockResult<G>, unlocked: &'a Waiters) -> LockResult<Self> {
        let guard = |data| Self {
            data: Some(data),
            unlocked,
        };
        match data {
            Ok(data) => Ok(guard(data)),
            Err(poisoned) => Err(PoisonError::new(guard(poisoned.into_inner()))),
        }
    }
}

impl<G: Deref> Deref for Guard<'_, G> {
    type Target = G::Target;

    fn deref(&self) -> &G::Target {
        self.data.as_ref().expect("it is not dropped yet")
    }
}

impl<G: DerefMut> DerefMut for Guard<'_, G> {
    fn deref_mut(&mut self) -> &mut G::Target {
        self.data.as_mut().expect("it is not dropped yet")
    }
}

impl<G> Drop for Guard<'_, G> {
    fn drop(&mut self) {
        switch();
        self.data = None;
        self.unlocked.wake_all();
    }
}

#[derive(Debug)]
pub struct MutexGuard<'a, T> {
    guard: Guard<'a, sync::MutexGuard<'a, T>>,
    pub(super) mutex: &'a Mutex<T>,
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}

pub type RwLockReadGuard<'a, T> = Guard<'a, sync::RwLockReadGuard<'a, T>>;

pub type RwLockWriteGuard<'a, T> = Guard<'a, sync::RwLockWriteGuard<'a, T>>;

/// A stand-in for [`::std::sync::Mutex`], poison included. Not shuttle's, which stays locked when a
/// panic unwinds through its guard.
#[derive(Debug, Default)]
pub struct Mutex<T> {
    data: sync::Mutex<T>,
    unlocked: Waiters,
}

impl<T> Mutex<T> {
    pub fn new(value: T) -> Self {
        Self {
            data: sync::Mutex::new(value),
            unlocked: Waiters::default(),
        }
    }

    pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        let data = acquire(&self.unlocked, || self.data.try_lock());
        let guard = |guard| MutexGuard { guard, mutex: self };
        match Guard::new(data, &self.unlocked) {
            Ok(data) => Ok(guard(data)),
            Err(poisoned) => Err(PoisonError::new(guard(poisoned.into_inner()))),
        }
    }

    pub fn into_inner(self) -> LockResult<T> {
        self.data.into_inner()
    }
}

/// A stand-in for [`::std::sync::RwLock`]. Readers and writers have no precedence: the scheduler
/// chooses.
#[derive(Debug, Default)]
pub struct RwLock<T> {
    data: sync::RwLock<T>,
    unlocked: Waiters,
}

impl<T> RwLock<T> {
    pub fn new(value: T) -> Self {
        Self {
            data: sync::RwLock::new(value),
            unlocked: Waiters::default(),
        }
    }

    pub fn read(&self) -> LockResult<RwLockReadGuard<'_, T>> {
        let data = acquire(&self.unlocked, || self.data.try_read());
        Guard::new(data, &self.unlocked)
    }

    pub fn write(&self) -> LockResult<RwLockWriteGuard<'_, T>> {
        let data = acquire(&self.unlocked, || self.data.try_write());
        Guard::new(data, &self.unlocked)
    }

    pub fn into_inner(self) -> LockResult<T> {
        self.data.into_inner()
    }
}
