//! Puts lines together from whatever pieces they come in.

use std::sync::Arc;

/// A line that is longer than `Lines` allow.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooLong;

/// The beginning of a line that has not ended yet.
#[derive(Debug)]
pub(super) struct Lines {
    /// How many bytes a line may have, as it is shown, not counting its mark and its end.
    pub(super) longest: usize,
    /// Stands before each line.
    mark: String,
    line: Vec<u8>,
    /// The rest of a line that was too long is passed over.
    skipping: bool,
}

impl Lines {
    pub(super) fn new(longest: usize, mark: String) -> Self {
        Self {
            longest,
            mark,
            line: Vec::new(),
            skipping: false,
        }
    }

    /// Takes from `bytes` up to the end of a line. Returns how many bytes it took, and what became
    /// of them: a line, as others may see it, or, as soon as that is known, that it is too long.
    pub(super) fn take(&mut self, bytes: &[u8]) -> (usize, Option<Result<Arc<str>, TooLong>>) {
        let newline = bytes.iter().position(|&byte| byte == b'\n');
        let part = &bytes[..newline.unwrap_or(bytes.len())];
        let used = newline.map_or(bytes.len(), |at| at + 1);
        if self.skipping {
            self.skipping = newline.is_none();
            return (used, None);
        }
        // One more, which may be the CR of a CR LF.
        if self.line.len() + part.len() > self.longest + 1 {
            self.line.clear();
            self.skipping = newline.is_none();
            return (used, Some(Err(TooLong)));
        }
        self.line.extend_from_slice(part);
        (used, newline.map(|_| self.end()))
    }

    /// The last line, where it has no end.
    pub(super) fn rest(&mut self) -> Option<Result<Arc<str>, TooLong>> {
        (!self.line.is_empty()).then(|| self.end())
    }

    fn end(&mut self) -> Result<Arc<str>, TooLong> {
        let line = self.line.strip_suffix(b"\r").unwrap_or(&self.line);
        let text = printable(&self.mark, line);
        self.line.clear();
        // What stands for bad bytes is longer than they are.
        let is_short = text.len() <= self.mark.len() + self.longest + 1;
        is_short.then_some(text).ok_or(TooLong)
    }
}

/// The line as text that a terminal can only show, in one line, in the order in which it was written:
/// bytes that are not UTF-8, and characters that are not `plain`, become U+FFFD.
fn printable(mark: &str, line: &[u8]) -> Arc<str> {
    let mut text = String::with_capacity(mark.len() + line.len() + 1);
    text.push_str(mark);
    let chars = String::from_utf8_lossy(line);
    text.extend(chars.chars().map(|char| match char {
        char if is_plain(char) => char,
        _ => char::REPLACEMENT_CHARACTER,
    }));
    text.push('\n');
    text.into()
}

/// Neither a control character other than tab, nor one that ends a line or a paragraph, nor one that
/// turns the direction of the text.
fn is_plain(char: char) -> bool {
    match char {
        '\t' => true,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            false
        }
        char => !char.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    const LONGEST: usize = 2_000;

    /// What comes of `text` when it arrives in pieces of at most `piece` bytes.
    fn all(text: &[u8], piece: usize) -> Vec<Result<Arc<str>, TooLong>> {
        let (mut lines, mut all) = (Lines::new(LONGEST, "> ".into()), Vec::new());
        for mut bytes in text.chunks(piece) {
            while !bytes.is_empty() {
                let (used, line) = lines.take(bytes);
                assert!(used > 0 && lines.line.len() <= LONGEST + 1);
                all.extend(line);
                bytes = &bytes[used..];
            }
        }
        all.extend(lines.rest());
        all
    }

    proptest! {
        #[test]
        fn lines_are_those_of_a_split(
            lengths in vec(prop_oneof![0..20_usize, LONGEST - 2..LONGEST + 3], 0..6),
            end in prop_oneof![Just("\n"), Just("\r\n")],
            piece in 1..3_000_usize,
        ) {
            let lines = lengths.iter().map(|&length| "x".repeat(length));
            let text: String = lines.clone().map(|line| line + end).collect();
            let expected: Vec<_> = lines
                .map(|line| if line.len() <= LONGEST { Ok(format!("> {line}\n").into()) } else { Err(TooLong) })
                .collect();
            prop_assert_eq!(all(text.as_bytes(), piece), expected);
        }

        #[test]
        fn a_line_is_as_long_as_it_is_shown(bad in 0..LONGEST) {
            let line = vec![0xff; bad];
            let is_short = all(&line, 100).iter().all(Result::is_ok);
            prop_assert_eq!(is_short, bad * char::REPLACEMENT_CHARACTER.len_utf8() <= LONGEST);
        }

        #[test]
        fn whatever_comes_is_shown_as_text_of_one_line(line in vec(any::<u8>(), 0..200)) {
            let shown = printable("> ", &line);
            let shown = shown.strip_suffix('\n').and_then(|shown| shown.strip_prefix("> "));
            let shown = shown.expect("a mark and an end");
            prop_assert!(shown.chars().all(is_plain));
            let same = |char: &char| is_plain(*char) && *char != char::REPLACEMENT_CHARACTER;
            let text = String::from_utf8_lossy(&line);
            prop_assert!(shown.chars().filter(same).eq(text.chars().filter(same)));
        }
    }
}
