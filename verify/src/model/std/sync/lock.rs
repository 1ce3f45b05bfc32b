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

/// See [`Mutex::lock`].
pub type MutexGuard<'a, T> = Guard<'a, sync::MutexGuard<'a, T>>;

/// See [`RwLock::read`].
pub type RwLockReadGuard<'a, T> = Guard<'a, sync::RwLockReadGuard<'a, T>>;

/// See [`RwLock::write`].
pub type RwLockWriteGuard<'a, T> = Guard<'a, sync::RwLockWriteGuard<'a, T>>;

/// A stand-in for [`::std::sync::Mutex`], poison included. Not shuttle's, which stays locked when a
/// panic unwinds through its guard.
#[derive(Debug, Default)]
pub struct Mutex<T> {
    data: sync::Mutex<T>,
    unlocked: Waiters,
}

impl<T> Mutex<T> {
    /// A mutex that is not locked.
    pub fn new(value: T) -> Self {
        Self {
            data: sync::Mutex::new(value),
            unlocked: Waiters::default(),
        }
    }

    /// Waits until the lock is free, and takes it.
    ///
    /// # Errors
    ///
    /// When a thread has panicked while it held the lock.
    pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        let data = acquire(&self.unlocked, || self.data.try_lock());
        Guard::new(data, &self.unlocked)
    }

    /// The value, when nobody else can have the lock.
    ///
    /// # Errors
    ///
    /// When a thread has panicked while it held the lock.
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
    /// A lock that is free.
    pub fn new(value: T) -> Self {
        Self {
            data: sync::RwLock::new(value),
            unlocked: Waiters::default(),
        }
    }

    /// Waits until no writer has the lock, and takes a share of it.
    ///
    /// # Errors
    ///
    /// When a thread has panicked while it held the lock for writing.
    pub fn read(&self) -> LockResult<RwLockReadGuard<'_, T>> {
        let data = acquire(&self.unlocked, || self.data.try_read());
        Guard::new(data, &self.unlocked)
    }

    /// Waits until the lock is free, and takes it.
    ///
    /// # Errors
    ///
    /// When a thread has panicked while it held the lock for writing.
    pub fn write(&self) -> LockResult<RwLockWriteGuard<'_, T>> {
        let data = acquire(&self.unlocked, || self.data.try_write());
        Guard::new(data, &self.unlocked)
    }

    /// The value, when nobody else can have the lock.
    ///
    /// # Errors
    ///
    /// When a thread has panicked while it held the lock for writing.
    pub fn into_inner(self) -> LockResult<T> {
        self.data.into_inner()
    }
}
