//! Send a closure: the caller says what the owner of the state does with it.
//!
//! main -> [FnOnce(&mut State)] -> thread that owns the state
//!
//! Next: `src/actor.rs` is this with a bound, time limits, and panics that end nothing.

use std::collections::HashMap;
use std::sync::mpsc;
use std::thread;

type Stock = HashMap<&'static str, i32>;
type Task = Box<dyn FnOnce(&mut Stock) + Send>;

fn main() {
    let (task_tx, task_rx) = mpsc::channel::<Task>();

    let owner = thread::spawn(move || {
        let mut stock = Stock::new();
        for task in task_rx {
            task(&mut stock); // A task that panics would end this thread.
        }
        stock
    });

    let delivery = |stock: &mut Stock| {
        stock.insert("apples", 10);
    };
    task_tx.send(Box::new(delivery)).unwrap();

    // The closure carries the sender for its answer.
    let (reply_tx, reply_rx) = mpsc::channel();
    let sale = move |stock: &mut Stock| {
        let apples = stock.get_mut("apples").unwrap();
        *apples -= 3;
        let _ = reply_tx.send(*apples); // Fails when the caller has given up.
    };
    task_tx.send(Box::new(sale)).unwrap();
    println!("{} apples are left", reply_rx.recv().unwrap());

    drop(task_tx); // The owner's loop ends, and it gives the state back.
    println!("{:?}", owner.join().unwrap());
}

// Prints:
// 7 apples are left
// {"apples": 7}
