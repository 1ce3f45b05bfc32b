//! Writes `patterns.rs`: the pattern files as they are, each in a module where `std` and
//! `crossbeam_channel` are the model's.

use std::fmt::Write;
use std::path::Path;
use std::{env, error::Error, fs};

#[allow(dead_code, unreachable_pub, reason = "it belongs to the library")]
#[path = "src/patterns.rs"]
mod patterns;

fn main() -> Result<(), Box<dyn Error>> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/patterns.rs");
    let mut code = String::new();
    for member in patterns::members(&workspace)? {
        let src = workspace.join(&member).join("src");
        println!("cargo::rerun-if-changed={}", src.display());
    }
    let patterns = patterns::patterns(&workspace)?;
    for patterns in patterns.chunk_by(|a, b| a.member == b.member) {
        writeln!(code, "pub mod {} {{", patterns[0].member.replace('-', "_"))?;
        let modelled = patterns.iter().filter(|p| p.not_modelled().is_none());
        for pattern in modelled {
            let (tasks, tokio) = if pattern.has_tasks() {
                (
                    "#[cfg(feature = \"shuttle-tokio\")]",
                    "use ::shuttle_tokio as tokio;",
                )
            } else {
                ("", "")
            };
            let (name, body) = (&pattern.name, pattern.body());
            // The header stays away: only at its very beginning may a file have one.
            writeln!(
                code,
                "{tasks} pub mod {name} {{\n\
                 use ::verify::model::crossbeam_channel;\n\
                 use ::verify::model::std;\n\
                 {tokio}\n\
                 {body}\n}}"
            )?;
        }
        writeln!(code, "}}")?;
    }
    fs::write(Path::new(&env::var("OUT_DIR")?).join("patterns.rs"), code)?;
    Ok(())
}
