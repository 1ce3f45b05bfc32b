//! What the READMEs, the examples and the documentation say is true.

mod book;
#[cfg(unix)]
mod idioms;
#[cfg(unix)]
mod programs;
#[cfg(unix)]
mod readmes;
mod rustdoc;
