//! Reads files as batches of whole lines, each line marked with its file.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, ErrorKind, LineWriter, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use common::streams::{self, Stream};
use common::timeline;
use crossbeam_channel::unbounded;

use crate::program::descriptors::Descriptors;
use crate::program::source::Source;

/// How much is read at once, and about how much goes into a batch: as much as a pipe holds. Larger
/// batches are no faster and take more memory.
const BLOCK: usize = 64 << 10;

/// How many regular files are read at the same time. Each takes a thread and an open file, of which
/// the system may have few left; and more readers than processors are no faster.
const AT_ONCE: usize = 8;

/// Whole lines, each with its mark, that were read at once; or why a file was not read to its end.
pub(crate) type Batch = anyhow::Result<Vec<u8>>;

/// What the readers share.
pub(crate) struct Shared {
    /// To compare files with.
    pub(crate) output: LineWriter<Stream>,
    pub(crate) descriptors: Descriptors,
}

/// The sources that together read all of `paths`.
///
/// What may keep a reader waiting (a FIFO already as it is opened, a terminal, standard input) has
/// a thread of its own, so that it holds up nothing else. Regular files, and what is no file at
/// all, never keep a reader waiting: a limited number of threads takes one after the other.
///
/// A file that is the output is an error: it would grow until the disk is full.
pub(crate) fn sources(paths: Vec<PathBuf>, shared: &Shared) -> Vec<Source<'_, Batch>> {
    let mut streams = BTreeMap::<_, Vec<_>>::new();
    let (file_tx, file_rx) = unbounded();
    for path in paths {
        match stream(&path) {
            // Two readers of one stream would tear its lines apart: where it is named twice, one
            // thread reads it twice in a row.
            Some(id) => streams.entry(id).or_default().push(path),
            None => file_tx.send(path).expect("`file_rx` is still here"),
        }
    }
    let read = |path| read(path, shared);
    let streams = streams
        .into_values()
        .map(|paths| Source(Box::new(paths.into_iter().flat_map(read))));
    let files = (0..file_rx.len().min(AT_ONCE))
        .map(|_| Source(Box::new(file_rx.clone().into_iter().flat_map(read))));
    streams.chain(files).collect()
}

/// Device and number of the stream that `path` names; `None` where it is not one.
fn stream(path: &Path) -> Option<(u64, u64)> {
    let metadata = if is_stdin(path) {
        streams::stdin().and_then(|stdin| stdin.metadata())
    } else {
        fs::metadata(path)
    };
    let metadata = metadata.ok()?;
    let is_stream = is_stdin(path) || !metadata.is_file() && !metadata.is_dir();
    is_stream.then(|| (metadata.dev(), metadata.ino()))
}

/// Opens the file and reads it. Called by the thread that iterates over the batches.
fn read(path: PathBuf, shared: &Shared) -> impl Iterator<Item = Batch> + Send {
    tracing::debug!("reading {path:?}");
    let input = || open(&path, shared.output.get_ref());
    let (batches, error) = match shared.descriptors.open(input) {
        Ok(input) => (Some(Batches::new(&path, input)), None),
        Err(error) => (None, Some(Err(error))),
    };
    let batches = batches.into_iter().flatten().chain(error);
    batches.map(move |batch| batch.with_context(|| format!("{path:?}")))
}

