//! What `rate` promises, by tokio's time, which is paused here:
//!
//! - up to a burst of turns come at once, each further one a period later:
//!   `turns_are_as_early_as_the_rate_allows`, `a_burst_without_a_turn_is_refused`
//! - a late timer does not slow the rate, and a stall is not made up for:
//!   `a_late_timer_does_not_slow_the_rate`
//! - tasks get their turns in the order in which they came: `tasks_have_their_turns_in_line`
//! - a task that gives up costs no turn: `who_gives_up_costs_no_turn`
//! - a period may be as long as it likes: `a_period_without_end_has_its_first_turn`

use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::support::{HOUR, paused, poll};
use async_tokio::rate::Rate;
use proptest::prelude::*;
use testkit::{panic_of, within};
use tokio::task::JoinSet;
use tokio::time::{Instant, advance, sleep, timeout};

const PERIOD: Duration = Duration::from_millis(20);

proptest! {
    #[test]
    fn turns_are_as_early_as_the_rate_allows(
        burst in 1..5_u32,
        pauses in prop::collection::vec(0..100_u32, 0..40),
    ) {
        within(move || paused().block_on(async {
            let (rate, start) = (Rate::new(PERIOD, burst as usize), Instant::now());
            let mut turns: Vec<Duration> = Vec::new();
            for pause in pauses {
                sleep(Duration::from_millis(pause.into())).await;
                // No `burst` + n turns are within less than n periods.
                let before = turns.iter().rev().skip(burst as usize - 1).zip(1..);
                let earliest = before.map(|(&turn, n)| turn + PERIOD * n).max();
                let expected = start.elapsed().max(earliest.unwrap_or_default());
                rate.wait().await;
                assert_eq!(start.elapsed(), expected);
                turns.push(expected);
            }
        }));
    }
}

#[test]
fn a_burst_without_a_turn_is_refused() {
    let message = panic_of(|| Rate::new(PERIOD, 0));
    assert_eq!(message, "a burst has a turn");
}

#[tokio::test(start_paused = true)]
async fn a_late_timer_does_not_slow_the_rate() {
    let (rate, start) = (Rate::new(PERIOD, 1), Instant::now());
    rate.wait().await;
    // Late by 5 ms; then by 80, with others in line.
    for (stalled, turns) in [(25, &[25, 40][..]), (100, &[140, 140, 160, 180])] {
        let mut line = turns
            .iter()
            .map(|_| Box::pin(rate.wait()))
            .collect::<Vec<_>>();
        for turn in &mut line {
            assert!(poll(turn.as_mut()).is_pending());
        }
        advance(Duration::from_millis(stalled)).await;
        for (turn, &at) in line.into_iter().zip(turns) {
            turn.await;
            assert_eq!(start.elapsed(), Duration::from_millis(at));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn tasks_have_their_turns_in_line() {
    let (rate, start) = (Arc::new(Rate::new(PERIOD, 1)), Instant::now());
    let (mut tasks, turns) = (JoinSet::new(), Arc::new(Mutex::new(Vec::new())));
    for task in 0..10 {
        let (rate, turns) = (Arc::clone(&rate), Arc::clone(&turns));
        tasks.spawn(async move {
            rate.wait().await;
            turns.lock().unwrap().push((task, start.elapsed()));
        });
    }
    tasks.join_all().await;
    let expected = (0..10).map(|task| (task, PERIOD * task));
    assert!(turns.lock().unwrap().iter().copied().eq(expected));
}

#[tokio::test(start_paused = true)]
async fn who_gives_up_costs_no_turn() {
    let (rate, start) = (Rate::new(PERIOD, 1), Instant::now());
    rate.wait().await;
    let mut in_line = Box::pin(timeout(PERIOD / 2, rate.wait()));
    let mut behind = pin!(rate.wait());
    assert!(poll(in_line.as_mut()).is_pending());
    assert!(poll(behind.as_mut()).is_pending());
    in_line.await.unwrap_err();
    behind.await;
    assert_eq!(start.elapsed(), PERIOD);
}

#[tokio::test(start_paused = true)]
async fn a_period_without_end_has_its_first_turn() {
    Rate::new(Duration::MAX, 3).wait().await;
    let rate = Rate::new(Duration::MAX, 1);
    sleep(PERIOD).await;
    rate.wait().await;
    timeout(HOUR, rate.wait()).await.unwrap_err();
}
