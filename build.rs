//! Embeds every catalog file, so that adding a release is adding a file.

use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("assets/catalog/releases");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files = fs::read_dir(&folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yml"));
    files.sort();
    let mut code = String::from("pub(super) const RELEASE_FILES: &[(&str, &str)] = &[\n");
    for file in files {
        let name = file.file_name().ok_or("a file without a name")?;
        writeln!(
            code,
            "    ({:?}, include_str!({:?})),",
            name.display().to_string(),
            file.display().to_string()
        )?;
    }
    code.push_str("];\n");
    let target = PathBuf::from(env::var("OUT_DIR")?).join("catalog.rs");
    fs::write(target, code)?;
    Ok(())
}
