//! Opens files where the system has few descriptors left.

use std::io::{self, Read};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use common::streams::Stream;
use common::timeline;

/// How many files are open.
#[derive(Debug, Default)]
pub(crate) struct Descriptors {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Those in the making included: a FIFO has its descriptor while it waits for a writer.
    open: usize,
    /// How many have been closed, ever.
    closed: usize,
}

/// An open file.
pub(crate) struct Open<'a> {
    // Dropped in this order.
    file: Stream,
    _counted: Counted<'a>,
}

struct Counted<'a>(&'a Descriptors);

impl Descriptors {
    /// Calls `open`, and again whenever another file has been closed, as long as the system has no
    /// descriptor for it and another file is open.
    pub(crate) fn open(&self, open: impl Fn() -> io::Result<Stream>) -> io::Result<Open<'_>> {
        let mut state = self.lock();
        loop {
            let closed = state.closed;
            state.open += 1;
            drop(state);
            let error = match open() {
                Err(error) if is_refused(&error) => error,
                file => {
                    let counted = Counted(self);
                    return file.map(|file| Open {
                        file,
                        _counted: counted,
                    });
                }
            };
            state = self.lock();
            state.open -= 1;
            self.changed.notify_all();
            let _wait = timeline::waits();
            while state.closed == closed {
                if state.open == 0 {
                    return Err(error);
                }
                let waited = self.changed.wait(state);
                state = waited.unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Two numbers are whole at any time.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Read for Open<'_> {
    fn read(&mut self, block: &mut [u8]) -> io::Result<usize> {
        self.file.read(block)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.open -= 1;
        state.closed += 1;
        self.0.changed.notify_all();
    }
}

/// Too many open files, in the system (ENFILE) or in this process (EMFILE): std has no name for them.
fn is_refused(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(23 | 24))
}
