//! What is found out about a text. Nothing in here copies any of it.

use std::collections::{HashSet, TryReserveError};

/// One thing to be found out.
#[derive(Clone, Copy)]
pub(crate) struct Analysis {
    pub(crate) name: &'static str,
    pub(crate) of: fn(&[u8]) -> Result<String, TryReserveError>,
}

/// In the order in which the results are printed.
pub(crate) const ANALYSES: [Analysis; 5] = [
    Analysis {
        name: "lines",
        of: |text| Ok(lines(text).to_string()),
    },
    Analysis {
        name: "words",
        of: |text| Ok(words(text).count().to_string()),
    },
    Analysis {
        name: "distinct words",
        of: |text| Ok(distinct_words(text)?.to_string()),
    },
    Analysis {
        name: "entropy",
        of: |text| Ok(format!("{:.3} bits per byte", entropy(text))),
    },
    Analysis {
        name: "longest line",
        of: |text| match longest_line(text) {
            Some((number, length)) => Ok(format!("{length} bytes, line {number}")),
            None => Ok("none".to_string()),
        },
    },
];

/// The number of newlines, as `wc -l` has it.
fn lines(text: &[u8]) -> usize {
    text.iter().map(|&byte| usize::from(byte == b'\n')).sum()
}

/// Runs of bytes that are not ASCII white space.
fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|&byte| is_space(byte))
        .filter(|word| !word.is_empty())
}

/// Fails where they are more than memory holds.
fn distinct_words(text: &[u8]) -> Result<usize, TryReserveError> {
    let mut found = HashSet::new();
    for word in words(text) {
        found.try_reserve(1)?;
        found.insert(word);
    }
    Ok(found.len())
}

/// Space, and from tab to carriage return.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// The information in a byte, in bits, going by how often each value occurs: 8 where all are
/// equally frequent, 0 where there is only one.
fn entropy(text: &[u8]) -> f64 {
    let mut histogram = [0_u64; 256];
    for &byte in text {
        histogram[usize::from(byte)] += 1;
    }
    #[expect(clippy::cast_precision_loss, reason = "15 digits are enough")]
    let share = |count: u64| count as f64 / text.len() as f64;
    let shares = histogram.into_iter().filter(|&count| count > 0).map(share);
    shares.fold(0.0, |bits, share| bits - share * share.log2())
}

/// Number, from 1, and length, without its newline, of the first of the longest lines.
fn longest_line(text: &[u8]) -> Option<(usize, usize)> {
    let lines = text.split_inclusive(|&byte| byte == b'\n');
    let lengths = lines.map(|line| line.strip_suffix(b"\n").unwrap_or(line).len());
    (1..)
        .zip(lengths)
        .reduce(|longest, line| if line.1 > longest.1 { line } else { longest })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// Words and lines of all lengths, and bytes of every kind.
    fn text() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop_oneof![Just(b' '), Just(b'\n'), Just(b'a'), any::<u8>()];
        vec(byte, 0..300)
    }

    proptest! {
        #[test]
        fn lines_and_words_are_those_of_a_walk(text in text()) {
            let (mut newlines, mut found, mut word) = (0, Vec::new(), Vec::new());
            for byte in text.iter().copied().chain([b' ']) {
                newlines += usize::from(byte == b'\n');
                if b" \t\n\x0b\x0c\r".contains(&byte) {
                    if !word.is_empty() {
                        found.push(std::mem::take(&mut word));
                    }
                } else {
                    word.push(byte);
                }
            }
            prop_assert_eq!(lines(&text), newlines);
            prop_assert_eq!(words(&text).collect::<Vec<_>>(), found.iter().map(Vec::as_slice).collect::<Vec<_>>());
            prop_assert_eq!(distinct_words(&text).expect("there is memory"), found.into_iter().collect::<BTreeSet<_>>().len());
        }

        #[test]
        #[expect(clippy::cast_precision_loss, reason = "the numbers are small")]
        fn entropy_is_that_of_the_sorted_bytes(text in text()) {
            let mut sorted = text.clone();
            sorted.sort_unstable();
            let runs = sorted.chunk_by(|a, b| a == b).map(|run| run.len() as f64);
            let length = text.len() as f64;
            // The same by another formula.
            let expected = length.log2() - runs.map(|run| run * run.log2()).sum::<f64>() / length;
            let expected = if text.is_empty() { 0.0 } else { expected };
            prop_assert!((entropy(&text) - expected).abs() < 1e-9, "{} {expected}", entropy(&text));
        }

        #[test]
        fn the_longest_line_is_the_first_of_its_length(text in text()) {
            let mut lengths: Vec<usize> = text.split(|&byte| byte == b'\n').map(<[u8]>::len).collect();
            // After a newline at the end, there is no further line.
            if text.is_empty() || text.ends_with(b"\n") {
                lengths.pop();
            }
            let longest = lengths.iter().max();
            let expected = longest.and_then(|&longest| Some((lengths.iter().position(|&n| n == longest)? + 1, longest)));
            prop_assert_eq!(longest_line(&text), expected);
        }
    }

    #[test]
    fn entropy_goes_from_0_to_8_bits() {
        assert_eq!(format!("{:.3}", entropy(b"")), "0.000");
        assert_eq!(format!("{:.3}", entropy(b"aaaa")), "0.000");
        assert_eq!(format!("{:.3}", entropy(b"abab")), "1.000");
        assert_eq!(
            format!("{:.3}", entropy(&(0..=255).collect::<Vec<u8>>())),
            "8.000"
        );
    }
}
