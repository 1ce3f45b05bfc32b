//! What is merged when no file is named.

use crate::program::input::Source;

const COOKS: [(&str, &[&str]); 3] = [
    (
        "tea",
        &[
            "put the kettle on",
            "warm the pot",
            "pour the water on the leaves",
            "wait for three minutes",
            "pour the tea",
        ],
    ),
    (
        "toast",
        &[
            "slice the bread",
            "toast it on both sides",
            "butter it",
            "spread the marmalade",
            "cut it in two",
        ],
    ),
    (
        "eggs",
        &[
            "heat the pan",
            "break the eggs",
            "stir them",
            "add salt and pepper",
            "put them on a plate",
        ],
    ),
];

/// Three cooks at work: each does one thing after the other, and nobody knows who comes first.
pub(crate) fn breakfast() -> Vec<Source> {
    let cooks = COOKS.iter().map(|(cook, steps)| {
        let lines = steps.iter().map(move |step| format!("{cook}:{step}\n"));
        Box::new(lines.map(|line| Ok(line.into_bytes()))) as Source
    });
    cooks.collect()
}
