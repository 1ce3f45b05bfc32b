//! An interval in a task: tokio's timer, and what it does after a stall.
//!
//! interval -> tick().await -> out
//!
//! Next: `../async-tokio/src/rate.rs` shares one rate among several tasks.

use tokio::time::{Duration, Instant, MissedTickBehavior, interval, sleep};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    for behavior in [MissedTickBehavior::Burst, MissedTickBehavior::Delay] {
        let mut ticks = interval(Duration::from_millis(50));
        // By default, ticks that were missed all come at once. `Delay` starts counting anew, `Skip`
        // goes on at the next multiple of the period.
        ticks.set_missed_tick_behavior(behavior);
        println!("{behavior:?}");

        let start = Instant::now();
        for n in 1..=5 {
            ticks.tick().await; // The first tick comes at once.
            println!("  tick {n} at {} ms", start.elapsed().as_millis());
            if n == 1 {
                sleep(Duration::from_millis(175)).await; // A stall: three ticks are missed.
            }
        }
    }
}

// Prints:
// Burst
//   tick 1 at … ms
//   tick 2 at … ms
//   tick 3 at … ms
//   tick 4 at … ms
//   tick 5 at … ms
// Delay
//   tick 1 at … ms
//   tick 2 at … ms
//   tick 3 at … ms
//   tick 4 at … ms
//   tick 5 at … ms
