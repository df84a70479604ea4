//! The pages of the codes, in Markdown: what the command line prints, and what stands in `docs/diagnostics`.

use std::fmt::Write as _;

use crate::code::{Code, Severity};
use crate::lang::Lang;

impl Code {
    /// All there is to say of it in a language, in Markdown.
    #[must_use]
    pub fn explain(self, lang: Lang) -> String {
        let mut page = format!("# {self}: {}\n", self.title_in(lang));
        self.write_body(&mut page, lang, true);
        page
    }

    /// Its page in `docs/diagnostics`: all in English, then the words in Chinese.
    #[must_use]
    pub fn page(self) -> String {
        let mut page = self.explain(Lang::En);
        // A `String` takes all that is written to it.
        let _written = writeln!(page, "\n## {}", self.title_in(Lang::Zh));
        self.write_body(&mut page, Lang::Zh, false);
        page
    }

    fn write_body(self, page: &mut String, lang: Lang, with_examples: bool) {
        let entry = self.entry();
        let mut paragraph = |text: &str| {
            page.push('\n');
            page.push_str(text.trim_end());
            page.push('\n');
        };
        paragraph(entry.about.get(lang));
        if let Some(examples) = entry.examples.filter(|_| with_examples) {
            if let Some(schema) = examples.event_schema {
                paragraph(match lang {
                    Lang::En => "The event schema:",
                    Lang::Zh => "事件结构：",
                });
                paragraph(&format!("```json\n{}\n```", schema.trim_end()));
            }
            let [wrong, right] = self.example_names(lang);
            for (name, example) in [(wrong, examples.wrong), (right, examples.right)] {
                paragraph(name);
                paragraph(&format!("```json\n{}\n```", example.trim_end()));
            }
        }
        if let Some(more) = entry.more {
            paragraph(more.get(lang));
        }
    }

    fn example_names(self, lang: Lang) -> [&'static str; 2] {
        match (self.severity(), lang) {
            (Severity::Error, Lang::En) => ["Wrong:", "Right:"],
            (Severity::Warning, Lang::En) => ["Doubtful:", "Better:"],
            (Severity::Error, Lang::Zh) => ["错误：", "正确："],
            (Severity::Warning, Lang::Zh) => ["有疑问：", "更好："],
        }
    }
}

/// The index of the pages, in Markdown.
#[must_use]
pub fn index() -> String {
    let mut index = String::from(
        "# Diagnostics\n\n\
         What `tripline validate-rule` says about a rule: `E` is an error, the rule cannot run; `W` is a warning, it runs, but perhaps not as meant.\n\
         `tripline validate-rule --explain E0203` prints a page, `--lang zh` in Chinese.\n\
         The pages are written by `cargo xtask diagnostics` out of the catalogue, `crates/tripline-message/src/catalogue`.\n\n\
         | code | about | 说明 |\n|---|---|---|\n",
    );
    for code in Code::ALL {
        let (en, zh) = (code.title(), code.title_in(Lang::Zh));
        // A `String` takes all that is written to it.
        let _written = writeln!(index, "| [{code}]({code}.md) | {en} | {zh} |");
    }
    index
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::path::Path;

    use super::index;
    use crate::code::Code;
    use crate::lang::Lang;

    #[test]
    fn pages_are_those_of_the_catalogue() {
        let mut expected: BTreeMap<String, String> =
            Code::ALL.iter().map(|code| (format!("{code}.md"), code.page())).collect();
        assert_eq!(expected.len(), Code::ALL.len(), "an id is used twice");
        expected.insert("README.md".to_owned(), index());
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/diagnostics");
        let found: BTreeMap<String, String> = fs::read_dir(folder)
            .expect("the folder can be read")
            .map(|entry| entry.expect("the entry can be read"))
            .map(|entry| {
                let text = fs::read_to_string(entry.path()).expect("the page can be read");
                (entry.file_name().to_string_lossy().into_owned(), text)
            })
            .collect();
        assert!(expected.keys().eq(found.keys()), "a page is missing, or one too many");
        for (name, text) in &expected {
            assert_eq!(found.get(name), Some(text), "{name}: `cargo xtask diagnostics` writes it");
        }
    }

    #[test]
    fn explains_in_both_languages() {
        let english = Code::WindowIgnored.explain(Lang::En);
        assert!(english.starts_with("# W0402: a window is ignored\n\nFlink ignores"), "{english}");
        assert!(english.contains("\nDoubtful:\n\n```json\n{\n"), "{english}");
        let chinese = Code::WindowIgnored.explain(Lang::Zh);
        assert!(chinese.starts_with("# W0402: 窗口被忽略\n\nFlink 忽略这个窗口"), "{chinese}");
        assert!(chinese.contains("\n有疑问：\n\n```json\n{\n"), "{chinese}");
    }
}
