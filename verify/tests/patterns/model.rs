//! The model's channels do what the real ones do: random sequences of operations, side by side.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use shuttle::Runner;
use shuttle::scheduler::RandomScheduler;

/// One operation. Ends of the channel are chosen by number, modulo how many there are.
#[derive(Clone, Copy, Debug)]
enum Op {
    TrySend(usize),
    SendTimeout(usize),
    /// Only where it cannot block: see `blocks`.
    Send(usize),
    TryRecv(usize),
    RecvTimeout(usize),
    /// Only where it cannot block.
    Recv(usize),
    TryIter(usize),
    CloneSender(usize),
    CloneReceiver(usize),
    DropSender(usize),
    DropReceiver(usize),
    Look,
}

fn op() -> impl Strategy<Value = Op> {
    let end = 0..3_usize;
    // Dropping is rare, lest all be over before anything has happened.
    prop_oneof![
        4 => end.clone().prop_map(Op::TrySend),
        2 => end.clone().prop_map(Op::SendTimeout),
        2 => end.clone().prop_map(Op::Send),
        3 => end.clone().prop_map(Op::TryRecv),
        2 => end.clone().prop_map(Op::RecvTimeout),
        2 => end.clone().prop_map(Op::Recv),
        1 => end.clone().prop_map(Op::TryIter),
        1 => end.clone().prop_map(Op::CloneSender),
        1 => end.clone().prop_map(Op::CloneReceiver),
        1 => end.clone().prop_map(Op::DropSender),
        1 => end.prop_map(Op::DropReceiver),
        2 => Just(Op::Look),
    ]
}

/// A message, of which one sees whether it is still there.
type Message = (u32, Arc<()>);

/// What came of an operation, without the token that every message carries.
fn outcome(op: Op, came: impl std::fmt::Debug, alive: &Arc<()>) -> String {
    format!("{op:?}: {came:?}, alive {}", Arc::strong_count(alive) - 1)
}

fn pick<T>(ends: &[T], number: usize) -> Option<&T> {
    ends.get(number.checked_rem(ends.len())?)
}

fn remove<T>(ends: &mut Vec<T>, number: usize) -> Option<T> {
    let number = number.checked_rem(ends.len())?;
    Some(ends.remove(number))
}

const NO_TIME: Duration = Duration::ZERO;

/// Runs the operations on channels of `$channels`, and returns what came of each.
macro_rules! crossbeam {
    ($name:ident, $channels:path) => {
        fn $name(capacity: Option<usize>, ops: &[Op]) -> Vec<String> {
            use $channels as channels;
            let (tx, rx) = match capacity {
                Some(capacity) => channels::bounded::<Message>(capacity),
                None => channels::unbounded(),
            };
            let (mut txs, mut rxs) = (vec![tx], vec![rx]);
            let alive = Arc::new(());
            let mut number = 0;
            let mut message = || {
                number += 1;
                (number, Arc::clone(&alive))
            };
            let mut outcomes = Vec::new();
            for &op in ops {
                let send_blocks = !rxs.is_empty() && txs.first().is_some_and(|tx| tx.is_full());
                let recv_blocks = !txs.is_empty() && rxs.first().is_some_and(|rx| rx.is_empty());
                let came = match op {
                    Op::TrySend(n) => {
                        format!("{:?}", pick(&txs, n).map(|tx| tx.try_send(message())))
                    }
                    Op::SendTimeout(n) => format!(
                        "{:?}",
                        pick(&txs, n).map(|tx| tx.send_timeout(message(), NO_TIME))
                    ),
                    Op::Send(n) if !send_blocks => {
                        let sent = pick(&txs, n).map(|tx| tx.send(message()));
                        format!("{:?}", sent.map(|sent| sent.map_err(|error| error.0.0)))
                    }
                    Op::TryRecv(n) => format!("{:?}", pick(&rxs, n).map(|rx| rx.try_recv())),
                    Op::RecvTimeout(n) => {
                        format!("{:?}", pick(&rxs, n).map(|rx| rx.recv_timeout(NO_TIME)))
                    }
                    Op::Recv(n) if !recv_blocks => {
                        format!("{:?}", pick(&rxs, n).map(|rx| rx.recv()))
                    }
                    Op::TryIter(n) => format!(
                        "{:?}",
                        pick(&rxs, n).map(|rx| rx.try_iter().collect::<Vec<_>>())
                    ),
                    Op::CloneSender(n) => {
                        txs.extend(pick(&txs, n).cloned());
                        String::new()
                    }
                    Op::CloneReceiver(n) => {
                        rxs.extend(pick(&rxs, n).cloned());
                        String::new()
                    }
                    Op::DropSender(n) => format!("{}", remove(&mut txs, n).is_some()),
                    Op::DropReceiver(n) => format!("{}", remove(&mut rxs, n).is_some()),
                    Op::Look => {
                        let tx = txs.first();
                        let rx = rxs.first();
                        format!(
                            "{:?} {:?}",
                            tx.map(|tx| (tx.len(), tx.is_empty(), tx.is_full(), tx.capacity())),
                            rx.map(|rx| (rx.len(), rx.is_empty(), rx.is_full(), rx.capacity()))
                        )
                    }
                    Op::Send(_) | Op::Recv(_) => "it would block".into(),
                };
                outcomes.push(outcome(op, came, &alive));
            }
            outcomes
        }
    };
}

