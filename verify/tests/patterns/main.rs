//! What is checked of the pattern files as texts, and of the model that they run over.

mod model;
mod must_not_compile;
mod pasted_alone;
mod promises;
