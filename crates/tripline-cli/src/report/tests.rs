use super::excerpt::Excerpt;
use super::{Look, not_utf8, printable, write_findings};
use crate::lang::Lang;
use tripline::{Diagnostics, FieldTable, Registry, compile_rule};

/// The report about a rule's text, plain.
fn report(text: &str, lang: Lang) -> String {
    let check = compile_rule(text, &Registry::with_builtins(), &mut FieldTable::new());
    render(text, &check.diagnostics, lang, Look::Plain)
}

fn render(text: &str, diagnostics: &Diagnostics, lang: Lang, look: Look) -> String {
    let mut out = Vec::new();
    write_findings(&mut out, "r.json", text, diagnostics, lang, look).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn shows_the_line_with_a_caret() {
    let text =
        "{\"name\": \"r\",\n \"nodes\": [{\"name\": \"a\", \"type\": \"ATOMC\"}],\n \"edges\": []}";
    let expected = "\
error[E0107] (docs/diagnostics/E0107.md)

  x unknown word `ATOMC`
   ,-[r.json:2:34]
 2 |  \"nodes\": [{\"name\": \"a\", \"type\": \"ATOMC\"}],
   :                                  ^^^^^^^
   `----

  help: did you mean `ATOMIC`?

";
    assert_eq!(report(text, Lang::En), expected);
    let chinese = report(text, Lang::Zh);
    assert!(chinese.starts_with("错误[E0107] (docs/diagnostics/E0107.md)\n"));
    assert!(chinese.contains("\n  建议: 是不是想写 `ATOMIC`？\n"));
}

/// The columns of a text on a terminal, for the characters of these tests.
fn columns(text: &str) -> usize {
    text.chars().map(|c| if c >= '\u{2e80}' { 2 } else { 1 }).sum()
}

#[test]
fn wide_characters_do_not_shift_the_caret() {
    for name in ["abc", "购物车", "🛒🛒", "a购🛒b", "👨\u{200d}👩\u{200d}👧", "❤\u{fe0f}x", "👍🏽"]
    {
        let text = format!(
            "{{\"name\":\"{name}\",\"nodes\":[{{\"name\":\"a\",\"type\":\"ATOMC\"}}],\"edges\":[]}}"
        );
        let report = report(&text, Lang::En);
        let line = report.lines().find(|line| line.contains("ATOMC\"}")).unwrap();
        let carets = report.lines().find(|line| line.contains('^')).unwrap();
        let (before, _) = line.split_once("\"ATOMC\"").unwrap();
        assert_eq!(columns(before), carets.find('^').unwrap(), "{report}");
        assert_eq!(carets.matches('^').count(), 7, "{report}");
        assert!(!line.contains(['\u{200d}', '\u{fe0f}', '🏽']));
    }
}

#[test]
fn a_long_line_is_cut() {
    let long = "长".repeat(100_000);
    let text = format!(
        "{{\"x\":\"{long}\",\"name\":\"r\",\"nodes\":[{{\"name\":\"{long}\",\"type\":\"ATOMIC\"}}],\"edges\":{{}}}}"
    );
    let report = report(&text, Lang::En);
    assert!(report.contains("E0106") && report.contains("W0101"));
    assert!(report.len() < 8_000, "{}", report.len());
    assert!(report.contains("..."));
}

#[test]
fn cuts_around_the_place() {
    let check = |text: &str, span: std::ops::Range<usize>, line: &str, marked: &str| {
        let excerpt = Excerpt::new(text, span);
        assert_eq!(excerpt.text(), line);
        assert_eq!(excerpt.text().get(excerpt.mark()), Some(marked));
    };
    check("one\ntwo\nthree", 4..7, "two", "two");
    check("one\r\ntwo\r\n", 5..7, "two", "tw");
    check("one\ntwo", 3..3, "one ", " ");
    check("one\ntwo", 7..7, "two ", " ");
    check("one\ntwo", 99..120, "two ", " ");
    check("one\ntwo", 1..6, "one\ntw", "ne");
    check("{\n a\n b\n c\n d\n}", 0..15, "{\n a\n b\n c", "{");
    check("", 0..0, " ", " ");
    check("\n", 0..1, " ", " ");
    check("\u{feff}{}", 3..5, "{}", "{}");
    check("a\tb\u{1b}[31m", 2..3, "a b?[31m", "b");
    // Inside of a character.
    check("购物", 1..2, "购物", "购");
    let line =
        |before: usize, after: usize| format!("{}X{}", "a".repeat(before), "b".repeat(after));
    // A line that fits is shown whole, wherever the place is.
    check(&line(80, 7), 80..81, &line(80, 7), "X");
    check(&line(0, 87), 0..1, &line(0, 87), "X");
    let shown = format!("...{}...", line(42, 45));
    check(&line(60, 100), 60..61, &shown, "X");
    check(&line(60, 100), 60..161, &shown, &line(0, 45));
    check(&line(100, 7), 100..101, &format!("...{}", line(80, 7)), "X");
    check(&line(7, 100), 7..8, &format!("{}...", line(7, 80)), "X");
    let object = format!("{{{}}}", "a".repeat(100));
    check(&object, 0..102, &format!("{{{}...", "a".repeat(87)), "{");
    check("[{ab}]", 1..5, "[{ab}]", "{ab}");
    check("[{ab,\nc}]", 1..8, "[{ab,\nc}", "{");
    let wide = "长".repeat(100);
    let shown = format!("...{}...", "长".repeat(44));
    check(&wide, 150..153, &shown, "长");
}

#[test]
fn what_stands_in_a_rule_does_not_steer_the_terminal() {
    assert_eq!(printable("a\u{1b}[2Jb\nc\u{202e}d"), "a?[2Jb c?d");
    let text = "{\"name\":\"r\",\"nodes\":[{\"name\":\"\\u001b[2J\",\"type\":\"ATOMIC\",\"x\":1}],\
                \"edges\":[{\"source\":\"\\u001b[2J\",\"target\":\"\\u0007\",\"type\":\"STRICT\"}]}";
    let report = report(text, Lang::En);
    assert!(report.contains("E0203"), "{report}");
    assert!(!report.contains(['\u{1b}', '\u{7}']), "{report:?}");
    // Colours are our own.
    let check = compile_rule("{", &Registry::with_builtins(), &mut FieldTable::new());
    assert!(render("{", &check.diagnostics, Lang::En, Look::Fancy).contains("\u{1b}["));
}

#[test]
fn points_at_the_byte_that_is_not_utf8() {
    let text = String::from_utf8_lossy(b"{\n \"\xff\"}");
    let report = render(&text, &not_utf8(&text, 4), Lang::En, Look::Plain);
    assert!(report.contains("r.json:2:3"), "{report}");
    assert!(report.contains("  \"\u{fffd}\"}\n   :   ^\n"), "{report}");
}
