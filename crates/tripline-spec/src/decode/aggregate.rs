//! Rules of type AGGREGATE.

use std::collections::BTreeMap;

use serde_json::{Number, Value};
use tripline_message::{Code, text};

use super::decoder::{Decoder, Fields};
use crate::diagnostic::Diagnostic;
use crate::json::{JsonKind, JsonNode};
use crate::pointer::Pointer;
use crate::spec::{
    AggregateFunctionSpec, AggregateSpec, AggregateWindowSpec, AggregateWindowTypeSpec as Window,
    DistinctModeSpec, EmitSpec, FunctionSpec, Keyword as _, TimeSpec, TopSpec,
};
use crate::suggest::shown;

const AGGREGATE_KEYS: [&str; 12] = [
    "name",
    "type",
    "version",
    "condition",
    "groupBy",
    "window",
    "aggregates",
    "having",
    "top",
    "emit",
    "every",
    "$schema",
];

/// Sliding windows are made of at most this many panes.
const MAX_PANES: i64 = 100_000;
/// The most groups of a window that rank.
const MAX_TOP: i64 = 1_000_000;
const MAX_NAME_CHARS: usize = 256;

impl Decoder {
    pub(super) fn aggregate(
        &mut self,
        node: &JsonNode,
        pointer: &Pointer,
    ) -> Option<AggregateSpec> {
        let fields = self.fields(node, pointer, &AGGREGATE_KEYS)?;
        let name = self.required(&fields, "name", Self::string);
        let version = self.format_version(&fields);
        let condition = self.optional(&fields, "condition", Self::condition);
        let group_by = self.optional(&fields, "groupBy", Self::names).unwrap_or_default();
        let window = self.required(&fields, "window", Self::aggregate_window);
        let aggregates = self.required(&fields, "aggregates", Self::aggregates);
        let having = self.optional(&fields, "having", Self::condition);
        let top = self.optional(&fields, "top", Self::top);
        let emit = self.optional(&fields, "emit", Self::keyword);
        let every =
            self.optional(&fields, "every", |decoder, node, pointer| decoder.length(node, pointer));
        let pointer = fields.pointer.clone();
        let spec = AggregateSpec {
            filter: AggregateSpec::filter_of(name?, version, condition, &pointer),
            group_by,
            window: window?,
            aggregates: aggregates?,
            having,
            top,
            emit,
            every,
            pointer,
        };
        self.check_top(&spec);
        self.check_emit(&spec, &fields);
        for name in spec.aggregates.keys().filter(|name| spec.group_by.contains(name)) {
            let at = fields.pointer.key("aggregates").key(name);
            let message = text!("`{name}` is also a field of `groupBy`", name);
            self.error(
                Code::WrongAggregate,
                &at,
                message,
                text!("give the aggregate another name"),
            );
        }
        Some(spec)
    }

    fn names(&mut self, node: &JsonNode, pointer: &Pointer) -> Option<Vec<String>> {
        self.array(node, pointer, Self::filled_string)
    }

    /// Reads a duration that is not zero.
    fn length(&mut self, node: &JsonNode, pointer: &Pointer) -> Option<TimeSpec> {
        let time = self.time(node, pointer)?;
        if time.size == 0 {
            let message = text!("a length of 0 makes no window");
            self.error(Code::WrongWindow, &pointer.key("size"), message, None);
            return None;
        }
        Some(time)
    }

    fn aggregate_window(
        &mut self,
        node: &JsonNode,
        pointer: &Pointer,
    ) -> Option<AggregateWindowSpec> {
        let fields = self.fields(node, pointer, &["type", "size", "slide", "gap", "timeZone"])?;
        let kind = self.required(&fields, "type", Self::keyword::<Window>)?;
        let (needed, unused): (&[&str], &[&str]) = match kind {
            Window::Tumbling => (&["size"], &["slide", "gap"]),
            Window::Sliding => (&["size", "slide"], &["gap"]),
            Window::Session => (&["gap"], &["size", "slide", "timeZone"]),
            Window::Trailing => (&["size"], &["slide", "gap", "timeZone"]),
        };
        for found in unused.iter().filter_map(|key| fields.find(key)) {
            self.means_nothing(&found.pointer, found.key, kind.spelling());
        }
        let mut length = |key: &str| {
            needed.contains(&key).then(|| {
                let found = self.must_have(&fields, key, fields.find(key))?;
                self.length(found.node, &found.pointer)
            })
        };
        let (size, slide, gap) = (length("size"), length("slide"), length("gap"));
        let time_zone = self.optional(&fields, "timeZone", Self::filled_string);
        let time_zone = time_zone.filter(|_| !unused.contains(&"timeZone"));
        // What is needed and could not be read has its diagnostic.
        if [&size, &slide, &gap].into_iter().any(|length| matches!(length, Some(None))) {
            return None;
        }
        let window = AggregateWindowSpec {
            kind,
            size: size.flatten(),
            slide: slide.flatten(),
            gap: gap.flatten(),
            time_zone,
            pointer: fields.pointer,
        };
        self.check_panes(&window)?;
        Some(window)
    }

