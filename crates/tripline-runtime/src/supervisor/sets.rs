//! Members of sets that stand in rows, as the supervisor takes them in.

use std::collections::{BTreeMap, BTreeSet};

use tracing::{info, warn};
use tripline::{Key, RuleEdit, RuleSet, Timestamp, Value, set_member};
use tripline_rule_store::{SetListing, SetRow};

use super::Supervisor;
use super::log::one_line;

/// The members of sets, each with the first moment at which it is out.
type Sets = BTreeMap<String, BTreeMap<Key, Timestamp>>;

/// Members that come, change or, without a moment, go.
type Changed = Vec<(Key, Option<Timestamp>)>;

impl Supervisor {
    /// Takes in who is in which set; while that cannot be read, sets stay as they are.
    pub(super) fn take_in_sets(&mut self, listing: &SetListing) {
        if self.sets_problem != listing.problem {
            self.sets_problem.clone_from(&listing.problem);
            if let Some(problem) = &listing.problem {
                let line = one_line(&format!("{}: {problem}", listing.place));
                warn!("sets cannot be read, and stay as they are: {line}");
            }
        }
        if listing.problem.is_some() {
            return;
        }
        let edits = changes(&self.book.running().set, &listing.rows);
        let count: usize = edits.iter().map(|(_, members)| members.len()).sum();
        if count == 0 {
            return;
        }
        info!("{count} members of sets came, changed or went");
        let edits = edits.into_iter().map(|(set, members)| RuleEdit::Rows { set, members });
        self.book.apply(edits.collect());
    }
}

/// What a row says: a value, or a JSON array of several; nothing if it is no member.
#[must_use]
pub fn member_of_row(text: &str) -> Option<Key> {
    if text.starts_with('[')
        && let Ok(parts) = serde_json::from_str::<Vec<serde_json::Value>>(text)
    {
        let parts: Option<Vec<Value>> = parts.iter().map(value).collect();
        return parts.filter(|parts| !parts.is_empty()).and_then(|parts| set_member(&parts));
    }
    set_member(&[Value::from(text)])
}

fn value(json: &serde_json::Value) -> Option<Value> {
    Some(match json {
        serde_json::Value::Bool(value) => Value::Bool(*value),
        serde_json::Value::String(text) => Value::from(text.as_str()),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(integer) => Value::Int(integer),
            None => Value::Float(number.as_f64()?),
        },
        _ => return None,
    })
}

/// What is different in the rows from what a set of rules has.
fn changes(set: &RuleSet, rows: &[SetRow]) -> Vec<(String, Changed)> {
    let mut wanted = Sets::new();
    for row in rows {
        let Some(member) = member_of_row(&row.member) else { continue };
        let until = row.until_ms.map_or(Timestamp::MAX, Timestamp::from_millis);
        let members = wanted.entry(row.name.clone()).or_default();
        // Two rows may be one member, as `5` and `[5]`.
        let known = members.entry(member).or_insert(until);
        *known = until.max(*known);
    }
    let now: Sets = set
        .set_rows()
        .into_iter()
        .map(|(name, members)| (name.to_owned(), members.into_iter().collect()))
        .collect();
    let names: BTreeSet<&String> = wanted.keys().chain(now.keys()).collect();
    let nobody = BTreeMap::new();
    let all = names.into_iter().map(|name| {
        let (now, wanted) = (now.get(name).unwrap_or(&nobody), wanted.get(name).unwrap_or(&nobody));
        let come = wanted.iter().filter(|(member, until)| now.get(member) != Some(until));
        let come = come.map(|(member, until)| (member.clone(), Some(*until)));
        let gone = now.keys().filter(|member| !wanted.contains_key(member));
        let gone = gone.map(|member| (member.clone(), None));
        (name.clone(), come.chain(gone).collect::<Changed>())
    });
    all.filter(|(_, members)| !members.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_a_value_or_several() {
        let check = |text: &str, parts: &[Value]| {
            assert_eq!(member_of_row(text), set_member(parts), "{text}");
        };
        check("u1", &["u1".into()]);
        check("937166", &[937_166.into()]);
        check(r#"[937166, "1715"]"#, &[937_166.into(), 1715.into()]);
        check(r#"["a", true, 1.5]"#, &["a".into(), true.into(), 1.5.into()]);
        check("[half", &["[half".into()]);
        assert_eq!(member_of_row("[]"), None);
        assert_eq!(member_of_row("[null]"), None);
        assert_eq!(member_of_row("[[1]]"), None);
    }
}
