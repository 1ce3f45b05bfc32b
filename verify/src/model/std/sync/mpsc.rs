//! What the patterns use of [`::std::sync::mpsc`]. The errors are the real ones.

#[doc(no_inline)]
pub use ::std::sync::mpsc::{RecvError, RecvTimeoutError, SendError, TryRecvError, TrySendError};

pub use crate::model::channel::{IntoIter, Iter, TryIter};

use crate::model::channel::{Orphans, RecvFailure, Rx, SendFailure, Tx, Wait, channel as core};
use crate::model::kernel::deadline_after;

sender!(Sender);
sender!(SyncSender);
try_send!(SyncSender);
receiver!();

pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let (tx, rx) = core(None, Orphans::Dropped);
    (Sender(tx), Receiver(rx))
}

pub fn sync_channel<T>(bound: usize) -> (SyncSender<T>, Receiver<T>) {
    let (tx, rx) = core(Some(bound), Orphans::Dropped);
    (SyncSender(tx), Receiver(rx))
}
