//! How outputs are written.

use tripline::{EncodedOutput, Output, OutputEncoder, RuleMeta};

/// Writes outputs as text; each shard has its own.
pub trait OutputFormat: Send {
    /// Appends an output to `text`, without a line's end; where its parts stand in `text`, or `None` if it is left out.
    fn write(
        &mut self,
        output: &Output<'_>,
        rule: &RuleMeta,
        text: &mut Vec<u8>,
    ) -> Option<EncodedOutput>;
}

/// Writes outputs as JSON lines (`schemas/output.schema.json`), or as the action of their rule has them.
#[derive(Debug, Default)]
pub struct JsonLines(OutputEncoder);

impl OutputFormat for JsonLines {
    fn write(
        &mut self,
        output: &Output<'_>,
        rule: &RuleMeta,
        text: &mut Vec<u8>,
    ) -> Option<EncodedOutput> {
        self.0.encode_for_action(output, rule, text)
    }
}
