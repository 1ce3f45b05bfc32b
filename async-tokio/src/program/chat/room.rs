//! Who is there, and what is said.

use std::sync::Arc;

use async_tokio::broadcast::publish;
use tokio::sync::broadcast::{Receiver, Sender};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many lines a client may be behind, or as many as there may be clients, where that is more:
/// all may speak at once, and nobody who reads misses a line.
const BACKLOG: u16 = 1_024;

/// How many bytes a line may have, where not so many are kept that it must be less.
const LONGEST: usize = 8 << 10;

/// How many bytes all that are kept may have together.
const MEMORY: usize = 64 << 20;

/// What is said: one piece of memory for all who hear it.
#[derive(Clone, Debug)]
pub(super) struct Message {
    /// Who does not need to hear it.
    pub(super) from: u64,
    /// A whole line.
    pub(super) text: Arc<str>,
}

/// A place for a limited number of clients.
#[derive(Debug)]
pub(super) struct Room {
    message_tx: Sender<Message>,
    slots: Arc<Semaphore>,
    size: u16,
    longest: usize,
    entered: u64,
}

impl Room {
    pub(super) fn new(size: u16) -> Self {
        let kept = usize::from(size.max(BACKLOG)).next_power_of_two();
        Self {
            message_tx: Sender::new(kept),
            longest: LONGEST.min(MEMORY / kept),
            slots: Arc::new(Semaphore::new(usize::from(size))),
            size,
            entered: 0,
        }
    }

    /// How many clients are there.
    pub(super) fn clients(&self) -> usize {
        usize::from(self.size) - self.slots.available_permits()
    }

    /// Lets a client in and tells the others; `None` when all slots are taken.
    pub(super) fn enter(&mut self) -> Option<Guest> {
        let slot = Arc::clone(&self.slots).try_acquire_owned().ok()?;
        self.entered += 1;
        let guest = Guest {
            id: self.entered,
            longest: self.longest,
            message_tx: self.message_tx.clone(),
            _slot: slot,
        };
        guest.say(format!("* client {} has come\n", guest.id));
        Some(guest)
    }

    /// What a client that is not let in is told.
    pub(super) fn full(&self) -> String {
        format!(
            "* the room is full ({} clients): come back later\n",
            self.size
        )
    }
}

/// A client that is in the room, until this is dropped.
#[derive(Debug)]
pub(super) struct Guest {
    id: u64,
    longest: usize,
    message_tx: Sender<Message>,
    _slot: OwnedSemaphorePermit,
}

impl Guest {
    pub(super) fn id(&self) -> u64 {
        self.id
    }

    /// How many bytes it may say in a line.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    /// What is said from now on.
    pub(super) fn listen(&self) -> Receiver<Message> {
        self.message_tx.subscribe()
    }

    /// Says a whole line to all others.
    pub(super) fn say(&self, text: impl Into<Arc<str>>) {
        let message = Message {
            from: self.id,
            text: text.into(),
        };
        publish(&self.message_tx, message);
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        // On one thread, nobody hears of it before the slot is free too.
        self.say(format!("* client {} has left\n", self.id));
    }
}
