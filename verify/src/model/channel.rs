//! One channel, of which those of std and crossbeam are two faces.

use ::std::collections::VecDeque;
use ::std::iter::FusedIterator;
use ::std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use ::std::time::Duration;

use super::kernel::{Over, Waiters, switch};

/// What becomes of queued messages when the last receiver goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Orphans {
    /// Dropped at once.
    Dropped,
    /// Kept until the last sender goes, too.
    Kept,
}

#[derive(Debug)]
pub(crate) enum SendFailure<T> {
    Full(T),
    Disconnected(T),
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum RecvFailure {
    Empty,
    Disconnected,
}

/// How long an operation may wait.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wait {
    Never,
    Until(Duration),
    Always,
}

impl Wait {
    /// With a time limit; one beyond the end of the clock is none.
    pub(crate) fn until(deadline: Option<Duration>) -> Self {
        deadline.map_or(Self::Always, Self::Until)
    }
}

#[derive(Debug)]
struct Channel<T> {
    state: Mutex<State<T>>,
    changed: Waiters,
    /// `None`: unbounded.
    capacity: Option<usize>,
    orphans: Orphans,
}

#[derive(Debug)]
struct State<T> {
    /// Each message with its number. Of a rendezvous (capacity 0): what waiting senders offer.
    queue: VecDeque<(u64, T)>,
    next_number: u64,
    senders: usize,
    receivers: usize,
    /// Receivers that wait for a message.
    waiting: usize,
}

impl<T> Channel<T> {
    fn state(&self) -> MutexGuard<'_, State<T>> {
        // A panic while it is held would be one of the model, and end the run.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until something has changed; `false` when it must not wait (any longer).
    fn wait(&self, wait: Wait) -> bool {
        let deadline = match wait {
            Wait::Never => return false,
            Wait::Until(deadline) => Some(deadline),
            Wait::Always => None,
        };
        !matches!(self.changed.wait(deadline), Err(Over))
    }
}

impl<T> State<T> {
    /// Whether a receiver waits that has no offer yet: an offer is as good as taken, then.
    fn is_met(&self) -> bool {
        self.waiting > self.queue.len()
    }

    fn push(&mut self, value: T) -> u64 {
        let number = self.next_number;
        self.next_number += 1;
        self.queue.push_back((number, value));
        number
    }

    /// The message of this number, if it is still there.
    fn take_back(&mut self, number: u64) -> Option<T> {
        let place = self.queue.iter().position(|(n, _)| *n == number)?;
        self.queue.remove(place).map(|(_, value)| value)
    }
}

pub(crate) fn channel<T>(capacity: Option<usize>, orphans: Orphans) -> (Tx<T>, Rx<T>) {
    let state = State {
        queue: VecDeque::new(),
        next_number: 0,
        senders: 1,
        receivers: 1,
        waiting: 0,
    };
    let channel = Arc::new(Channel {
        state: Mutex::new(state),
        changed: Waiters::default(),
        capacity,
        orphans,
    });
    (Tx(Arc::clone(&channel)), Rx(channel))
}

#[derive(Debug)]
pub(crate) struct Tx<T>(Arc<Channel<T>>);

#[derive(Debug)]
pub(crate) struct Rx<T>(Arc<Channel<T>>);

impl<T> Tx<T> {
    pub(crate) fn send(&self, value: T, wait: Wait) -> Result<(), SendFailure<T>> {
        switch();
        self.send_now(value, wait)
    }

    /// Whether a send would not wait.
    pub(crate) fn is_ready(&self) -> bool {
        let state = self.0.state();
        let has_room = match self.0.capacity {
            None => true,
            Some(0) => state.is_met(),
            Some(capacity) => state.queue.len() < capacity,
        };
        has_room || state.receivers == 0
    }

    /// Without a switch before it.
    pub(crate) fn send_now(&self, value: T, wait: Wait) -> Result<(), SendFailure<T>> {
        let channel = &*self.0;
        if channel.capacity == Some(0) {
            return self.offer(value, wait);
        }
        loop {
            let mut state = channel.state();
            if state.receivers == 0 {
                return Err(SendFailure::Disconnected(value));
            }
            let full = channel.capacity.is_some_and(|n| state.queue.len() >= n);
            if !full {
                state.push(value);
                drop(state);
                channel.changed.wake_all();
                return Ok(());
            }
            drop(state);
            if !channel.wait(wait) {
                return Err(SendFailure::Full(value));
            }
        }
    }

