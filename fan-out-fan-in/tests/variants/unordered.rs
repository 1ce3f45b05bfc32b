//! - the workers work at the same time: `the_workers_work_at_the_same_time`
//! - the order is that in which results become ready: `a_slow_item_is_overtaken`

use std::sync::{Barrier, Mutex, mpsc};
use std::thread;

use testkit::within;

use super::fan_out;

#[test]
fn the_workers_work_at_the_same_time() {
    within(|| {
        let all_three = Barrier::new(3);
        let work = |_| _ = all_three.wait();
        let results = thread::scope(|scope| fan_out(scope, 0..30, 3, 1, work).count());
        assert_eq!(results, 30);
    });
}

#[test]
fn a_slow_item_is_overtaken() {
    within(|| {
        let (go_tx, go_rx) = mpsc::channel();
        let go_rx = Mutex::new(go_rx);
        let work = |item| {
            if item == "slow" {
                go_rx.lock().unwrap().recv().unwrap();
            }
            item
        };
        thread::scope(|scope| {
            let mut results = fan_out(scope, ["slow", "fast"], 2, 1, work);
            assert_eq!(results.next(), Some("fast"));
            go_tx.send(()).unwrap();
            assert_eq!(results.next(), Some("slow"));
            assert_eq!(results.next(), None);
        });
    });
}