fn open(path: &Path, output: &Stream) -> io::Result<Stream> {
    let input = if is_stdin(path) {
        streams::stdin()?
    } else {
        File::open(path)?.into()
    };
    if input.is_same(output) {
        return Err(io::Error::other("input file is output file"));
    }
    Ok(input)
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// Cuts what is read into batches. A batch ends where nothing more has been read, so that no line
/// waits for the next one.
struct Batches<Input> {
    /// In the timeline.
    name: String,
    input: BufReader<Input>,
    /// What each line begins with.
    mark: Vec<u8>,
    /// How the input has ended, once it has.
    end: Option<io::Result<()>>,
}

impl<Input: Read> Batches<Input> {
    fn new(path: &Path, input: Input) -> Self {
        // The file's name and a colon, as `grep -H` has it. A newline in it would tear the line.
        let name = path.as_os_str().as_encoded_bytes().iter();
        let shown = name.map(|&byte| if byte == b'\n' { b'?' } else { byte });
        Self {
            name: path.file_name().unwrap_or_default().display().to_string(),
            input: BufReader::with_capacity(BLOCK, input),
            mark: shown.chain([b':']).collect(),
            end: None,
        }
    }
}

impl<Input: Read> Iterator for Batches<Input> {
    type Item = io::Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        // To wait for input is no work.
        if self.end.is_none()
            && let Err(error) = self.input.fill_buf()
            && error.kind() != ErrorKind::Interrupted
        {
            self.end = Some(Err(error));
        }
        let _block = timeline::at_work(&self.name);
        let mut batch = Vec::new();
        while self.end.is_none() {
            let start = batch.len();
            batch.extend_from_slice(&self.mark);
            let read = streams::read_line(&mut self.input, &mut batch);
            if read
                .as_ref()
                .is_err_and(|e| e.kind() == ErrorKind::OutOfMemory)
            {
                // What has been read of the line leaves no memory to go on with.
                batch.truncate(start);
                batch.shrink_to_fit();
                self.end = Some(read);
            } else if !batch.ends_with(b"\n") {
                // A last line without a newline gets one, so that no other line is glued to it.
                let is_line = batch.len() > start + self.mark.len();
                if is_line {
                    batch.push(b'\n');
                } else {
                    batch.truncate(start);
                }
                self.end = Some(read);
            } else if batch.len() >= BLOCK || !self.input.buffer().contains(&b'\n') {
                break;
            }
        }
        if !batch.is_empty() {
            return Some(Ok(batch));
        }
        // An error is told once, after the last line.
        let error = self.end.replace(Ok(()))?.err()?;
        Some(Err(error))
    }
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

    fn batches(pieces: impl IntoIterator<Item = io::Result<Vec<u8>>>) -> Batches<Pieces> {
        Batches::new(Path::new("f"), Pieces(pieces.into_iter().collect()))
    }

    proptest! {
        #[test]
        fn batches_are_the_marked_lines(
            pieces in vec(vec(prop_oneof![Just(b'\n'), Just(b'a'), any::<u8>()], 1..100), 0..10),
        ) {
            let mut marked = Vec::new();
            for line in pieces.concat().split_inclusive(|&byte| byte == b'\n') {
                marked.extend([b"f:", line.strip_suffix(b"\n").unwrap_or(line), b"\n"].concat());
            }
            let batches: io::Result<Vec<_>> = batches(pieces.into_iter().map(Ok)).collect();
            prop_assert_eq!(batches.unwrap().concat(), marked);
        }
    }

    #[test]
    fn a_line_does_not_wait_for_the_next() {
        let mut batches = batches(["one\ntwo\nth", "ree\n", "four\n"].map(|p| Ok(p.into())));
        for (batch, unread) in [("f:one\nf:two\n", 2), ("f:three\n", 1), ("f:four\n", 0)] {
            assert_eq!(batches.next().unwrap().unwrap(), batch.as_bytes());
            assert_eq!(batches.input.get_ref().0.len(), unread);
        }
    }

    #[test]
    fn many_short_lines_are_several_batches() {
        let lengths = batches([Ok(vec![b'\n'; BLOCK])]).map(|batch| batch.unwrap().len());
        assert!(lengths.eq([BLOCK + 2, BLOCK + 2, BLOCK - 4]));
    }

    #[test]
    fn what_was_read_before_an_error_is_not_lost() {
        for (read, lines) in [("one\ntw", "f:one\nf:tw\n"), ("one\n", "f:one\n")] {
            let mut batches = batches([Ok(read.into()), Err(io::Error::other("no more"))]);
            let read: Vec<Vec<u8>> = batches.by_ref().map_while(Result::ok).collect();
            assert_eq!(read.concat(), lines.as_bytes());
            assert!(batches.next().is_none(), "an error is told once");
        }
    }
}
