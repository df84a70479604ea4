//! Field paths as they are written: `detail.items[0].price`, `tags[]`, `items[].price`.

/// One step from a JSON value to one inside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'p> {
    /// `.name`.
    Member(&'p str),
    /// `[2]`.
    Item(usize),
    /// `[]`: all items.
    Items,
}

/// The steps of a path; nothing if it cannot be read as such, and is the literal name of a member.
///
/// Behind `[]` come only names, so that a list is flat.
#[must_use]
pub fn steps(path: &str) -> Option<Vec<Step<'_>>> {
    let mut steps = Vec::new();
    let mut lists = false;
    for part in path.split('.') {
        let (name, mut brackets) = part.split_at(part.find('[').unwrap_or(part.len()));
        if name.is_empty() && !brackets.is_empty() {
            return None;
        }
        steps.push(Step::Member(name));
        while !brackets.is_empty() {
            let (index, rest) = brackets.strip_prefix('[')?.split_once(']')?;
            if lists {
                return None;
            }
            lists = index.is_empty();
            let digits = index.bytes().all(|byte| byte.is_ascii_digit());
            steps.push(match index {
                "" => Step::Items,
                index if digits => Step::Item(index.parse().ok()?),
                _ => return None,
            });
            brackets = rest;
        }
    }
    Some(steps)
}

#[cfg(test)]
mod tests {
    use super::Step::{Item, Items, Member};
    use super::steps;

    #[test]
    fn paths_are_names_and_places_in_arrays() {
        assert_eq!(steps("a.b"), Some(vec![Member("a"), Member("b")]));
        assert_eq!(steps("a..b"), Some(vec![Member("a"), Member(""), Member("b")]));
        assert_eq!(steps("a[0][12].b"), Some(vec![Member("a"), Item(0), Item(12), Member("b")]));
        assert_eq!(
            steps("a.b[].c.d"),
            Some(vec![Member("a"), Member("b"), Items, Member("c"), Member("d"),])
        );
        for literal in
            ["[0]", "a[", "a[x]", "a[0]b", "a[-1]", "a[][0]", "a[].b[]", "a[99999999999999999999]"]
        {
            assert_eq!(steps(literal), None, "{literal}");
        }
    }
}
