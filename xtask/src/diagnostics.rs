//! `cargo xtask diagnostics`: writes the pages of the diagnostic codes anew, out of the catalogue.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use tripline::Code;

/// Writes `docs/diagnostics/*.md`.
pub(crate) fn run() -> anyhow::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/diagnostics");
    let pages = Code::ALL.iter().map(|code| (code.to_string(), code.page()));
    for (name, page) in pages.chain([("README".to_owned(), tripline::diagnostics_index())]) {
        let path = folder.join(format!("{name}.md"));
        fs::write(&path, page).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}
