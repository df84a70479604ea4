//! Which rules see an event first: those that change a set before those that ask for it.
//!
//! A graph of rules and sets: from a rule to the sets that it changes, from a set to the rules that ask for it, and from
//! an aggregate to the rules that ask for its values. Rules in a circle have their turn together; as sets change once a
//! phase is over, each of them finds the sets as those outside of the circle have left them.

#![expect(clippy::indexing_slicing, reason = "numbers of nodes are issued here")]

use tripline_condition::Ask;

use super::RuleSet;

/// The phase of each rule by slot; empty if all have the same.
pub(super) fn phases(set: &RuleSet) -> Vec<u16> {
    let sets = set.fields().sets().count();
    if sets == 0 {
        return Vec::new();
    }
    let slots = set.slots();
    let mut graph = Graph { next: vec![Vec::new(); slots + sets], slots };
    for rule in set.rules() {
        let slot = rule.slot();
        for written in rule.writer.iter().flat_map(|writer| writer.sets()) {
            graph.link(slot, slots + written.index());
        }
        for ask in &rule.asks {
            match ask {
                Ask::Set(asked) => graph.link(slots + asked.index(), slot),
                Ask::Stat(stat) => {
                    if let Some((asked, _)) = set.asked(rule, *stat) {
                        graph.link(asked.slot(), slot);
                    }
                }
            }
        }
    }
    let mut phases = graph.phases();
    phases.truncate(slots);
    if phases.iter().all(|phase| *phase == 0) { Vec::new() } else { phases }
}

struct Graph {
    next: Vec<Vec<usize>>,
    /// From here on nodes are sets.
    slots: usize,
}

impl Graph {
    fn link(&mut self, from: usize, to: usize) {
        if to < self.next.len() {
            self.next[from].push(to);
        }
    }

    /// For each node the largest number of sets on a way to it, circles counted as one.
    fn phases(&self) -> Vec<u16> {
        let order = self.finished();
        let circle = self.circles(&order);
        let count = circle.iter().max().map_or(0, |most| most + 1);
        let mut of_circle = vec![0_u16; count];
        // Whoever changes a set of a circle from outside comes before those in it.
        let mut sizes = vec![0_usize; count];
        circle.iter().for_each(|&number| sizes[number] += 1);
        // Circles are numbered so that links lead to the same or a later one.
        let mut by_circle: Vec<Vec<usize>> = vec![Vec::new(); count];
        for (node, &number) in circle.iter().enumerate() {
            by_circle[number].push(node);
        }
        for (number, nodes) in by_circle.iter().enumerate() {
            for &node in nodes {
                for &to in &self.next[node] {
                    if circle[to] != number {
                        let enters = to >= self.slots && sizes[circle[to]] > 1;
                        let step = u16::from(node >= self.slots || enters);
                        let phase = of_circle[number].saturating_add(step);
                        of_circle[circle[to]] = of_circle[circle[to]].max(phase);
                    }
                }
            }
        }
        circle.iter().map(|&number| of_circle[number]).collect()
    }

    /// The nodes, each after all that it leads to, but for circles.
    fn finished(&self) -> Vec<usize> {
        let mut seen = vec![false; self.next.len()];
        let mut order = Vec::with_capacity(self.next.len());
        let mut stack: Vec<(usize, usize)> = Vec::new();
        for start in 0..self.next.len() {
            if std::mem::replace(&mut seen[start], true) {
                continue;
            }
            stack.push((start, 0));
            while let Some((node, at)) = stack.pop() {
                match self.next[node].get(at) {
                    None => order.push(node),
                    Some(&to) => {
                        stack.push((node, at + 1));
                        if !std::mem::replace(&mut seen[to], true) {
                            stack.push((to, 0));
                        }
                    }
                }
            }
        }
        order
    }

    /// The number of each node's circle, or of itself alone (Kosaraju): later ones lead to none before.
    fn circles(&self, finished: &[usize]) -> Vec<usize> {
        let mut back: Vec<Vec<usize>> = vec![Vec::new(); self.next.len()];
        for (from, next) in self.next.iter().enumerate() {
            for &to in next {
                back[to].push(from);
            }
        }
        let mut circle = vec![usize::MAX; self.next.len()];
        let (mut number, mut stack) = (0, Vec::new());
        for &start in finished.iter().rev() {
            if circle[start] != usize::MAX {
                continue;
            }
            stack.push(start);
            circle[start] = number;
            while let Some(node) = stack.pop() {
                for &from in &back[node] {
                    if circle[from] == usize::MAX {
                        circle[from] = number;
                        stack.push(from);
                    }
                }
            }
            number += 1;
        }
        circle
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rules 0 to `rules`, then sets.
    fn check(rules: usize, nodes: usize, links: &[(usize, usize)], expected: &[u16]) {
        let mut graph = Graph { next: vec![Vec::new(); nodes], slots: rules };
        for &(from, to) in links {
            graph.link(from, to);
        }
        assert_eq!(graph.phases()[..rules], *expected, "{links:?}");
    }

    #[test]
    fn who_writes_comes_before_who_asks() {
        check(2, 3, &[], &[0, 0]);
        // Rule 1 writes set 2, and rule 0 asks for it.
        check(2, 3, &[(1, 2), (2, 0)], &[1, 0]);
        // A chain over two sets, and a short cut.
        check(3, 5, &[(0, 3), (3, 1), (1, 4), (4, 2), (3, 2)], &[0, 1, 2]);
        // One that asks for its own set, and another that asks for it too.
        check(2, 3, &[(0, 2), (2, 0), (2, 1)], &[0, 1]);
        // The same after one that only writes.
        check(3, 4, &[(0, 3), (1, 3), (3, 1), (3, 2)], &[0, 1, 2]);
        // A circle of two, after a writer and before an asker.
        check(
            4,
            8,
            &[(3, 4), (4, 0), (0, 5), (5, 1), (1, 6), (6, 0), (1, 7), (7, 2)],
            &[1, 1, 2, 0],
        );
        // An asked aggregate, which asks for a set itself, is not after the pattern.
        check(3, 4, &[(0, 3), (3, 1), (1, 2)], &[0, 1, 1]);
    }
}
