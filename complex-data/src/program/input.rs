//! Reads a file into a buffer that threads can share, without a second copy where its size is
//! known.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::iter;
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::Arc;

/// All that is in the file at `path`, or on standard input where that is `-`.
pub(crate) fn read(path: &Path) -> io::Result<Arc<[u8]>> {
    let mut file = if path == Path::new("-") {
        // Without the buffer of `io::stdin`, and with a size where it is a file.
        File::from(io::stdin().as_fd().try_clone_to_owned()?)
    } else {
        File::open(path)?
    };
    let metadata = file.metadata()?;
    let size = if metadata.is_file() {
        metadata.len()
    } else {
        0
    };

    let mut text = zeros(size)?;
    let place = Arc::get_mut(&mut text).expect("nobody else has the buffer yet");
    let filled = fill(place, &mut file)?;
    let mut rest = Vec::new();
    file.read_to_end(&mut rest)?;
    if filled == text.len() && rest.is_empty() {
        return Ok(text);
    }
    // Not of the size that was known: a pipe, a file in /proc, one that grows or shrinks. Now that
    // the size is known, all of it is copied once.
    rest.splice(..0, text[..filled].iter().copied());
    Ok(rest.into())
}

/// A buffer of `size` bytes to be written to, or an error where there is no memory for that many.
fn zeros(size: u64) -> io::Result<Arc<[u8]>> {
    let size = usize::try_from(size).map_err(|_| ErrorKind::OutOfMemory)?;
    // An `Arc` of more than there is memory for would end the process; a `Vec` says so.
    Vec::<u8>::new().try_reserve_exact(size)?;
    Ok(iter::repeat_n(0, size).collect())
}

/// Reads until `place` is full or `file` ends, and returns how many bytes it read.
fn fill(place: &mut [u8], file: &mut File) -> io::Result<usize> {
    let mut filled = 0;
    while filled < place.len() {
        match file.read(&mut place[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
