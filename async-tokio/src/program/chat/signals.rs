//! Ctrl-C, SIGTERM and SIGHUP.

pub(super) use platform::Signals;

#[cfg(unix)]
mod platform {
    use std::io;

    use tokio::select;
    use tokio::signal::unix::{Signal, SignalKind, signal};

    pub(crate) struct Signals {
        interrupt: Signal,
        terminate: Signal,
        /// `None` where whoever started the program wants it to go on, as `nohup` does.
        hang_up: Option<Signal>,
    }

    impl Signals {
        pub(crate) fn new() -> io::Result<Self> {
            let hang_up = SignalKind::hangup();
            let is_heard = !common::is_ignored(hang_up.as_raw_value());
            let hang_up = is_heard.then(|| signal(hang_up));
            Ok(Self {
                interrupt: signal(SignalKind::interrupt())?,
                terminate: signal(SignalKind::terminate())?,
                hang_up: hang_up.transpose()?,
            })
        }

        /// Waits for a signal, and returns the exit code that stands for it.
        pub(crate) async fn next(&mut self) -> u8 {
            select! {
                _ = self.interrupt.recv() => 130,
                _ = self.terminate.recv() => 143,
                Some(()) = async { self.hang_up.as_mut()?.recv().await } => 129,
            }
        }
    }
}

#[cfg(not(unix))]
mod platform {
    use std::io;

    use tokio::signal::ctrl_c;

    pub(crate) struct Signals;

    impl Signals {
        #[expect(clippy::unnecessary_wraps, reason = "as on Unix")]
        pub(crate) fn new() -> io::Result<Self> {
            Ok(Self)
        }

        pub(crate) async fn next(&mut self) -> u8 {
            // Where it cannot be heard of, it ends the program by itself.
            match ctrl_c().await {
                Ok(()) => 130,
                Err(_) => std::future::pending().await,
            }
        }
    }
}
