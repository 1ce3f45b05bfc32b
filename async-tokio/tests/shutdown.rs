//! What `shutdown` promises.

use std::future::{pending, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use super::support::{Ledger, multi_thread, on_each_flavour, on_paused_time, paused};
use async_tokio::shutdown::{Report, Tasks};
use proptest::prelude::*;
use testkit::within;
use tokio::sync::{mpsc, oneshot};
use tokio::task::yield_now;
use tokio::time::{Instant, sleep};

/// Of paused time, which passes at once when nothing else can be done.
const HOUR: Duration = Duration::from_secs(3_600);

/// Finished, panicked, aborted; they must be all that were spawned.
fn counts(report: &Report) -> (u64, u64, u64) {
    let counts = (report.finished, report.panicked, report.aborted);
    assert_eq!(report.spawned, counts.0 + counts.1 + counts.2, "{report:?}");
    counts
}

#[test]
fn tasks_that_heed_the_stop_finish() {
    on_each_flavour(|| async {
        let tasks = Tasks::new();
        let (done_tx, mut done_rx) = mpsc::channel(10);
        for _ in 0..10 {
            let done_tx = done_tx.clone();
            tasks.spawn(|stop| async move {
                stop.cancelled().await;
                yield_now().await; // What is left to do takes some time.
                done_tx.send(()).await.expect("somebody waits for it");
            });
        }
        drop(done_tx); // Or the count would never end.
        assert_eq!(counts(&tasks.shutdown(HOUR).await), (10, 0, 0));
        let mut done = 0;
        while done_rx.recv().await.is_some() {
            done += 1;
        }
        assert_eq!(done, 10);
    });
}

#[test]
fn a_task_that_stops_itself_stops_no_other() {
    on_paused_time(|| async {
        let tasks = Tasks::new();
        let (told_tx, mut told_rx) = oneshot::channel::<()>();
        tasks.spawn(|stop| async move { stop.cancel() });
        tasks.spawn(|stop| async move {
            stop.cancelled().await;
            drop(told_tx);
        });
        sleep(HOUR).await;
        assert!(
            told_rx
                .try_recv()
                .is_err_and(|error| error == oneshot::error::TryRecvError::Empty)
        );
        assert_eq!(counts(&tasks.shutdown(HOUR).await), (2, 0, 0));
    });
}

#[test]
fn what_is_left_after_the_limit_is_aborted() {
    on_paused_time(|| async {
        let (tasks, ledger) = (Tasks::new(), Ledger::default());
        let start = Instant::now();
        for minutes in [0, 59, 61] {
            let tracked = ledger.item();
            tasks.spawn(|stop| async move {
                stop.cancelled().await;
                sleep(Duration::from_secs(60 * minutes)).await;
                drop(tracked);
            });
        }
        let tracked = ledger.item();
        tasks.spawn(|_stop| async move {
            let _tracked = tracked;
            pending::<()>().await;
        });
        assert_eq!(counts(&tasks.shutdown(HOUR).await), (2, 0, 2));
        assert_eq!(ledger.alive(), 0);
        let waited = start.elapsed();
        assert!(
            (HOUR..HOUR + Duration::from_secs(1)).contains(&waited),
            "{waited:?}"
        );
    });
}

#[test]
fn without_a_limit_left_all_that_wait_are_aborted() {
    on_each_flavour(|| async {
        let tasks = Tasks::new();
        for _ in 0..10 {
            tasks.spawn(|_stop| pending());
        }
        assert_eq!(counts(&tasks.shutdown(Duration::ZERO).await), (0, 0, 10));
    });
}

#[test]
fn tasks_that_their_runtime_drops_are_aborted() {
    let (tasks, runtime) = (Tasks::new(), paused());
    {
        let _within = runtime.enter();
        for _ in 0..3 {
            tasks.spawn(|stop| async move { stop.cancelled().await });
        }
    }
    drop(runtime);
    on_paused_time(|| async {
        assert_eq!(counts(&tasks.shutdown(HOUR).await), (0, 0, 3));
    });
}

#[test]
fn no_tasks_are_no_wait() {
    on_paused_time(|| async {
        let start = Instant::now();
        assert_eq!(counts(&Tasks::new().shutdown(HOUR).await), (0, 0, 0));
        assert_eq!(start.elapsed(), Duration::ZERO);
    });
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    EndsEarly,
    Heeds,
    PanicsEarly,
    PanicsWhenTold,
    PanicsWhenAborted,
    HeedsNothing,
}

/// Panics when it is dropped, unless that is because of a panic.
struct PanicsInDrop;

impl Drop for PanicsInDrop {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "dropped");
    }
}

