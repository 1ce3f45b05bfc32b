//! A source whose waits for room in the queue are seen in the timeline.

use common::timeline;
use tracing::span::EnteredSpan;

/// What one thread iterates over.
pub(crate) struct Source<'a, T>(pub(crate) Box<dyn Iterator<Item = T> + Send + 'a>);

/// The same on its thread, since a wait in the timeline belongs to one.
pub(crate) struct Shown<'a, T> {
    items: Box<dyn Iterator<Item = T> + Send + 'a>,
    wait: Option<EnteredSpan>,
}

impl<'a, T> IntoIterator for Source<'a, T> {
    type Item = T;
    type IntoIter = Shown<'a, T>;

    fn into_iter(self) -> Shown<'a, T> {
        Shown {
            items: self.0,
            wait: None,
        }
    }
}

impl<T> Iterator for Shown<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        // The queue has taken the last item.
        self.wait = None;
        let item = self.items.next()?;
        self.wait = Some(timeline::waits());
        Some(item)
    }
}
