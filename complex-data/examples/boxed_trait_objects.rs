//! Boxed trait objects: values of different types through one channel, behind one trait.
//!
//! Circle, Square -> [Box<dyn Shape + Send>] -> main
//!
//! Next: `src/owned.rs` uses an enum, which is simpler when all kinds are known.

use std::f64::consts::PI;
use std::sync::mpsc;
use std::thread;

trait Shape {
    fn area(&self) -> f64;
}

struct Circle(f64);
struct Square(f64);

impl Shape for Circle {
    fn area(&self) -> f64 {
        PI * self.0 * self.0
    }
}

impl Shape for Square {
    fn area(&self) -> f64 {
        self.0 * self.0
    }
}

fn main() {
    // `+ Send` is a part of the type: without it, the box may not go to another thread.
    let (tx, rx) = mpsc::channel::<Box<dyn Shape + Send>>();

    let sender = thread::spawn(move || {
        tx.send(Box::new(Circle(1.0))).unwrap();
        tx.send(Box::new(Square(2.0))).unwrap();
    });

    for shape in rx {
        println!("area {:.2}", shape.area());
    }
    sender.join().unwrap();
}

// Prints:
// area 3.14
// area 4.00
