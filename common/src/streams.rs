//! Standard input and output as the tools have them: what cannot be written is an error, and they
//! wait for a pipe that does not block.

use std::fs::{File, Metadata};
use std::io::{self, BufRead, ErrorKind, LineWriter, Read, Write};

/// Standard input, standard output, or a file.
///
/// std's own standard output takes a stream that is open the wrong way round for one that takes everything.
#[derive(Debug)]
pub struct Stream(File);

/// Standard input.
///
/// # Errors
///
/// When there is no descriptor left.
pub fn stdin() -> io::Result<Stream> {
    platform::own(&io::stdin()).map(Stream)
}

/// Standard output. Each line is written as soon as it is whole.
///
/// # Errors
///
/// When there is no descriptor left.
pub fn stdout() -> io::Result<LineWriter<Stream>> {
    let file = platform::own(&io::stdout())?;
    Ok(LineWriter::new(Stream(file)))
}

/// Standard error, for what is more than a line of the log.
///
/// # Errors
///
/// When there is no descriptor left.
pub fn stderr() -> io::Result<Stream> {
    platform::own(&io::stderr()).map(Stream)
}

/// Whether somebody has given the program something to read: a pipe or a file as its standard input.
pub fn has_input() -> bool {
    stdin().is_ok_and(|stdin| platform::is_pipe_or_file(&stdin.0))
}

impl Stream {
    /// What the system knows of it.
    ///
    /// # Errors
    ///
    /// When the system says so.
    pub fn metadata(&self) -> io::Result<Metadata> {
        self.0.metadata()
    }

    /// Whether it is the very file that `other` is: to read the one into the other would never end.
    pub fn is_same(&self, other: &Self) -> bool {
        platform::is_same(&self.0, &other.0)
    }

    /// Calls `operation` until it need not wait.
    fn patiently(
        &self,
        event: platform::Event,
        mut operation: impl FnMut(&File) -> io::Result<usize>,
    ) -> io::Result<usize> {
        loop {
            match operation(&self.0) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    platform::wait(&self.0, event)?;
                }
                done => return done,
            }
        }
    }
}

impl From<File> for Stream {
    fn from(file: File) -> Self {
        Self(file)
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.patiently(platform::Event::Readable, |mut file| file.read(buffer))
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.patiently(platform::Event::Writable, |mut file| file.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Appends to `line` all up to the next newline, that included; nothing at the end of the input.
///
/// # Errors
///
/// When reading fails, or with [`ErrorKind::OutOfMemory`] when the line is longer than memory: it is not
/// the end of the process, as it is in [`BufRead::read_until`].
pub fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<()> {
    loop {
        let bytes = match input.fill_buf() {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            bytes => bytes?,
        };
        let newline = bytes.iter().position(|&byte| byte == b'\n');
        let end = newline.map_or(bytes.len(), |newline| newline + 1);
        let room = line.try_reserve(end);
        room.map_err(|_| io::Error::new(ErrorKind::OutOfMemory, "a line is longer than memory"))?;
        line.extend_from_slice(&bytes[..end]);
        input.consume(end);
        if newline.is_some() || end == 0 {
            return Ok(());
        }
    }
}

#[cfg(unix)]
mod platform {
    use std::fs::File;
    use std::io;
    use std::os::fd::AsFd;
    use std::os::unix::fs::{FileTypeExt, MetadataExt};

    use rustix::event::{PollFd, PollFlags, poll};

    #[derive(Clone, Copy)]
    pub(super) enum Event {
        Readable,
        Writable,
    }

    pub(super) fn own(stream: &impl AsFd) -> io::Result<File> {
        stream.as_fd().try_clone_to_owned().map(File::from)
    }

    pub(super) fn is_pipe_or_file(file: &File) -> bool {
        let kind = file.metadata().map(|data| data.file_type());
        kind.is_ok_and(|kind| kind.is_fifo() || kind.is_file())
    }

    pub(super) fn is_same(one: &File, other: &File) -> bool {
        match (one.metadata(), other.metadata()) {
            (Ok(one), Ok(other)) => {
                one.is_file() && (one.dev(), one.ino()) == (other.dev(), other.ino())
            }
            _ => false,
        }
    }

    pub(super) fn wait(file: &File, event: Event) -> io::Result<()> {
        let flags = match event {
            Event::Readable => PollFlags::IN,
            Event::Writable => PollFlags::OUT,
        };
        match poll(&mut [PollFd::new(file, flags)], None) {
            // It is tried again, and says what it says.
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(windows)]
mod platform {
    use std::fs::File;
    use std::io;
    use std::os::windows::io::AsHandle;
    use std::thread;

    #[derive(Clone, Copy)]
    pub(super) enum Event {
        Readable,
        Writable,
    }

    pub(super) fn own(stream: &impl AsHandle) -> io::Result<File> {
        stream.as_handle().try_clone_to_owned().map(File::from)
    }

    pub(super) fn is_pipe_or_file(file: &File) -> bool {
        // A terminal has no metadata there.
        file.metadata().is_ok()
    }

    pub(super) fn is_same(_: &File, _: &File) -> bool {
        false
    }

    pub(super) fn wait(_: &File, _: Event) -> io::Result<()> {
        thread::yield_now();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, ErrorKind, Read};

    use super::read_line;

    #[test]
    fn lines_are_read_with_their_ends() {
        let mut input = BufReader::with_capacity(2, &b"one\n\nthree"[..]);
        for expected in ["one\n", "\n", "three", "", ""] {
            let mut line = Vec::new();
            read_line(&mut input, &mut line).expect("it can be read");
            assert_eq!(line, expected.as_bytes());
        }
    }

    #[test]
    fn an_error_is_passed_on() {
        struct Broken;

        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
                Err(ErrorKind::ConnectionReset.into())
            }
        }

        let mut input = BufReader::new(Broken);
        let error = read_line(&mut input, &mut Vec::new()).expect_err("it fails");
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    }
}
