//! A server at human pace, and two clients that ask it: one waits for each answer before it asks the
//! next, the other asks ahead.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::panic::resume_unwind;
use std::thread::{self, Builder};
use std::time::Duration;

use anyhow::Context;
use common::timeline::{at_work, waits};
use request_response::pipelined::{self, Client, ReplyTo};

pub(crate) fn demo() -> anyhow::Result<()> {
    let answer = |(): &mut (), letter: char, reply_to: ReplyTo<char>| {
        work(letter, 100);
        reply_to.send(letter);
    };
    let (client, server) = pipelined::start((), 4, answer).context("cannot start the server")?;
    let clients = [(client.clone(), 'a'..='d', 1), (client, 'w'..='z', 4)];
    thread::scope(|scope| {
        for ((client, letters, ahead), name) in clients.into_iter().zip(["one by one", "ahead"]) {
            let ask = move || ask(client, letters, ahead);
            let thread = Builder::new().name(name.into()).spawn_scoped(scope, ask);
            thread.context("cannot start a client")?;
        }
        anyhow::Ok(())
    })?;
    server.join().unwrap_or_else(|panic| resume_unwind(panic));
    Ok(())
}

/// Asks for all `letters`; where `ahead` answers are still to come, it takes one first.
fn ask(mut client: Client<char, char>, letters: RangeInclusive<char>, ahead: usize) {
    let mut open = 0;
    for letter in letters {
        if open == ahead {
            receive(&mut client);
            open -= 1;
        }
        work(format_args!("{letter}?"), 80);
        // Never full: it may have as many in flight as there are letters.
        let _ = client.send(letter);
        open += 1;
    }
    (0..open).for_each(|_| receive(&mut client));
}

fn receive(client: &mut Client<char, char>) {
    let wait = waits();
    let reply = client.receive();
    drop(wait);
    if let Some((_, Ok(letter))) = reply {
        work(format_args!("{letter}!"), 80);
    }
}

#[expect(clippy::disallowed_methods, reason = "stands for work")]
fn work(what: impl Display, milliseconds: u64) {
    let _block = at_work(what);
    thread::sleep(Duration::from_millis(milliseconds));
}
