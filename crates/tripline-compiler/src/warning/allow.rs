//! Warnings that an author has seen and means.

use tripline_message::text;
use tripline_spec::{Code, Diagnostics, RowSpec, Severity, did_you_mean};

use super::spot::warn;

/// What the labels begin with that allow a warning: `allow.W0406`.
const PREFIX: &str = "allow.";

/// Takes away the warnings that the labels of the row allow (L-DOC-15), and warns of labels that allow nothing.
pub(crate) fn allow(row: &RowSpec, diagnostics: &mut Diagnostics) {
    let mut allowed = Vec::new();
    for (label, reason) in &row.labels {
        let Some(id) = label.strip_prefix(PREFIX) else { continue };
        let code = Code::ALL.iter().find(|code| code.id() == id);
        let says = match code {
            Some(code) if code.severity() == Severity::Error => (
                text!("`{label}` allows an error, which cannot be allowed", label),
                text!("mend what {code} says, and take the label away", code = id),
            ),
            Some(_) if reason.trim().is_empty() => (
                text!("`{label}` does not say why", label),
                text!("write the reason as the value of the label"),
            ),
            Some(code) => {
                allowed.push(*code);
                continue;
            }
            None => {
                let warnings = Code::ALL.iter().filter(|code| code.severity() == Severity::Warning);
                let close = did_you_mean(id, warnings.map(|code| code.id()));
                (
                    text!("`{label}` allows a warning that does not exist", label),
                    close.map_or_else(
                        || text!("write the code of a warning, as in `allow.W0416`"),
                        |close| {
                            text!("did you mean `{close}`?", close = format!("{PREFIX}{close}"))
                        },
                    ),
                )
            }
        };
        let at = row.pointer.key("labels").key(label);
        warn(diagnostics, Code::AllowsNothing, &at, says);
    }
    diagnostics.retain(|found| !allowed.contains(&found.code));
}
