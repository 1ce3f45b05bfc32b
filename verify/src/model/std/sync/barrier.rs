use ::std::cell::Cell;

use crate::model::kernel::{Waiters, switch};

/// A stand-in for [`::std::sync::Barrier`].
#[derive(Debug)]
pub struct Barrier {
    size: usize,
    /// How many have come to it, ever.
    come: ::std::sync::Mutex<usize>,
    full: Waiters,
}

/// See [`Barrier::wait`].
#[derive(Debug)]
pub struct BarrierWaitResult(Cell<bool>);

impl BarrierWaitResult {
    /// Whether it was the last to come.
    pub fn is_leader(&self) -> bool {
        self.0.get()
    }
}

impl Barrier {
    /// For `size` threads.
    pub fn new(size: usize) -> Self {
        Self {
            size: size.max(1),
            come: ::std::sync::Mutex::default(),
            full: Waiters::default(),
        }
    }

    /// Waits until there are as many as it is for.
    ///
    /// # Panics
    ///
    /// Never: nothing panics while it counts.
    pub fn wait(&self) -> BarrierWaitResult {
        switch();
        let come = || self.come.lock().expect("no panic");
        *come() += 1;
        let last = *come();
        if last.is_multiple_of(self.size) {
            self.full.wake_all();
            return BarrierWaitResult(Cell::new(true));
        }
        while *come() / self.size == last / self.size {
            // Never over: it has no deadline.
            let _ = self.full.wait(None);
        }
        BarrierWaitResult(Cell::new(false))
    }
}