    fn check_panes(&mut self, window: &AggregateWindowSpec) -> Option<()> {
        let (Some(size), Some(slide)) = (&window.size, &window.slide) else { return Some(()) };
        let (size_ms, slide_ms) = (size.to_millis().ok()?, slide.to_millis().ok()?);
        if slide_ms > size_ms {
            let message =
                text!("`slide` is longer than `size`, so that some events would be in no window");
            let hint = text!("make `slide` the shorter one, or use TUMBLING");
            self.error(Code::WrongWindow, &slide.pointer, message, hint);
            return None;
        }
        if size_ms / pane_ms(size_ms, slide_ms) > MAX_PANES {
            let message = text!(
                "the window is made of more than {limit} panes, each as long as what divides both `size` and `slide`",
                limit = MAX_PANES
            );
            self.error(Code::WrongWindow, &slide.pointer, message, text!("use a longer `slide`"));
            return None;
        }
        Some(())
    }

    fn aggregates(
        &mut self,
        node: &JsonNode,
        pointer: &Pointer,
    ) -> Option<BTreeMap<String, AggregateFunctionSpec>> {
        let JsonKind::Object(members) = &node.kind else {
            return self.wrong_type(text!("an object"), node, pointer);
        };
        if members.is_empty() {
            let message = text!("a rule of type `AGGREGATE` needs an aggregate");
            let hint = text!("add {example}", example = r#""n": {"function": "COUNT"}"#);
            self.error(Code::WrongAggregate, pointer, message, hint);
            return None;
        }
        let read: Vec<_> = members
            .iter()
            .map(|member| {
                let at = pointer.key(&member.name);
                let name = self.aggregate_name(&member.name, &at);
                let function = self.function(&member.value, &at);
                Some((name?, function?))
            })
            .collect();
        read.into_iter().collect()
    }

    /// The name of an aggregate is one that expressions can read.
    fn aggregate_name(&mut self, name: &str, pointer: &Pointer) -> Option<String> {
        let starts = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
        let goes_on = name.chars().all(|other| other.is_ascii_alphanumeric() || other == '_');
        if starts && goes_on && name.len() <= MAX_NAME_CHARS {
            return Some(name.to_owned());
        }
        let message = text!("`{name}` cannot be the name of an aggregate", name = shown(name));
        let hint = text!("use letters from a to z, digits and `_`, at most 256, no digit first");
        self.error(Code::WrongAggregate, pointer, message, hint);
        None
    }

    fn function(&mut self, node: &JsonNode, pointer: &Pointer) -> Option<AggregateFunctionSpec> {
        let fields = self.fields(node, pointer, &["function", "field", "mode", "percentile"])?;
        let function = self.required(&fields, "function", Self::keyword::<FunctionSpec>)?;
        let field = self.optional(&fields, "field", Self::filled_string);
        let mode = self.optional(&fields, "mode", Self::keyword::<DistinctModeSpec>);
        let percentile = self.optional(&fields, "percentile", Self::any);
        let is = |other| function == other;
        for (key, used) in [
            ("mode", is(FunctionSpec::CountDistinct)),
            ("percentile", is(FunctionSpec::Percentile)),
        ] {
            if let Some(found) = fields.find(key).filter(|_| !used) {
                self.means_nothing(&found.pointer, key, function.spelling());
            }
        }
        if field.is_none() && !is(FunctionSpec::Count) {
            if fields.find("field").is_none() {
                let at = fields.pointer.key("field");
                let message = text!("`{function}` needs `field`", function = function.spelling());
                self.error(
                    Code::WrongAggregate,
                    &at,
                    message,
                    text!("name the field to work it out of"),
                );
            }
            return None;
        }
        let percentile = match function {
            FunctionSpec::Percentile => Some(self.percentile(percentile, &fields)?),
            _ => None,
        };
        let mode = mode.filter(|_| is(FunctionSpec::CountDistinct));
        Some(AggregateFunctionSpec { function, field, mode, percentile, pointer: fields.pointer })
    }

    fn percentile(&mut self, value: Option<Value>, fields: &Fields<'_>) -> Option<Number> {
        let number = match value {
            Some(Value::Number(number)) => Some(number),
            _ => None,
        };
        let fits = |number: &Number| number.as_f64().is_some_and(|it| it > 0.0 && it <= 100.0);
        let number = number.filter(fits);
        if number.is_none() {
            let at = fields.pointer.key("percentile");
            let message =
                text!("`PERCENTILE` needs `percentile`, a number above 0 and at most 100");
            self.error(
                Code::WrongAggregate,
                &at,
                message,
                text!("add {example}", example = r#""percentile": 95"#),
            );
        }
        number
    }

    fn top(&mut self, node: &JsonNode, pointer: &Pointer) -> Option<TopSpec> {
        let fields = self.fields(node, pointer, &["n", "by", "per"])?;
        let n = self.required(&fields, "n", Self::integer);
        let by = self.required(&fields, "by", Self::filled_string);
        let per = self.optional(&fields, "per", Self::names).unwrap_or_default();
        let n = n?;
        if !(1..=MAX_TOP).contains(&n) {
            let message = text!("`n` of `top` must be from 1 to {limit}", limit = MAX_TOP);
            self.error(Code::WrongTop, &fields.pointer.key("n"), message, None);
            return None;
        }
        Some(TopSpec { n, by: by?, per, pointer: fields.pointer })
    }

    fn check_top(&mut self, spec: &AggregateSpec) {
        let Some(top) = &spec.top else { return };
        if !spec.aggregates.contains_key(&top.by) {
            let message =
                text!("`top` ranks by `{name}`, which is no aggregate", name = shown(&top.by));
            let hint = text!(
                "use one of {words}",
                words = tripline_message::Text::names(spec.aggregates.keys().map(String::as_str))
            );
            self.error(Code::WrongTop, &top.pointer.key("by"), message, hint);
        }
        for (index, field) in top.per.iter().enumerate() {
            if !spec.group_by.contains(field) {
                let at = top.pointer.key("per").index(index);
                let message =
                    text!("`per` names `{name}`, which is not in `groupBy`", name = shown(field));
                self.error(
                    Code::WrongTop,
                    &at,
                    message,
                    text!("add it to `groupBy`, or remove it"),
                );
            }
        }
        let closes = matches!(spec.window.kind, Window::Tumbling | Window::Sliding);
        if !closes || spec.emit() != EmitSpec::OnClose {
            let message =
                text!("`top` ranks the groups of a window that closes for all of them at once");
            let hint = text!("use TUMBLING or SLIDING with ON_CLOSE, or remove `top`");
            self.error(Code::WrongTop, &top.pointer, message, hint);
        }
    }

    fn check_emit(&mut self, spec: &AggregateSpec, fields: &Fields<'_>) {
        let at = fields.pointer.key("emit");
        let emit = spec.emit();
        if spec.window.kind == Window::Trailing && emit == EmitSpec::OnClose {
            let message = text!("a TRAILING window never closes: there is one for each event");
            let hint = text!("use ON_CROSSING, or ON_UPDATE for an output with each event");
            self.error(Code::WrongEmit, &at, message, hint);
        }
        if emit == EmitSpec::OnCrossing && spec.having.is_none() && fields.find("having").is_none()
        {
            let message = text!("ON_CROSSING needs `having`: it says what is crossed");
            self.error(Code::WrongEmit, &at, message, text!("add `{key}`", key = "having"));
        }
        if let Some(every) = &spec.every
            && emit != EmitSpec::OnUpdate
        {
            self.means_nothing(&every.pointer, "every", emit.spelling());
        }
    }

    /// Warns of a key that the word beside it gives no meaning.
    fn means_nothing(&mut self, pointer: &Pointer, key: &str, kind: &str) {
        let message = text!("`{key}` means nothing with `{kind}` and is ignored", key, kind);
        self.diagnostics.push(
            Diagnostic::new(Code::AggregateKeyIgnored, pointer, message)
                .with_hint(text!("remove it"))
                .at_key(),
        );
    }
}

/// How long the parts are that all windows are made of: the greatest common divisor.
fn pane_ms(size_ms: i64, slide_ms: i64) -> i64 {
    let (mut a, mut b) = (size_ms, slide_ms);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}
