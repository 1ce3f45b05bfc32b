//! Stand-ins for crossbeam's `select!` and `select_biased!`, for the shapes that patterns use: two
//! or three arms of `recv`, or a `send` before a `recv`.
//!
//! It looks at one arm after the other, and others may go on between two looks, as with the real
//! ones. While no arm is ready it does not sleep but looks again and again: a wait without end
//! shows as a run of too many steps, not as a deadlock. What waits to be sent over a rendezvous
//! goes to a receiver that waits, in a select or not, but is not to be had by a `try_recv`.

use shuttle::rand::{Rng, thread_rng};

use super::kernel::{switch, yield_now};

/// What a select waits for.
#[doc(hidden)]
pub trait Arm {
    /// It stays so until the next switch.
    fn is_ready(&self) -> bool;

    /// From here to [`Arm::stop_waiting`], a message may be handed to it over a rendezvous.
    fn start_waiting(&self) {}

    /// Whether that has happened: then it must be received before the next switch.
    fn stop_waiting(&self) -> bool {
        false
    }
}

impl<A: Arm> Arm for &A {
    fn is_ready(&self) -> bool {
        A::is_ready(self)
    }

    fn start_waiting(&self) {
        A::start_waiting(self);
    }

    fn stop_waiting(&self) -> bool {
        A::stop_waiting(self)
    }
}

/// The number of an arm that is ready, and stays so until the next switch.
#[doc(hidden)]
pub fn choose<const ARMS: usize>(biased: bool, arms: [&dyn Arm; ARMS]) -> usize {
    loop {
        let first = if biased {
            0
        } else {
            thread_rng().gen_range(0..ARMS)
        };
        for number in (0..ARMS).map(|n| (first + n) % ARMS) {
            switch();
            if arms[number].is_ready() {
                return number;
            }
        }
        // One alone, lest two messages be handed over. It counts even where an arm before it has
        // become ready, as with the real ones.
        let waiting = thread_rng().gen_range(0..ARMS);
        arms[waiting].start_waiting();
        yield_now();
        if arms[waiting].stop_waiting() {
            return waiting;
        }
    }
}

#[doc(hidden)]
#[macro_export]
macro_rules! __select {
    (
        $biased:expr;
        send($tx:expr, $value:expr) -> $sent:pat => $done:expr,
        recv($rx:expr) -> $got:pat => $do:expr $(,)?
    ) => {{
        let (tx, rx) = (&$tx, &$rx);
        match $crate::model::choose($biased, [tx, rx]) {
            0 => {
                let $sent = tx.send_now($value);
                $done
            }
            _ => {
                let $got = rx.recv_now();
                $do
            }
        }
    }};
    (
        $biased:expr;
        recv($rx0:expr) -> $got0:pat => $do0:expr,
        recv($rx1:expr) -> $got1:pat => $do1:expr $(,)?
    ) => {{
        let (rx0, rx1) = (&$rx0, &$rx1);
        match $crate::model::choose($biased, [rx0, rx1]) {
            0 => {
                let $got0 = rx0.recv_now();
                $do0
            }
            _ => {
                let $got1 = rx1.recv_now();
                $do1
            }
        }
    }};
    (
        $biased:expr;
        recv($rx0:expr) -> $got0:pat => $do0:expr,
        recv($rx1:expr) -> $got1:pat => $do1:expr,
        recv($rx2:expr) -> $got2:pat => $do2:expr $(,)?
    ) => {{
        let (rx0, rx1, rx2) = (&$rx0, &$rx1, &$rx2);
        match $crate::model::choose($biased, [rx0, rx1, rx2]) {
            0 => {
                let $got0 = rx0.recv_now();
                $do0
            }
            1 => {
                let $got1 = rx1.recv_now();
                $do1
            }
            _ => {
                let $got2 = rx2.recv_now();
                $do2
            }
        }
    }};
}

#[doc(hidden)]
#[macro_export]
macro_rules! __select_fair {
    ($($arms:tt)*) => { $crate::__select!(false; $($arms)*) };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __select_biased {
    ($($arms:tt)*) => { $crate::__select!(true; $($arms)*) };
}