    /// Rendezvous: waits until a receiver has taken the value.
    fn offer(&self, value: T, mut wait: Wait) -> Result<(), SendFailure<T>> {
        let channel = &*self.0;
        let mut state = channel.state();
        if state.receivers == 0 {
            return Err(SendFailure::Disconnected(value));
        }
        let met = state.is_met();
        if !met && matches!(wait, Wait::Never) {
            return Err(SendFailure::Full(value));
        }
        let number = state.push(value);
        drop(state);
        channel.changed.wake_all();
        if met {
            return Ok(());
        }
        loop {
            let mut state = channel.state();
            let over = matches!(wait, Wait::Never);
            if over || state.receivers == 0 {
                let disconnected = state.receivers == 0;
                return match state.take_back(number) {
                    None => Ok(()),
                    Some(value) if disconnected => Err(SendFailure::Disconnected(value)),
                    Some(value) => Err(SendFailure::Full(value)),
                };
            }
            if state.queue.iter().all(|(n, _)| *n != number) {
                return Ok(());
            }
            drop(state);
            if !channel.wait(wait) {
                wait = Wait::Never;
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn capacity(&self) -> Option<usize> {
        self.0.capacity
    }
}

impl<T> Rx<T> {
    pub(crate) fn recv(&self, wait: Wait) -> Result<T, RecvFailure> {
        switch();
        self.recv_now(wait)
    }

    /// Whether a receive would not wait.
    pub(crate) fn is_ready(&self) -> bool {
        let state = self.0.state();
        state.senders == 0 || !state.queue.is_empty()
    }

    /// Without a switch before it.
    pub(crate) fn recv_now(&self, wait: Wait) -> Result<T, RecvFailure> {
        let channel = &*self.0;
        loop {
            let mut state = channel.state();
            if let Some((_, value)) = state.queue.pop_front() {
                drop(state);
                channel.changed.wake_all();
                return Ok(value);
            }
            if state.senders == 0 {
                return Err(RecvFailure::Disconnected);
            }
            if matches!(wait, Wait::Never) {
                return Err(RecvFailure::Empty);
            }
            state.waiting += 1;
            drop(state);
            let go_on = channel.wait(wait);
            let has_come = self.stop_waiting();
            if !go_on && !has_come {
                return Err(RecvFailure::Empty);
            }
        }
    }

    /// From here to [`Rx::stop_waiting`], a rendezvous counts it as a receiver that waits.
    pub(crate) fn start_waiting(&self) {
        self.0.state().waiting += 1;
    }

    /// Whether there is a message now. What has been handed to a receiver that waits must be taken
    /// by it.
    pub(crate) fn stop_waiting(&self) -> bool {
        let mut state = self.0.state();
        state.waiting -= 1;
        !state.queue.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn capacity(&self) -> Option<usize> {
        self.0.capacity
    }
}

impl<T> Channel<T> {
    fn len(&self) -> usize {
        switch();
        match self.capacity {
            Some(0) => 0,
            _ => self.state().queue.len(),
        }
    }
}

impl<T> Clone for Tx<T> {
    fn clone(&self) -> Self {
        self.0.state().senders += 1;
        Self(Arc::clone(&self.0))
    }
}

impl<T> Clone for Rx<T> {
    fn clone(&self) -> Self {
        self.0.state().receivers += 1;
        Self(Arc::clone(&self.0))
    }
}

impl<T> Drop for Tx<T> {
    fn drop(&mut self) {
        switch();
        let mut state = self.0.state();
        state.senders -= 1;
        let last = state.senders == 0;
        drop(state);
        if last {
            self.0.changed.wake_all();
        }
    }
}

impl<T> Drop for Rx<T> {
    fn drop(&mut self) {
        switch();
        let mut state = self.0.state();
        state.receivers -= 1;
        let last = state.receivers == 0;
        // The offers of a rendezvous are taken back by those who made them.
        let drops = self.0.orphans == Orphans::Dropped && self.0.capacity != Some(0);
        let orphans = if last && drops {
            ::std::mem::take(&mut state.queue)
        } else {
            VecDeque::new()
        };
        drop(state);
        // Not while the state is held: a message may hold an end of this very channel.
        drop(orphans);
        if last {
            self.0.changed.wake_all();
        }
    }
}

/// Messages until all senders are gone.
#[derive(Debug)]
pub struct Iter<'a, T>(pub(crate) &'a Rx<T>);

/// Messages until the channel is empty.
#[derive(Debug)]
pub struct TryIter<'a, T>(pub(crate) &'a Rx<T>);

/// Owns its receiver.
#[derive(Debug)]
pub struct IntoIter<T>(pub(crate) Rx<T>);

impl<T> Iterator for Iter<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.0.recv(Wait::Always).ok()
    }
}

impl<T> Iterator for TryIter<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.0.recv(Wait::Never).ok()
    }
}

impl<T> Iterator for IntoIter<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.0.recv(Wait::Always).ok()
    }
}

impl<T> FusedIterator for Iter<'_, T> {}

impl<T> FusedIterator for IntoIter<T> {}
