//! Functions that other languages have and this one has not, and what to write instead.

use tripline_message::{Text, text};

/// What to write instead of a function that is known elsewhere and not here.
pub(super) fn instead_of(name: &str) -> Option<Text> {
    let one = |example: &str| text!("write `{example}`", example);
    let two = |example: &str, other: &str| text!("write `{example}` or `{other}`", example, other);
    let lowered = name.to_ascii_lowercase();
    Some(match lowered.as_str() {
        "substr" | "substring" | "left" | "right" | "mid" => {
            text!("write `slice(text, from, to)`, which counts from 0")
        }
        "instr" | "position" | "locate" | "charindex" => {
            text!("write `index_of(text, 'part')`, which counts from 0")
        }
        "now" | "sysdate" | "current_timestamp" | "current_date" | "unix_timestamp" => {
            text!("a condition knows no clock; `ts` is the time of the event")
        }
        "is_def" | "isnull" | "is_null" => two("field == nil", "field != nil"),
        "if" | "iff" | "iif" | "case" => one("condition ? x : y"),
        "like" | "ilike" | "regexp_like" => text!(
            "write `{example}`, or `{other}`",
            example = "field matches '.*text.*'",
            other = "contains(field, 'text')"
        ),
        "len" => {
            text!("write `{example}`, or `{other}`", example = "length(text)", other = "size(node)")
        }
        "boolean" => one("field == true"),
        "rand" | "random" | "uuid" => {
            text!("a condition gives the same answer whenever it is asked")
        }
        "mod" => one("x % y"),
        "exp" => one("pow(2.718281828459045, x)"),
        "log" => two("ln(x)", "log10(x)"),
        "cast" | "convert" | "to_number" => two("double(x)", "str(x)"),
        "split"
        | "join"
        | "replace"
        | "regexp_replace"
        | "string.split"
        | "string.join"
        | "string.replace"
        | "string.replace_all"
        | "string.replace_first" => text!(
            "no function makes such texts and lists: ask with `contains`, `starts_with` or `matches`"
        ),
        "sin" | "cos" | "tan" | "math.sin" | "math.cos" | "math.tan" => text!(
            "there are no angles: the condition `WithinDistance` knows distances, a condition plugin may know the rest"
        ),
        "day_of_week" | "dayofweek" => {
            text!("write `weekday(ts)`, which is 1 on Monday and 7 on Sunday")
        }
        "day_of_month" | "dayofmonth" => one("day(ts)"),
        "datediff" | "timestampdiff" | "date_diff" => {
            two("ts - node[0].ts < 1h", "day_number(ts) - day_number(node[0].ts)")
        }
        "date_to_string" | "string_to_date" | "to_date" | "date_format" => {
            two("date(ts, 'Asia/Shanghai')", "timestamp('…')")
        }
        "map" | "filter" | "reduce" | "sort" | "lambda" | "empty" | "list" | "set" => lists(),
        other if other.starts_with("seq.") => lists(),
        _ => return None,
    })
}

fn lists() -> Text {
    text!(
        "the lists there are come from nodes and arrays: `sum(node.field)`, `value in node.field`, `sum(items[].price)`"
    )
}
