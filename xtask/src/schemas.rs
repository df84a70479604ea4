//! `cargo xtask schemas`: writes the published schemas anew, and the reference of conditions, out of the types.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use tripline::Registry;

/// What stands before the reference of the configuration.
const REFERENCE: &str = "<!-- What follows is made by `cargo xtask schemas`. -->";

/// Between these marks `docs/plugins.md` is written by this chore.
const BEGIN: &str = "<!-- conditions: written by `cargo xtask schemas` -->";
const END: &str = "<!-- conditions: end -->";

/// Writes `schemas/*.schema.json`, what `docs/plugins.md` says of the shipped conditions, and
/// `docs/configuration.md` from its mark on.
pub(crate) fn run() -> anyhow::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas");
    fs::create_dir_all(&folder)?;
    for (name, schema) in [
        ("rule", tripline::schema_rule()),
        ("row", tripline::schema_row()),
        ("output", tripline::schema_output()),
        ("config", tripline_cli::schema_config()),
        ("status", tripline_server::schema_status()),
        ("conditions", tripline::schema_conditions(&Registry::with_builtins())),
    ] {
        let path = folder.join(format!("{name}.schema.json"));
        fs::write(&path, format!("{schema:#}\n"))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    write_reference(&folder.join("../docs/plugins.md"))?;
    metrics(&folder.join("../docs/operations.md"))?;
    connectors(&folder.join("../docs/connectors"))?;
    reference()
}

/// Writes the pages of sources and sinks.
fn connectors(folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder)?;
    for (name, page) in tripline_cli::connector_pages() {
        let path = folder.join(format!("{name}.md"));
        fs::write(&path, page).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// Writes the table of metrics.
fn metrics(path: &Path) -> anyhow::Result<()> {
    let page = fs::read_to_string(path)?;
    let begin = "<!-- metrics: written by `cargo xtask schemas` -->";
    let end = "<!-- metrics: end -->";
    let (before, rest) = page.split_once(begin).context("the page has no mark of the beginning")?;
    let (_, after) = rest.split_once(end).context("the page has no mark of the end")?;
    let table = tripline_server::metrics_reference();
    fs::write(path, format!("{before}{begin}\n\n{table}\n{end}{after}"))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// Writes the reference of the configuration, which is the last part of its page.
fn reference() -> anyhow::Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/configuration.md");
    let page = fs::read_to_string(&path)?;
    let (before, _) = page.split_once(REFERENCE).context("the page has no mark")?;
    let text = format!("{before}{REFERENCE}\n\n{}\n", tripline_cli::config_reference().trim_end());
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn write_reference(path: &Path) -> anyhow::Result<()> {
    let page = fs::read_to_string(path)?;
    let (before, rest) = page.split_once(BEGIN).context("the page has no mark of the beginning")?;
    let (_, after) = rest.split_once(END).context("the page has no mark of the end")?;
    let reference = tripline::conditions_reference();
    fs::write(path, format!("{before}{BEGIN}\n\n{reference}\n{END}{after}"))
        .with_context(|| format!("cannot write {}", path.display()))
}
