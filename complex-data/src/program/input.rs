//! Reads a file into a buffer that threads can share.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

/// All that is in the file at `path`, or on standard input where that is `-`. More than memory holds is
/// an error.
///
/// An `Arc<[u8]>` would be one step nearer to the bytes, but to make one of a `Vec` copies them.
pub(crate) fn read(path: &Path) -> io::Result<Arc<Vec<u8>>> {
    let mut text = Vec::new();
    if path == Path::new("-") {
        common::streams::stdin()?.read_to_end(&mut text)?;
    } else {
        File::open(path)?.read_to_end(&mut text)?;
    }
    Ok(Arc::new(text))
}
