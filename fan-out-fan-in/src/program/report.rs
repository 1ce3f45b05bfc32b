//! Puts the counts of the pieces together and prints them as GNU wc does.

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use crate::program::count::Counts;

/// What a worker found out about a piece.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) path: Arc<Path>,
    pub(crate) counts: io::Result<Counts>,
    pub(crate) last: bool,
    pub(crate) worker: String,
}

/// Prints a line for each file as soon as its last part is in.
#[derive(Debug)]
pub(crate) struct Report<Out> {
    out: Out,
    width: usize,
    /// Whether lines end with the name of their file.
    named: bool,
    /// The file whose parts are coming in: its counts, or the error that was met first.
    file: io::Result<Counts>,
    total: Counts,
    files: u64,
    failed: u64,
}

impl<Out: Write> Report<Out> {
    pub(crate) fn new(out: Out, width: usize, named: bool) -> Self {
        Self {
            out,
            width,
            named,
            file: Ok(Counts::default()),
            total: Counts::default(),
            files: 0,
            failed: 0,
        }
    }

    /// Takes the next part, in input order. Fails when the line cannot be printed.
    pub(crate) fn add(&mut self, part: Part) -> io::Result<()> {
        if let Ok(so_far) = self.file {
            self.file = part.counts.map(|counts| so_far.join(counts));
        }
        if !part.last {
            return Ok(());
        }
        self.files += 1;
        match std::mem::replace(&mut self.file, Ok(Counts::default())) {
            Ok(counts) => {
                self.total.add(counts);
                self.print(
                    &counts,
                    &printable(part.path.as_os_str().as_encoded_bytes()),
                )
            }
            Err(error) => {
                self.failed += 1;
                common::complain("fan-out-fan-in", format_args!("{:?}: {error}", part.path));
                Ok(())
            }
        }
    }

    /// Prints the total, where there is more than one file, and returns how many files failed.
    pub(crate) fn finish(mut self) -> io::Result<u64> {
        if self.files > 1 {
            let total = self.total;
            self.print(&total, b"total")?;
        }
        self.out.flush()?;
        Ok(self.failed)
    }

    fn print(&mut self, counts: &Counts, name: &[u8]) -> io::Result<()> {
        let Counts {
            lines,
            words,
            bytes,
            ..
        } = counts;
        let width = self.width;
        write!(self.out, "{lines:>width$} {words:>width$} {bytes:>width$}")?;
        if self.named {
            self.out.write_all(b" ")?;
            self.out.write_all(name)?;
        }
        self.out.write_all(b"\n")
    }
}

/// A name as it is, so that it can be used again; with a newline in it, in the quotes of a shell,
/// so that it stays one line.
fn printable(name: &[u8]) -> Cow<'_, [u8]> {
    if !name.contains(&b'\n') {
        return name.into();
    }
    let mut quoted = b"'".to_vec();
    let mut in_escape = false;
    for &byte in name {
        let escape = !matches!(byte, b' '..=b'~');
        if escape != in_escape && byte != b'\'' {
            quoted.extend(if escape { b"'$'" as &[u8] } else { b"''" });
        }
        in_escape = escape;
        match byte {
            b'\'' => quoted.extend(br"'\''"), // Ends either kind of quotes and opens the plain ones.
            b' '..=b'~' => quoted.push(byte),
            b'\n' => quoted.extend(br"\n"),
            b'\t' => quoted.extend(br"\t"),
            b'\r' => quoted.extend(br"\r"),
            _ => quoted.extend(format!(r"\{byte:03o}").into_bytes()),
        }
    }
    quoted.push(b'\'');
    quoted.into()
}
