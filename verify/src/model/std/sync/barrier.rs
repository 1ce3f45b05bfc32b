use ::std::cell::Cell;

use crate::model::kernel::{Waiters, switch};

#[derive(Debug)]
pub struct Barrier {
    size: usize,
    /// How many have come to it, ever.
    come: ::std::sync::Mutex<usize>,
    full: Waiters,
}

#[derive(Debug)]
pub struct BarrierWaitResult(Cell<bool>);

impl BarrierWaitResult {
    pub fn is_leader(&self) -> bool {
        self.0.get()
    }
}

impl Barrier {
    pub fn new(size: usize) -> Self {
        Self {
            size: size.max(1),
            come: ::std::sync::Mutex::default(),
            full: Waiters::default(),
        }
    }

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
