//! Finds the files and cuts them into pieces, each small enough to be counted by one worker while
//! others count the rest.

use std::fs::{self, File, FileType, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::iter;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

/// Large enough that a message costs next to nothing, small enough that workers finish at about the
/// same time.
const PIECE: u64 = 1 << 20;

/// A pipe hands out 64 KiB at a time, and these pieces stay in memory until they are counted.
const STREAM_PIECE: u64 = 128 << 10;

/// A piece of one file. The pieces of a file follow each other.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) path: Arc<Path>,
    pub(crate) text: io::Result<Text>,
    /// Whether it is the last piece of its file.
    pub(crate) last: bool,
}

/// Where the text of a piece is.
#[derive(Debug)]
pub(crate) enum Text {
    /// Still in the file, to be read by the worker: that way reading, too, is done in parallel.
    InFile(Range),
    /// Here: only one thread can read a stream.
    Read(Vec<u8>),
}

/// A part of a file. Each is opened for itself, so that no worker holds a file while it waits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Range {
    file: (u64, u64),
    start: u64,
    end: u64,
}

impl Range {
    pub(crate) fn open(self, path: &Path) -> io::Result<impl Read> {
        let mut file = File::open(path)?;
        if self.start > 0 {
            if identity(&file.metadata()?) != self.file {
                return Err(io::Error::other("another file took its place meanwhile"));
            }
            file.seek(SeekFrom::Start(self.start))?;
        }
        Ok(file.take(self.end - self.start))
    }
}

/// Calls `body`, which opens a file and closes it. Where too many are open for that, it is called once
/// more when no other call has one.
pub(crate) fn with_a_file<T>(body: impl Fn() -> io::Result<T>) -> io::Result<T> {
    const TOO_MANY: [Option<i32>; 2] = [Some(23), Some(24)]; // ENFILE and EMFILE of any Unix.
    static OPEN: RwLock<()> = RwLock::new(());
    let open = OPEN.read().unwrap_or_else(PoisonError::into_inner);
    match body() {
        Err(error) if TOO_MANY.contains(&error.raw_os_error()) => {
            drop(open);
            let _alone = OPEN.write().unwrap_or_else(PoisonError::into_inner);
            body()
        }
        done => done,
    }
}

/// A boxed iterator that workers can share.
type Items<T> = Box<dyn Iterator<Item = T> + Send>;

/// The pieces of all files that `paths` name, in order.
pub(crate) fn pieces(paths: Vec<PathBuf>) -> impl Iterator<Item = Piece> + Send {
    { paths.into_iter().flat_map(files) }.flat_map(|(path, metadata)| {
        let texts = match metadata {
            _ if is_stdin(&path) => common::streams::stdin().map(stream_texts),
            Ok(metadata) if metadata.is_file() => Ok(ranges(&metadata)),
            Ok(_) => with_a_file(|| File::open(&path)).map(stream_texts),
            Err(error) => Err(error),
        };
        let texts = texts.unwrap_or_else(|error| Box::new(iter::once((Err(error), true))));
        let path: Arc<Path> = path.into();
        texts.map(move |(text, last)| Piece {
            path: Arc::clone(&path),
            text,
            last,
        })
    })
}

/// The width of the columns, as GNU wc chooses it before it reads: that of the sum of all sizes,
/// and at least 7 where a size is not known beforehand.
pub(crate) fn column_width(paths: &[PathBuf]) -> usize {
    let (mut total, mut least) = (0_u64, 1);
    for (_, metadata) in paths.iter().cloned().flat_map(files) {
        match metadata {
            Ok(metadata) if metadata.is_file() => total = total.saturating_add(metadata.len()),
            Ok(_) => least = 7,
            Err(_) => {} // It is reported in its turn.
        }
    }
    total.to_string().len().max(least)
}