fn kinds() -> impl Strategy<Value = Vec<Kind>> {
    use Kind::{EndsEarly, Heeds, HeedsNothing, PanicsEarly, PanicsWhenAborted, PanicsWhenTold};
    let kind = prop_oneof![
        Just(EndsEarly),
        Just(Heeds),
        Just(PanicsEarly),
        Just(PanicsWhenTold),
        Just(PanicsWhenAborted),
        Just(HeedsNothing)
    ];
    prop::collection::vec(kind, 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn every_task_is_counted_once(kinds in kinds(), on_one_thread in any::<bool>()) {
        let (mut finished, mut panicked, mut aborted) = (0, 0, 0);
        for kind in &kinds {
            *match kind {
                Kind::EndsEarly | Kind::Heeds => &mut finished,
                Kind::PanicsEarly | Kind::PanicsWhenTold | Kind::PanicsWhenAborted => &mut panicked,
                Kind::HeedsNothing => &mut aborted,
            } += 1;
        }
        let report = within(move || {
            let runtime = if on_one_thread { paused() } else { multi_thread() };
            runtime.block_on(async {
                let tasks = Tasks::new();
                for kind in kinds {
                    tasks.spawn(|stop| async move {
                        match kind {
                            Kind::EndsEarly => {}
                            Kind::Heeds => stop.cancelled().await,
                            Kind::PanicsEarly => panic!("early"),
                            Kind::PanicsWhenTold => {
                                stop.cancelled().await;
                                panic!("late");
                            }
                            Kind::PanicsWhenAborted => {
                                let _bad = PanicsInDrop;
                                pending::<()>().await;
                            }
                            Kind::HeedsNothing => pending().await,
                        }
                    });
                }
                // On one thread nothing has begun by now; a short time lets all that can end do so.
                tasks.shutdown(Duration::from_millis(20)).await
            })
        });
        // In real time, what would have ended may not have: what is aborted then is less finished.
        if on_one_thread {
            prop_assert_eq!(counts(&report), (finished, panicked, aborted));
        }
        let sum = report.finished + report.panicked + report.aborted;
        prop_assert_eq!((report.spawned, sum), (finished + panicked + aborted, report.spawned));
        prop_assert_eq!(report.first_panic.is_some(), report.panicked > 0);
    }
}

#[test]
fn a_panic_harms_no_other_and_is_reported() {
    on_each_flavour(|| async {
        let tasks = Tasks::new();
        let (panicked_tx, panicked_rx) = oneshot::channel::<()>();
        tasks.spawn(|_stop| async move {
            let _told_when_dropped = panicked_tx;
            panic!("it is bad");
        });
        assert!(panicked_rx.await.is_err());
        tasks.spawn(|stop| async move { stop.cancelled().await });
        let report = tasks.shutdown(HOUR).await;
        assert_eq!(counts(&report), (1, 1, 0));
        let payload = report.first_panic.expect("the payload of the panic");
        assert_eq!(payload.downcast_ref(), Some(&"it is bad"));
    });
}

#[test]
fn of_several_panics_the_first_is_kept() {
    on_paused_time(|| async {
        let tasks = Tasks::new();
        for minutes in [2, 1, 3] {
            tasks.spawn(|_stop| async move {
                sleep(Duration::from_secs(60 * minutes)).await;
                std::panic::panic_any(minutes);
            });
        }
        let report = tasks.shutdown(HOUR).await;
        assert_eq!(counts(&report), (0, 3, 0));
        let payload = report.first_panic.expect("the payload of a panic");
        assert_eq!(payload.downcast_ref(), Some(&1_u64));
    });
}

#[test]
fn a_panic_before_the_task_is_the_callers() {
    on_paused_time(|| async {
        let tasks = Tasks::new();
        let spawn = || tasks.spawn(|_stop| -> std::future::Ready<()> { panic!("no task") });
        assert!(catch_unwind(AssertUnwindSafe(spawn)).is_err());
        assert_eq!(counts(&tasks.shutdown(HOUR).await), (0, 0, 0));
    });
}

#[test]
fn a_spawn_outside_of_a_runtime_panics_and_is_not_counted() {
    let tasks = Tasks::new();
    let spawn = || tasks.spawn(|_stop| ready(()));
    assert!(catch_unwind(AssertUnwindSafe(spawn)).is_err());
    on_paused_time(|| async {
        assert_eq!(counts(&tasks.shutdown(HOUR).await), (0, 0, 0));
    });
}

#[test]
fn a_task_that_has_ended_is_dropped_at_once() {
    on_paused_time(|| async {
        let (tasks, ledger) = (Tasks::new(), Ledger::default());
        for _ in 0..1_000 {
            let tracked = ledger.item();
            tasks.spawn(|_stop| async move { drop(tracked) });
        }
        sleep(HOUR).await; // Paused time passes when all of them are at their end.
        assert_eq!((ledger.handed_out(), ledger.alive()), (1_000, 0));
        assert_eq!(counts(&tasks.shutdown(HOUR).await), (1_000, 0, 0));
    });
}

#[test]
fn a_group_that_is_dropped_aborts_its_tasks() {
    on_each_flavour(|| async {
        let group = || {
            let (tasks, (alive_tx, alive_rx)) = (Tasks::new(), mpsc::channel::<()>(1));
            for _ in 0..3 {
                let alive_tx = alive_tx.clone();
                tasks.spawn(|_stop| async move {
                    let _alive_tx = alive_tx;
                    pending::<()>().await;
                });
            }
            (tasks, alive_rx)
        };
        let (tasks, mut alive_rx) = group();
        drop(tasks);
        assert!(alive_rx.recv().await.is_none());

        let (tasks, mut alive_rx) = group();
        let mut shutdown = Box::pin(tasks.shutdown(HOUR));
        tokio::select! {
            biased;
            _ = &mut shutdown => panic!("the tasks heed nothing"),
            () = ready(()) => drop(shutdown),
        }
        assert!(alive_rx.recv().await.is_none());
    });
}

#[test]
fn a_hundred_groups_end() {
    on_each_flavour(|| async {
        let ledger = Ledger::default();
        for round in 0..100 {
            let tasks = Tasks::new();
            for _ in 0..round {
                let tracked = ledger.item();
                tasks.spawn(|stop| async move {
                    let _tracked = tracked;
                    stop.cancelled().await;
                });
            }
            assert_eq!(counts(&tasks.shutdown(HOUR).await), (round, 0, 0));
            // Not a moment later: nothing of the tasks is left when `shutdown` returns.
            assert_eq!(ledger.alive(), 0);
        }
    });
}
