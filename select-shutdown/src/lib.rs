//! One thread listens to several channels at once; a program that is told to stop loses nothing.
//!
//! Each module is a pattern, in a file that stands alone. The README of this folder shows the idea
//! in a short program, says which file to copy when, and what to watch out for.

#[cfg(unix)]
pub mod reload;
pub mod select;
pub mod shutdown;
#[cfg(unix)]
pub mod signals;
pub mod std_only;
pub mod ticker;