crossbeam!(real_crossbeam, crossbeam_channel);
crossbeam!(model_crossbeam, verify::model::crossbeam_channel);

/// The same with std's, which have one receiver, and two kinds of senders.
macro_rules! std_mpsc {
    ($name:ident, $channels:path) => {
        fn $name(capacity: Option<usize>, ops: &[Op]) -> Vec<String> {
            use $channels as channels;
            let (sync_txs, txs, rx) = match capacity {
                Some(capacity) => {
                    let (tx, rx) = channels::sync_channel::<Message>(capacity);
                    (vec![tx], vec![], rx)
                }
                None => {
                    let (tx, rx) = channels::channel();
                    (vec![], vec![tx], rx)
                }
            };
            let (mut sync_txs, mut txs, mut rx) = (sync_txs, txs, Some(rx));
            let alive = Arc::new(());
            let mut number = 0;
            let mut message = || {
                number += 1;
                (number, Arc::clone(&alive))
            };
            let mut outcomes = Vec::new();
            for &op in ops {
                let came = match op {
                    Op::TrySend(n) | Op::SendTimeout(n) => {
                        format!("{:?}", pick(&sync_txs, n).map(|tx| tx.try_send(message())))
                    }
                    Op::Send(n) => {
                        let sent = pick(&txs, n).map(|tx| tx.send(message()));
                        format!("{:?}", sent.map(|sent| sent.map_err(|error| error.0.0)))
                    }
                    Op::TryRecv(_) => format!("{:?}", rx.as_ref().map(|rx| rx.try_recv())),
                    Op::RecvTimeout(_) => {
                        format!("{:?}", rx.as_ref().map(|rx| rx.recv_timeout(NO_TIME)))
                    }
                    Op::TryIter(_) => format!(
                        "{:?}",
                        rx.as_ref().map(|rx| rx.try_iter().collect::<Vec<_>>())
                    ),
                    Op::CloneSender(n) => {
                        txs.extend(pick(&txs, n).cloned());
                        sync_txs.extend(pick(&sync_txs, n).cloned());
                        String::new()
                    }
                    Op::DropSender(n) => {
                        let gone = (remove(&mut txs, n), remove(&mut sync_txs, n));
                        format!("{} {}", gone.0.is_some(), gone.1.is_some())
                    }
                    Op::DropReceiver(_) => format!("{}", rx.take().is_some()),
                    Op::Recv(_) | Op::CloneReceiver(_) | Op::Look => String::new(),
                };
                outcomes.push(outcome(op, came, &alive));
            }
            outcomes
        }
    };
}

std_mpsc!(real_std, std::sync::mpsc);
std_mpsc!(model_std, verify::model::std::sync::mpsc);

/// The model works within a run of the scheduler only.
fn in_a_run<T: Send + 'static>(body: impl Fn() -> T + Send + Sync + 'static) -> T {
    let place = Arc::new(Mutex::new(None));
    let result = Arc::clone(&place);
    Runner::new(RandomScheduler::new_from_seed(0, 1), shuttle::Config::new()).run(move || {
        *place.lock().expect("nobody panics with it") = Some(body());
    });
    let mut result = result.lock().expect("nobody panics with it");
    result.take().expect("the body has run")
}

proptest! {
    #[test]
    fn crossbeams_channels_are_modelled(
        capacity in proptest::option::of(0..4_usize),
        ops in vec(op(), 0..60),
    ) {
        let real = real_crossbeam(capacity, &ops);
        let model = in_a_run(move || model_crossbeam(capacity, &ops));
        prop_assert_eq!(model, real);
    }

    #[test]
    fn the_channels_of_std_are_modelled(
        capacity in proptest::option::of(0..4_usize),
        ops in vec(op(), 0..60),
    ) {
        let real = real_std(capacity, &ops);
        let model = in_a_run(move || model_std(capacity, &ops));
        prop_assert_eq!(model, real);
    }
}
