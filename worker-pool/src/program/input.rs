//! What comes in while commands run: lines and signals, each as messages.

use std::ffi::{OsStr, OsString};
use std::io::{self, BufRead, BufReader, ErrorKind, PipeReader, PipeWriter, Read};
use std::os::unix::ffi::OsStringExt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;

use common::streams::Stream;
use crossbeam_channel::{Receiver, SendError, Sender, bounded};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::Signals;

/// The longest line; what is longer, Linux takes for no argument, and neither does `xargs`.
const LONGEST: u64 = 1 << 17;

/// Signals as messages. The first also sets `stopped`, so that no queued job begins; a second, of any
/// kind, ends the process at once.
pub(crate) fn signals(stopped: &Arc<AtomicBool>) -> io::Result<Receiver<i32>> {
    if common::is_ignored(SIGCHLD) {
        // Or the system would not keep how a command has ended.
        flag::register(SIGCHLD, Arc::default())?;
    }
    let mut kinds = vec![SIGINT, SIGTERM];
    if !common::is_ignored(SIGHUP) {
        // Under `nohup`, it stays ignored.
        kinds.push(SIGHUP);
    }
    for &signal in &kinds {
        // In this order: the shutdown must find the flag as the signals before have left it.
        flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(stopped))?;
        flag::register(signal, Arc::clone(stopped))?;
    }
    let mut signals = Signals::new(kinds)?;
    let (signal_tx, signal_rx) = bounded(1);
    // Not joined: it waits for signals as long as the process lives.
    thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            for signal in signals.forever() {
                if signal_tx.send(signal).is_err() {
                    break;
                }
            }
        })?;
    Ok(signal_rx)
}

/// Why something of the input does not become a line: a whole sentence.
pub(crate) type Complaint = String;

/// The lines of standard input, byte for byte, up to the first error, each up to `end`. When what comes
/// along is dropped, no more is read, and what was read before still comes.
pub(crate) fn read_lines(
    end: u8,
) -> io::Result<(Receiver<Result<OsString, Complaint>>, PipeWriter)> {
    let stdin = common::streams::stdin()?;
    let (stop, stop_tx) = io::pipe()?;
    // Enough for the main thread to find one when it has room.
    let (line_tx, line_rx) = bounded(16);
    // Not joined: once the reader of the output has gone, nobody waits for its end.
    thread::Builder::new()
        .name("reader".into())
        .spawn(move || {
            let input = BufReader::new(Input { stdin, stop });
            // Fails when nobody wants more lines.
            let _ = send_lines(input, end, &line_tx);
        })?;
    Ok((line_rx, stop_tx))
}

fn send_lines(
    mut input: impl BufRead,
    end: u8,
    line_tx: &Sender<Result<OsString, Complaint>>,
) -> Result<(), SendError<Result<OsString, Complaint>>> {
    loop {
        let mut line = Vec::new();
        let read = input.by_ref().take(LONGEST).read_until(end, &mut line);
        let is_whole = line.pop_if(|last| *last == end).is_some();
        let length = line.len() as u64;
        let line = OsString::from_vec(line);
        match read {
            Ok(0) => return Ok(()),
            Ok(_) if length == LONGEST && !is_whole => {
                // Fails as the next read does.
                let _ = input.skip_until(end);
                let begin = short(&line);
                line_tx.send(Err(format!(
                    "{begin:?}...: not run: longer than {LONGEST} bytes"
                )))?;
            }
            Ok(_) => line_tx.send(Ok(line))?,
            Err(error) => {
                if !line.is_empty() {
                    line_tx.send(Err(format!("{line:?}...: not run: its end has not come")))?;
                }
                if error.kind() != STOPPED {
                    line_tx.send(Err(format!("cannot read standard input: {error}")))?;
                }
                return Ok(());
            }
        }
    }
}

/// As much of a line as there is room for in a picture or a complaint.
pub(crate) fn short(line: &OsStr) -> String {
    line.to_string_lossy().chars().take(20).collect()
}

/// Standard input, which fails once the other end of `stop` is dropped.
struct Input {
    stdin: Stream,
    stop: PipeReader,
}

const STOPPED: ErrorKind = ErrorKind::ConnectionAborted;

impl Read for Input {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        // Where it cannot be read at all, nothing would ever come.
        self.stdin.read(&mut [])?;
        let stdin = io::stdin();
        let mut fds = [
            PollFd::new(&self.stop, PollFlags::IN),
            PollFd::new(&stdin, PollFlags::IN),
        ];
        loop {
            match poll(&mut fds, None) {
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
                Ok(_) if !fds[0].revents().is_empty() => return Err(STOPPED.into()),
                Ok(_) => return self.stdin.read(bytes),
            }
        }
    }
}
