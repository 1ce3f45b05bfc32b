//! Reads files as batches of whole lines, each line marked with its file.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt;
use std::fs::{self, File, Metadata};
use std::io::{self, BufRead, BufReader, Read};
use std::mem;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crossbeam_channel::bounded;

/// How much is read at once, and about how much goes into a batch: as much as a pipe holds. Larger
/// batches are no faster and take more memory.
const BLOCK: usize = 64 << 10;

/// How many regular files are read at the same time. Each takes a thread and an open file, and
/// there may be more files than there can be of these.
const AT_ONCE: usize = 64;

/// Whole lines, each with its mark, that were read at once; or why a file was not read to its end.
pub(crate) type Batch = Result<Vec<u8>, Failure>;

/// What one thread iterates over.
pub(crate) type Source = Box<dyn Iterator<Item = Batch> + Send>;

/// A file that could not be read, and why.
#[derive(Debug)]
pub(crate) struct Failure {
    path: PathBuf,
    error: io::Error,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.path, self.error)
    }
}

/// The sources that together read all of `paths`.
///
/// What may keep a reader waiting (a FIFO already as it is opened, a terminal, standard input) has
/// a thread of its own, so that it holds up nothing else. Regular files, and what is no file at
/// all, never keep a reader waiting: a limited number of threads takes one after the other.
pub(crate) fn sources(paths: Vec<PathBuf>) -> Vec<Source> {
    let mut streams = BTreeMap::<_, Vec<_>>::new();
    let (file_tx, file_rx) = bounded(paths.len());
    for path in paths {
        match stream(&path) {
            // Two readers of one stream would tear its lines apart: where it is named twice, one
            // thread reads it twice in a row.
            Some(stream) => streams
                .entry((stream.dev(), stream.ino()))
                .or_default()
                .push(path),
            None => file_tx.send(path).expect("there is room for all paths"),
        }
    }
    let streams = streams
        .into_values()
        .map(|paths| Box::new(paths.into_iter().flat_map(read)) as Source);
    let files = (0..file_rx.len().min(AT_ONCE))
        .map(|_| Box::new(file_rx.clone().into_iter().flat_map(read)) as Source);
    streams.chain(files).collect()
}

/// What is known of the stream that `path` names; `None` where it is not one.
fn stream(path: &Path) -> Option<Metadata> {
    if is_stdin(path) {
        return stdin().and_then(|stdin| stdin.metadata()).ok();
    }
    let metadata = fs::metadata(path).ok()?;
    (!metadata.is_file() && !metadata.is_dir()).then_some(metadata)
}

