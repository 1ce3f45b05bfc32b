//! Where the outputs of commands are kept until they are printed: the end of each in memory, all before
//! it in blocks of one unnamed file, so that what waits takes neither memory nor a descriptor of its own.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::sync::{Mutex, PoisonError};

/// As much as a pipe holds: most outputs are shorter, and never in the file.
pub(crate) const BLOCK: usize = 1 << 16;

/// One file, for the outputs of all commands.
#[derive(Debug)]
pub(crate) struct Spool {
    file: io::Result<File>,
    /// The numbers of the blocks that are free, and the one at the end of the file.
    free: Mutex<(Vec<u64>, u64)>,
}

/// An output, as far as it has come.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    blocks: Vec<u64>,
    rest: Vec<u8>,
}

impl Spool {
    /// Where there can be no file, only outputs that need one fail.
    pub(crate) fn new() -> Self {
        let (file, free) = (tempfile::tempfile(), Mutex::default());
        Self { file, free }
    }

    pub(crate) fn keep(&self, kept: &mut Kept, bytes: &[u8]) -> io::Result<()> {
        kept.rest.extend_from_slice(bytes);
        while kept.rest.len() > BLOCK {
            let block = {
                let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
                free.0.pop().unwrap_or_else(|| {
                    free.1 += 1;
                    free.1 - 1
                })
            };
            kept.blocks.push(block);
            self.file()?
                .write_all_at(&kept.rest[..BLOCK], block * BLOCK as u64)?;
            kept.rest.drain(..BLOCK);
        }
        Ok(())
    }

    pub(crate) fn print(&self, kept: Kept, out: &mut impl Write) -> io::Result<()> {
        let mut bytes = vec![0; BLOCK];
        for block in kept.blocks {
            self.file()?
                .read_exact_at(&mut bytes, block * BLOCK as u64)?;
            let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
            free.0.push(block);
            drop(free);
            out.write_all(&bytes)?;
        }
        out.write_all(&kept.rest)?;
        out.flush()
    }

    fn file(&self) -> io::Result<&File> {
        let again = |error: &io::Error| io::Error::new(error.kind(), error.to_string());
        self.file.as_ref().map_err(again)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_grows_no_longer_than_outputs_wait() {
        let spool = Spool::new();
        let bytes: Vec<u8> = (0..=250).cycle().take(3 * BLOCK + 1).collect();
        for _ in 0..2 {
            let mut kept = Kept::default();
            for bytes in bytes.chunks(10_000) {
                spool.keep(&mut kept, bytes).unwrap();
            }
            let mut printed = Vec::new();
            spool.print(kept, &mut printed).unwrap();
            assert_eq!(printed, bytes);
        }
        assert_eq!(
            spool.file().unwrap().metadata().unwrap().len(),
            3 * BLOCK as u64
        );
    }
}