/// What `path` names: itself, or the files in that directory and below, each directory sorted by
/// name. Links are followed where they are named, not where they are found.
fn files(path: PathBuf) -> Items<(PathBuf, io::Result<Metadata>)> {
    if is_stdin(&path) {
        return Box::new(iter::once((path, fs::metadata("/dev/stdin"))));
    }
    match fs::metadata(&path) {
        Ok(metadata) if metadata.is_dir() => Box::new(walk(path, metadata.file_type())),
        metadata => Box::new(iter::once((path, metadata))),
    }
}

/// What is in a directory: a name, and what kind of thing has it.
type Entry = (PathBuf, io::Result<FileType>);

/// The files below `directory`. Links, pipes and devices are passed over: nobody has named them.
fn walk(
    directory: PathBuf,
    kind: FileType,
) -> impl Iterator<Item = (PathBuf, io::Result<Metadata>)> + Send {
    // The next one is the last.
    let mut ahead: Vec<Entry> = vec![(directory, Ok(kind))];
    iter::from_fn(move || {
        loop {
            let (path, kind) = ahead.pop()?;
            let error = match kind {
                Ok(kind) if kind.is_dir() => match with_a_file(|| entries(&path)) {
                    Ok(entries) => {
                        ahead.extend(entries);
                        continue;
                    }
                    Err(error) => error,
                },
                Ok(kind) if kind.is_file() => {
                    let metadata = fs::symlink_metadata(&path);
                    return Some((path, metadata));
                }
                Ok(_) => continue,
                Err(error) => error,
            };
            return Some((path, Err(error)));
        }
    })
}

/// From the last name to the first.
fn entries(directory: &Path) -> io::Result<Vec<Entry>> {
    let entries = fs::read_dir(directory)?.map(|entry| match entry {
        Ok(entry) => (entry.path(), entry.file_type()),
        Err(error) => (directory.to_owned(), Err(error)),
    });
    let mut entries: Vec<Entry> = entries.collect();
    entries.sort_unstable_by(|a, b| b.0.cmp(&a.0));
    Ok(entries)
}

fn ranges(metadata: &Metadata) -> Items<(io::Result<Text>, bool)> {
    let file = identity(metadata);
    let count = metadata.len().div_ceil(PIECE).max(1);
    Box::new((1..=count).map(move |number| {
        let last = number == count;
        // The size is only a hint: a file in /proc claims to be empty, and a log grows. The last
        // piece ends where the file does.
        let end = if last { u64::MAX } else { number * PIECE };
        let start = (number - 1) * PIECE;
        (Ok(Text::InFile(Range { file, start, end })), last)
    }))
}

fn stream_texts(mut stream: impl Read + Send + 'static) -> Items<(io::Result<Text>, bool)> {
    let mut ended = false;
    Box::new(iter::from_fn(move || {
        if ended {
            return None;
        }
        let _block = common::timeline::at_work("reads");
        let mut text = Vec::new();
        let read = stream.by_ref().take(STREAM_PIECE).read_to_end(&mut text);
        ended = { read.as_ref() }.map_or(true, |&length| (length as u64) < STREAM_PIECE);
        Some((read.map(|_| Text::Read(text)), ended))
    }))
}

/// What tells a file from all others.
#[cfg(unix)]
fn identity(metadata: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> (u64, u64) {
    (0, 0)
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_takes_the_place_of_another_is_not_counted_as_a_part_of_it() {
        let folder = tempfile::TempDir::new().expect("there is room");
        let [path, other] = ["file", "other"].map(|name| folder.path().join(name));
        for path in [&path, &other] {
            let file = File::create(path).expect("it can be made");
            file.set_len(2 * PIECE).expect("it can be so large");
        }
        let ranges = pieces(vec![path.clone()]).map(|piece| match piece.text {
            Ok(Text::InFile(range)) => range.open(&path).map(drop),
            text => text.map(drop),
        });
        let mut ranges = ranges.map(|opened| opened.map_err(|error| error.to_string()));
        assert_eq!(ranges.next(), Some(Ok(())));
        fs::rename(&other, &path).expect("it can be moved");
        let complaint = "another file took its place meanwhile".to_string();
        assert_eq!(ranges.next(), Some(Err(complaint)));
        assert_eq!(ranges.next(), None);
    }
}
