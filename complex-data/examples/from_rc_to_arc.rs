//! From `Rc` to `Arc`: what one thread shares with itself, made fit for several.
//!
//! Rc<RefCell<T>> -> Arc<Mutex<T>>;  borrow_mut() -> lock().unwrap()
//!
//! Next: `src/shared.rs` shares what nobody changes, without a lock.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::thread;

fn main() {
    // Within one thread.
    let list = Rc::new(RefCell::new(vec![1]));
    let other = Rc::clone(&list);
    other.borrow_mut().push(2);
    println!("{:?}", list.borrow());

    // `thread::spawn` refuses an `Rc` (E0277, "cannot be sent between threads safely"): two threads
    // could change its counter at once. `Arc` counts atomically, `Mutex` lets one in at a time.
    let list = Arc::new(Mutex::new(vec![1]));
    let other = Arc::clone(&list);
    thread::spawn(move || other.lock().unwrap().push(2))
        .join()
        .unwrap();
    println!("{:?}", list.lock().unwrap());
}

// Prints:
// [1, 2]
// [1, 2]
