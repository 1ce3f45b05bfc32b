//! Tests with a server of their own.

use std::time::Duration;

use async_nats::Client;
use tokio::runtime;
use tokio::time::timeout;

#[path = "../src/program/server.rs"]
pub(crate) mod server;

pub(crate) use server::Server;

/// A name and what to run.
pub(crate) type Test = (&'static str, fn());

/// Functions that take a server. Each has ten seconds, or as many as it says.
macro_rules! tests {
    ($($(#[doc = $doc:literal])* #[test] $(#[seconds($seconds:literal)])?
       async fn $name:ident($server:ident: Server) $body:block)+) => {
        pub(crate) fn tests() -> Vec<$crate::support::Test> {
            $(async fn $name(#[allow(unused_mut, reason = "most do not break it")] mut $server: $crate::support::Server) $body)+
            vec![$((stringify!($name), || {
                #[allow(unused_mut, unused_assignments, reason = "there may be a limit of its own")]
                let mut limit = testkit::LIMIT;
                $(limit = std::time::Duration::from_secs($seconds);)?
                $crate::support::run(limit, $name);
            })),+]
        }
    };
}
pub(crate) use tests;

/// Runs `test` with a new server, and fails when that takes longer than `limit`.
pub(crate) fn run<F: Future<Output = ()>>(limit: Duration, test: impl Fn(Server) -> F) {
    let server = Server::start().expect("it starts");
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("it starts").block_on(async {
        let ended = timeout(limit, test(server)).await;
        ended.unwrap_or_else(|_| panic!("no end within {limit:?}: it hangs"));
    });
}

/// A connection to `server`.
pub(crate) async fn connect(server: &Server) -> Client {
    async_nats::connect(server.url())
        .await
        .expect("it is there")
}
