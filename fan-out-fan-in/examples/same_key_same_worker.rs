//! Same key, same worker: the payments of a customer stay in order, customers run in parallel.
//!
//! payments -> customer % 3 chooses one of 3 channels -> its worker -> [balances] -> main
//!
//! Next: `src/by_key.rs` is this for keys of any type, with panics and early stops.

use std::collections::HashMap;
use std::sync::mpsc::{channel, sync_channel};
use std::thread;

fn main() {
    let (balance_tx, balance_rx) = channel();
    let mut payment_txs = Vec::new();

    for _ in 0..3 {
        let (payment_tx, payment_rx) = sync_channel(8);
        payment_txs.push(payment_tx);
        let balance_tx = balance_tx.clone();
        thread::spawn(move || {
            // No other worker sees these customers: no lock.
            let mut balances = HashMap::new();
            for (customer, amount) in payment_rx {
                let balance = balances.entry(customer).or_insert(0);
                *balance += amount;
                // Out of order, a withdrawal might come before the money.
                assert!(*balance >= 0);
                balance_tx.send((customer, *balance)).unwrap();
            }
        });
    }

    for payment in [(7, 50), (8, 20), (7, -50), (9, 10), (8, -5), (7, 30)] {
        let (customer, _) = payment;
        payment_txs[customer % 3].send(payment).unwrap();
    }
    drop(payment_txs); // Ends the workers …
    drop(balance_tx); // … who drop the other senders of balances, which ends the loop.

    for (customer, balance) in balance_rx {
        println!("customer {customer} has {balance}");
    }
}

// Prints, in any order:
// customer 7 has 50
// customer 7 has 0
// customer 7 has 30
// customer 8 has 20
// customer 8 has 15
// customer 9 has 10
