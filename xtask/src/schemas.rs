//! `cargo xtask schemas`: writes the published schemas anew, out of the types.

use std::fs;
use std::path::Path;

use anyhow::Context as _;

/// What stands before the reference of the configuration.
const REFERENCE: &str = "<!-- What follows is made by `cargo xtask schemas`. -->";

/// Writes `schemas/*.schema.json`, and `docs/configuration.md` from its mark on.
pub(crate) fn run() -> anyhow::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas");
    fs::create_dir_all(&folder)?;
    for (name, schema) in [
        ("rule", tripline::schema_rule()),
        ("row", tripline::schema_row()),
        ("output", tripline::schema_output()),
        ("config", tripline_cli::schema_config()),
    ] {
        let path = folder.join(format!("{name}.schema.json"));
        fs::write(&path, format!("{schema:#}\n"))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    reference()
}

/// Writes the reference of the configuration, which is the last part of its page.
fn reference() -> anyhow::Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/configuration.md");
    let page = fs::read_to_string(&path)?;
    let (before, _) = page.split_once(REFERENCE).context("the page has no mark")?;
    let text = format!("{before}{REFERENCE}\n\n{}\n", tripline_cli::config_reference().trim_end());
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
}