/// Opens the file and reads it. Called by the thread that iterates over the batches.
fn read(path: PathBuf) -> impl Iterator<Item = Batch> {
    tracing::debug!("reading {path:?}");
    let input = if is_stdin(&path) {
        stdin()
    } else {
        File::open(&path)
    };
    let batches = Batches::new(path.as_os_str(), input);
    batches.map(move |lines| {
        lines.map_err(|error| Failure {
            path: path.clone(),
            error,
        })
    })
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// Standard input without the buffer of `io::stdin`, which would copy everything once more.
fn stdin() -> io::Result<File> {
    io::stdin().as_fd().try_clone_to_owned().map(File::from)
}

/// Cuts what is read into batches. A batch ends where nothing more has been read, so that no line
/// waits for the next one.
struct Batches<Input> {
    /// `None` once it has ended.
    input: Option<BufReader<Input>>,
    /// The error it ended with, to be reported after the last line.
    error: Option<io::Error>,
    mark: Vec<u8>,
    /// The mark, and what has been read so far of the line after the last batch.
    line: Vec<u8>,
}

impl<Input: Read> Batches<Input> {
    fn new(name: &OsStr, input: io::Result<Input>) -> Self {
        let mark = mark(name);
        let (input, error) = match input {
            Ok(input) => (Some(BufReader::with_capacity(BLOCK, input)), None),
            Err(error) => (None, Some(error)),
        };
        Self {
            input,
            error,
            line: mark.clone(),
            mark,
        }
    }
}

impl<Input: Read> Iterator for Batches<Input> {
    type Item = io::Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        while let Some(input) = &mut self.input {
            match input.fill_buf() {
                Ok([]) => self.input = None,
                Ok(block) => {
                    let (taken, batch) = cut(block, &self.mark, &mut self.line);
                    input.consume(taken);
                    if batch.is_some() {
                        return batch.map(Ok);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.error = Some(error);
                    self.input = None;
                }
            }
        }
        // A last line without a newline gets one, so that no other line is glued to it.
        let mut line = mem::take(&mut self.line);
        if line.len() > self.mark.len() {
            line.push(b'\n');
            return Some(Ok(line));
        }
        self.error.take().map(Err)
    }
}

/// Takes whole lines from the start of `block` and returns how many bytes they are, and the batch:
/// `line`, which the first of them ends, and the others. Where no line ends in `block`, all of it
/// goes to `line`.
fn cut(block: &[u8], mark: &[u8], line: &mut Vec<u8>) -> (usize, Option<Vec<u8>>) {
    let Some(newline) = block.iter().rposition(|&byte| byte == b'\n') else {
        line.extend_from_slice(block);
        return (block.len(), None);
    };
    let mut lines = &block[..=newline];
    let mut batch = mem::replace(line, mark.to_vec());
    loop {
        let read = lines.read_until(b'\n', &mut batch);
        read.expect("memory can be read");
        // Many short lines are much longer with their marks.
        if lines.is_empty() || batch.len() >= BLOCK {
            return (newline + 1 - lines.len(), Some(batch));
        }
        batch.extend_from_slice(mark);
    }
}

/// The file's name and a colon, as `grep -H` has it. A newline in it would tear the line.
fn mark(name: &OsStr) -> Vec<u8> {
    let name = name.as_encoded_bytes().iter();
    let shown = name.map(|&byte| if byte == b'\n' { b'?' } else { byte });
    shown.chain([b':']).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// Hands out one piece for each read, as a pipe does; a piece may be an error.
    struct Pieces(VecDeque<io::Result<Vec<u8>>>);

    impl Read for Pieces {
        fn read(&mut self, block: &mut [u8]) -> io::Result<usize> {
            let piece = self.0.pop_front().unwrap_or(Ok(Vec::new()))?;
            block[..piece.len()].copy_from_slice(&piece);
            Ok(piece.len())
        }
    }

    fn batches(
        name: &str,
        pieces: impl IntoIterator<Item = io::Result<Vec<u8>>>,
    ) -> Batches<Pieces> {
        Batches::new(OsStr::new(name), Ok(Pieces(pieces.into_iter().collect())))
    }

    fn text(batches: impl Iterator<Item = io::Result<Vec<u8>>>) -> String {
        let batches = batches.map(|batch| match batch {
            Ok(lines) => String::from_utf8(lines).unwrap(),
            Err(error) => format!("[{error}]"),
        });
        batches.collect::<Vec<_>>().join("|")
    }

    /// Text of few lines, and of many.
    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        vec(
            prop_oneof![1 => Just(b'\n'), 1 => Just(b'a'), 2 => any::<u8>()],
            1..100,
        )
    }

    proptest! {
        #[test]
        fn batches_are_the_marked_lines(pieces in vec(bytes(), 0..10)) {
            let whole = pieces.concat();
            let mut marked = Vec::new();
            for line in whole.split_inclusive(|&byte| byte == b'\n') {
                marked.extend([b"f:", line.strip_suffix(b"\n").unwrap_or(line), b"\n"].concat());
            }
            let batches: Vec<Vec<u8>> =
                batches("f", pieces.into_iter().map(Ok)).collect::<io::Result<_>>().unwrap();
            prop_assert!(batches.iter().all(|batch| batch.ends_with(b"\n")));
            prop_assert_eq!(batches.concat(), marked);
        }
    }

    #[test]
    fn a_line_does_not_wait_for_the_next() {
        let mut batches = batches(
            "f",
            ["one\ntwo\nth", "ree\n", "four\n"].map(|p| Ok(p.into())),
        );
        assert_eq!(batches.next().unwrap().unwrap(), b"f:one\nf:two\n");
        assert_eq!(batches.input.as_ref().unwrap().get_ref().0.len(), 2);
        assert_eq!(batches.next().unwrap().unwrap(), b"f:three\n");
        assert_eq!(batches.input.as_ref().unwrap().get_ref().0.len(), 1);
    }

    #[test]
    fn a_batch_of_short_lines_with_a_long_mark_is_small() {
        let name = "n".repeat(1_000);
        let pieces = [Ok(vec![b'\n'; BLOCK])];
        let lengths: Vec<usize> = batches(&name, pieces)
            .map(|batch| batch.unwrap().len())
            .collect();
        let line = "n:\n".len() + name.len() - 1;
        assert_eq!(lengths.iter().sum::<usize>(), BLOCK * line);
        assert!(lengths.iter().all(|&length| length < BLOCK + line));
    }

    #[test]
    fn what_was_read_before_an_error_is_not_lost() {
        let error = || Err(io::Error::other("no more"));
        assert_eq!(
            text(batches("f", [Ok("one\ntw".into()), error()])),
            "f:one\n|f:tw\n|[no more]"
        );
        assert_eq!(
            text(batches("f", [Ok("one\n".into()), error()])),
            "f:one\n|[no more]"
        );
        assert_eq!(text(batches("f", [error()])), "[no more]");
    }

    #[test]
    fn an_interrupted_read_is_tried_again() {
        let interrupted = || Err(io::ErrorKind::Interrupted.into());
        let pieces = [
            interrupted(),
            Ok("one ".into()),
            interrupted(),
            Ok("line\n".into()),
        ];
        assert_eq!(text(batches("f", pieces)), "f:one line\n");
    }

    #[test]
    fn a_newline_in_a_name_does_not_tear_the_line() {
        assert_eq!(
            text(batches("odd\nname", [Ok("line\n".into())])),
            "odd?name:line\n"
        );
    }
}
