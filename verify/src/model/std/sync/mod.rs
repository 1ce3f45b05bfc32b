//! What the patterns use of [`::std::sync`].

#[doc(no_inline)]
pub use ::std::sync::{Arc, LockResult, PoisonError, Weak};

pub use barrier::{Barrier, BarrierWaitResult};
pub use condvar::{Condvar, WaitTimeoutResult};
pub use lock::{Guard, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard};

pub mod atomic;
pub mod mpsc;

mod barrier;
mod condvar;
mod lock;
