//! `cargo xtask schemas`: writes the published schemas anew, out of the types.

use std::fs;
use std::path::Path;

use anyhow::Context as _;

/// Writes `schemas/*.schema.json`.
pub(crate) fn run() -> anyhow::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas");
    fs::create_dir_all(&folder)?;
    for (name, schema) in [
        ("rule", tripline::schema_rule()),
        ("row", tripline::schema_row()),
        ("output", tripline::schema_output()),
    ] {
        let path = folder.join(format!("{name}.schema.json"));
        fs::write(&path, format!("{schema:#}\n"))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}
