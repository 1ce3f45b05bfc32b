//! Each primitive at work, named, with what came out.

use std::future::{self, pending};
use std::io::{self, BufRead, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use async_tokio::broadcast::Event;
use async_tokio::{
    bounded_concurrency, bridge, broadcast, cpu, mpsc, oneshot, ordered, rate, select, shutdown,
    watch,
};
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;
use tokio::runtime::Runtime;
use tokio::sync::Barrier;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::{Instant, sleep};

/// Prints what each primitive does, the same each time. Starts a runtime of its own: not to be
/// called within one.
pub(crate) fn run(out: &mut impl Write) -> io::Result<()> {
    let pool = ThreadPoolBuilder::new().build().map_err(io::Error::other)?;
    let (cpu, runtime) = (cpu::Cpu::new(pool), Runtime::new()?);
    let sections = common::timed("each primitive at work", || {
        runtime.block_on(sections(&cpu))
    });
    for (mut name, lines) in sections {
        for line in lines {
            writeln!(out, "{name:<20} {line}")?;
            name = "";
        }
    }
    out.flush()
}

async fn sections(cpu: &cpu::Cpu) -> [(&'static str, Vec<String>); 11] {
    [
        ("mpsc", mpsc().await),
        ("oneshot", oneshot().await),
        ("broadcast", broadcast().await),
        ("watch", watch().await),
        ("select", select().await),
        ("bounded_concurrency", bounded_concurrency().await),
        ("ordered", ordered().await),
        ("rate", rate().await),
        ("bridge", bridge().await),
        ("cpu", primes(cpu).await),
        ("shutdown", shutdown().await),
    ]
}

async fn mpsc() -> Vec<String> {
    let (message_tx, mut message_rx) = queue(1..=10);
    let (mut batch, mut sizes, mut stop) = (Vec::new(), Vec::new(), future::ready(()));
    while mpsc::next_batch(&mut message_rx, &mut batch, 4, &mut stop).await > 0 {
        sizes.push(batch.len());
    }
    let mut lines = vec![format!(
        "stopped with 10 messages queued: batches of {sizes:?} came"
    )];
    if let Err(refused) = message_tx.send(11).await {
        lines.push(format!("sent after the stop: {} was given back", refused.0));
    }
    lines
}

async fn oneshot() -> Vec<String> {
    let (store, server) = oneshot::Store::new(2);
    let server = tokio::spawn(server);
    let mut lines = Vec::new();
    if let (Ok(None), Ok(Some(value))) = (store.set("key", 42).await, store.get("key").await) {
        lines.push(format!("set key, get key: {value}"));
    }
    server.abort();
    // Cancelled, as it was just told to be.
    let _ = server.await;
    if let Err(failure) = store.get("key").await {
        lines.push(format!("get from a server that died: {failure}"));
    }
    lines
}

async fn broadcast() -> Vec<String> {
    let (line_tx, mut fast_rx) = tokio::sync::broadcast::channel(2);
    let mut slow_rx = line_tx.subscribe();
    let (mut fast, mut slow) = (Tally::default(), Tally::default());
    for line in 1..=9 {
        broadcast::publish(&line_tx, line);
        fast.add(broadcast::next(&mut fast_rx).await);
    }
    drop(line_tx); // Ends the loop below.
    while let Some(event) = broadcast::next(&mut slow_rx).await {
        slow.add(Some(event));
    }
    vec![
        format!(
            "a subscriber that keeps up: received {:?}, missed {}",
            fast.received, fast.missed
        ),
        format!(
            "one that does not: received {:?}, missed {}",
            slow.received, slow.missed
        ),
    ]
}

/// What a subscriber got.
#[derive(Default)]
struct Tally {
    received: Vec<u32>,
    missed: u64,
}

impl Tally {
    fn add(&mut self, event: Option<Event<u32>>) {
        match event {
            Some(Event::Message(line)) => self.received.push(line),
            Some(Event::Missed(missed)) => self.missed += missed,
            None => {}
        }
    }
}

async fn watch() -> Vec<String> {
    let (state_tx, _) = tokio::sync::watch::channel("starting");
    let mut state_rx = watch::follow(&state_tx);
    let mut seen = Vec::from_iter(watch::next(&mut state_rx).await);
    for state in ["loading", "warming up", "ready"] {
        watch::publish(&state_tx, state);
    }
    drop(state_tx); // Ends the loop below, after the last value.
    while let Some(state) = watch::next(&mut state_rx).await {
        seen.push(state);
    }
    vec![format!(
        "4 states, of which a slow follower saw {}",
        seen.join(", ")
    )]
}

async fn select() -> Vec<String> {
    let (_one_tx, mut one_rx) = queue(["a", "b", "c"]);
    let (_other_tx, mut other_rx) = queue(["d", "e", "f"]);
    let (output_tx, output_rx) = channel(2);
    // The merge goes as far as there is room, and then the other branch wins.
    tokio::select! {
        biased;
        _ = select::merge(&mut one_rx, &mut other_rx, &output_tx) => {}
        () = future::ready(()) => {}
    }
    let (merged, left) = (output_rx.len(), one_rx.len() + other_rx.len());
    vec![format!(
        "a merge of 6, cancelled: {merged} arrived, {left} are still queued"
    )]
}

async fn bounded_concurrency() -> Vec<String> {
    // None gets past it unless two are there at once.
    let pair = Arc::new(Barrier::new(2));
    let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let counts = Arc::new((running, most));
    let square = |n: u32| {
        let (pair, counts) = (Arc::clone(&pair), Arc::clone(&counts));
        async move {
            let (running, most) = &*counts;
            most.fetch_max(running.fetch_add(1, Relaxed) + 1, Relaxed);
            pair.wait().await;
            running.fetch_sub(1, Relaxed);
            n * n
        }
    };
    let (mut results, mut sum) = (bounded_concurrency::fan_out(1..=6, 2, square), 0);
    while let Some(square) = results.next().await {
        sum += square;
    }
    let most = counts.1.load(Relaxed);
    vec![format!("6 tasks, {most} at once: the sum is {sum}")]
}

async fn ordered() -> Vec<String> {
    // The later an item, the sooner it is done.
    let parse = |(n, text): (u64, &'static str)| async move {
        sleep(Duration::from_millis(10 * (3 - n))).await;
        text.parse::<u32>()
    };
    let items = (0..).zip(["1", "2", "three", "4"]);
    let (mut results, mut numbers) = (ordered::fan_out(items, 3, parse), Vec::new());
    while let Some(result) = results.next().await {
        match result {
            Ok(number) => numbers.push(number),
            // Dropped after this, the results end the other tasks.
            Err(error) => return vec![format!("{numbers:?}, and then: {error}")],
        }
    }
    Vec::new()
}

async fn rate() -> Vec<String> {
    let (rate, start) = (
        rate::Rate::new(Duration::from_millis(10), 3),
        Instant::now(),
    );
    for _ in 0..5 {
        rate.wait().await;
    }
    let late = start.elapsed() >= Duration::from_millis(20);
    let late = if late { "20 ms later" } else { "too early" };
    vec![format!("3 turns at once, and 2 more, 10 ms apart: {late}")]
}

async fn bridge() -> Vec<String> {
    // To read lines is to block, in general.
    let text: &[u8] = b"from a thread\nto a task\n";
    let mut items = bridge::from_thread(text.lines().map_while(Result::ok), 2);
    let mut lines = Vec::new();
    while let Some(line) = items.next().await {
        lines.push(line);
    }

    let thread = bridge::into_thread(2, |mut number_rx: Receiver<u64>| {
        std::iter::from_fn(|| number_rx.blocking_recv()).sum::<u64>()
    });
    for number in 1..=100 {
        if !thread.send(number).await {
            break; // The thread has stopped.
        }
    }
    let sum = thread.finish().await;
    vec![
        format!("a task received {lines:?}"),
        format!("a thread added up what a task sent: {sum}"),
    ]
}

async fn primes(cpu: &cpu::Cpu) -> Vec<String> {
    let is_prime = |n: &u32| {
        *n > 1
            && (2..*n)
                .take_while(|d| d * d <= *n)
                .all(|d| !n.is_multiple_of(d))
    };
    let count = move || (0..100_000).into_par_iter().filter(is_prime).count();
    let primes = cpu.compute(count).await;
    vec![format!(
        "primes below 100,000, counted by all processors: {primes}"
    )]
}

async fn shutdown() -> Vec<String> {
    let mut tasks = shutdown::Tasks::new();
    for _ in 0..3 {
        tasks.spawn(|stop| async move { stop.cancelled().await });
    }
    let heeded = tasks.shutdown(Duration::from_secs(5)).await;
    let mut tasks = shutdown::Tasks::new();
    tasks.spawn(|_| pending());
    let ignored = tasks.shutdown(Duration::ZERO).await;
    vec![
        format!(
            "3 tasks told to stop: {} finished, {} aborted",
            heeded.finished, heeded.aborted
        ),
        format!(
            "1 that does not heed it: {} finished, {} aborted",
            ignored.finished, ignored.aborted
        ),
    ]
}

/// A queue of `messages`, at most 16.
fn queue<T>(messages: impl IntoIterator<Item = T>) -> (Sender<T>, Receiver<T>) {
    let (message_tx, message_rx) = channel(16);
    for message in messages {
        assert!(
            message_tx.try_send(message).is_ok(),
            "there is room for all"
        );
    }
    (message_tx, message_rx)
}
