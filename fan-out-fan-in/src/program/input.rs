//! Finds the files and cuts them into pieces, each small enough to be counted by one worker while
//! others count the rest.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::{env, iter};

use walkdir::WalkDir;

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
    Range {
        file: Arc<LazyFile>,
        start: u64,
        end: u64,
    },
    /// Here: only one thread can read a stream.
    Read(Vec<u8>),
}

/// A file that is opened by the first worker to come to it and closed after the last, so that no
/// more files are open than workers are at work, and all pieces are of the same file, even when
/// another takes its name meanwhile.
#[derive(Debug)]
pub(crate) struct LazyFile {
    path: Arc<Path>,
    file: OnceLock<io::Result<File>>,
}

impl LazyFile {
    pub(crate) fn open(&self) -> io::Result<&File> {
        let opened = self.file.get_or_init(|| File::open(&self.path));
        opened
            .as_ref()
            .map_err(|error| io::Error::new(error.kind(), error.to_string()))
    }
}

/// A boxed iterator that a feeder thread can own.
type Items<T> = Box<dyn Iterator<Item = T> + Send>;

/// The pieces of all files that `paths` name, in order.
pub(crate) fn pieces(paths: Vec<PathBuf>) -> impl Iterator<Item = Piece> + Send {
    paths.into_iter().flat_map(files).flat_map(|(path, size)| {
        let path: Arc<Path> = path.into();
        let texts = size.and_then(|size| match size {
            _ if is_stdin(&path) => stdin_texts(),
            size => Ok(ranges(&path, size.unwrap_or_default())),
        });
        let texts = texts.unwrap_or_else(|error| Box::new(iter::once((Err(error), true))));
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
    // Errors are reported when their turn comes.
    for size in paths
        .iter()
        .cloned()
        .flat_map(files)
        .filter_map(|(_, size)| size.ok())
    {
        match size {
            Some(size) => total = total.saturating_add(size),
            None => least = 7,
        }
    }
    total.to_string().len().max(least)
}

/// Everything in this workspace's folder, except what is hidden or built.
pub(crate) fn workspace_sources() -> io::Result<Vec<PathBuf>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or(Path::new("/"));
    // As seen from here, names are shorter.
    let here = env::current_dir()?;
    let mut paths = Vec::new();
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        let name = entry.file_name();
        if name != "target" && !name.as_encoded_bytes().starts_with(b".") {
            let path = entry.path();
            paths.push(path.strip_prefix(&here).map(Path::to_owned).unwrap_or(path));
        }
    }
    paths.sort_unstable();
    Ok(paths)
}

/// What `path` names: itself, or the files in that directory and below, each directory sorted by
/// name; with their sizes, as far as they are known beforehand. Links are followed where they are
/// named, not where they are found.
fn files(path: PathBuf) -> Items<(PathBuf, io::Result<Option<u64>>)> {
    let metadata = if is_stdin(&path) {
        stdin().and_then(|file| file.metadata())
    } else {
        fs::metadata(&path)
    };
    let size = match metadata {
        Ok(metadata) if metadata.is_file() => Ok(Some(metadata.len())),
        Ok(_) if is_stdin(&path) => Ok(None),
        Ok(metadata) if metadata.is_dir() => return Box::new(walk(path)),
        Ok(_) => Err(not_a_file()),
        Err(error) => Err(error),
    };
    Box::new(iter::once((path, size)))
}

fn walk(directory: PathBuf) -> impl Iterator<Item = (PathBuf, io::Result<Option<u64>>)> + Send {
    let io_error = |error: walkdir::Error| error.into_io_error().unwrap_or_else(not_a_file);
    WalkDir::new(&directory)
        .sort_by_file_name()
        .into_iter()
        .filter_map(move |entry| match entry {
            Ok(entry) if entry.file_type().is_file() => {
                let size = entry
                    .metadata()
                    .map(|metadata| Some(metadata.len()))
                    .map_err(io_error);
                Some((entry.into_path(), size))
            }
            Ok(entry) if entry.file_type().is_dir() || entry.path_is_symlink() => None,
            Ok(entry) => Some((entry.into_path(), Err(not_a_file()))),
            Err(error) => {
                let path = error.path().unwrap_or(&directory).to_owned();
                Some((path, Err(io_error(error))))
            }
        })
}

fn ranges(path: &Arc<Path>, size: u64) -> Items<(io::Result<Text>, bool)> {
    let file = Arc::new(LazyFile {
        path: Arc::clone(path),
        file: OnceLock::new(),
    });
    let count = size.div_ceil(PIECE).max(1);
    Box::new((1..=count).map(move |number| {
        let last = number == count;
        // The size is only a hint: a file in /proc claims to be empty, and a log grows. The last
        // piece ends where the file does.
        let end = if last { u64::MAX } else { number * PIECE };
        (
            Ok(Text::Range {
                file: Arc::clone(&file),
                start: (number - 1) * PIECE,
                end,
            }),
            last,
        )
    }))
}

fn stdin_texts() -> io::Result<Items<(io::Result<Text>, bool)>> {
    let mut stdin = stdin()?;
    let mut ended = false;
    Ok(Box::new(iter::from_fn(move || {
        if ended {
            return None;
        }
        let mut text = Vec::new();
        let read = stdin.by_ref().take(STREAM_PIECE).read_to_end(&mut text);
        ended = read
            .as_ref()
            .map_or(true, |&length| (length as u64) < STREAM_PIECE);
        Some((read.map(|_| Text::Read(text)), ended))
    })))
}

/// Standard input without the buffer of `io::stdin`, which would copy everything once more.
fn stdin() -> io::Result<File> {
    io::stdin().as_fd().try_clone_to_owned().map(File::from)
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

fn not_a_file() -> io::Error {
    io::Error::other("neither a file nor a directory (a pipe can be read as -)")
}
