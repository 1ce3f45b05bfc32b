//! Stand-ins for crossbeam's `select!` and `select_biased!`, for the shapes that patterns use: two
//! or three arms of `recv`, or a `send` before a `recv`.
//!
//! It looks at one arm after the other, and others may go on between two looks, as with the real
//! ones. While no arm is ready it does not sleep but looks again and again: a wait without end
//! shows as a run of too many steps, not as a deadlock.

use shuttle::rand::{Rng, thread_rng};

use super::kernel::{switch, yield_now};

/// The number of an arm that is ready, and stays so until the next switch.
#[doc(hidden)]
pub fn choose<const ARMS: usize>(biased: bool, ready: [&dyn Fn() -> bool; ARMS]) -> usize {
    loop {
        let first = if biased {
            0
        } else {
            thread_rng().gen_range(0..ARMS)
        };
        for arm in (0..ARMS).map(|n| (first + n) % ARMS) {
            switch();
            if ready[arm]() {
                return arm;
            }
        }
        yield_now();
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
        match $crate::model::choose($biased, [&|| tx.is_ready(), &|| rx.is_ready()]) {
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
        match $crate::model::choose($biased, [&|| rx0.is_ready(), &|| rx1.is_ready()]) {
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
        let ready: [&dyn Fn() -> bool; 3] =
            [&|| rx0.is_ready(), &|| rx1.is_ready(), &|| rx2.is_ready()];
        match $crate::model::choose($biased, ready) {
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
