//! The arrays of `java.util.PriorityQueue`, exactly.
//!
//! Flink keeps the runs of a key in a priority queue by start event and walks it in *array* order, so with a skip
//! strategy the layout of the array decides which match survives (SEMANTICS "The step, exactly").
//! Only the operations that Flink uses, on a plain vector.

#![expect(clippy::indexing_slicing, reason = "positions are below the length by construction")]

/// What orders a heap; the smallest comes first.
pub(crate) trait Rank {
    /// The start event's arrival number; the start state, which has none, comes last.
    fn rank(&self) -> u64;
}

/// `PriorityQueue.add`.
pub(crate) fn add<T: Rank>(heap: &mut Vec<T>, item: T) {
    heap.push(item);
    let mut at = heap.len() - 1;
    while at > 0 {
        let parent = (at - 1) / 2;
        if heap[at].rank() >= heap[parent].rank() {
            break;
        }
        heap.swap(at, parent);
        at = parent;
    }
}

/// `PriorityQueue.poll`.
pub(crate) fn poll<T: Rank>(heap: &mut Vec<T>) -> Option<T> {
    let last = heap.len().checked_sub(1)?;
    heap.swap(0, last);
    let first = heap.pop();
    sift_down(heap, 0);
    first
}

/// `PriorityQueue.removeIf` and `removeAll`: the rest moves up in order, and is heapified only if something went.
pub(crate) fn remove_if<T: Rank>(heap: &mut Vec<T>, mut remove: impl FnMut(&mut T) -> bool) {
    let before = heap.len();
    heap.retain_mut(|item| !remove(item));
    if heap.len() < before {
        for at in (0..heap.len() / 2).rev() {
            sift_down(heap, at);
        }
    }
}

fn sift_down<T: Rank>(heap: &mut [T], mut at: usize) {
    let length = heap.len();
    while at < length / 2 {
        let left = 2 * at + 1;
        let right = left + 1;
        let least =
            if right < length && heap[left].rank() > heap[right].rank() { right } else { left };
        if heap[at].rank() <= heap[least].rank() {
            break;
        }
        heap.swap(at, least);
        at = least;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Rank for (u64, char) {
        fn rank(&self) -> u64 {
            self.0
        }
    }

    fn text(heap: &[(u64, char)]) -> String {
        heap.iter().map(|item| item.1).collect()
    }

    #[test]
    fn equal_ranks_keep_the_layout_of_java() {
        let mut heap = Vec::new();
        for name in "abcd".chars() {
            add(&mut heap, (1, name));
        }
        assert_eq!(text(&heap), "abcd");
        // The last element goes to the root, so of equals the order is a, d, c, b: the "a b+ c" of SEMANTICS.
        let mut polled = String::new();
        while let Some(item) = poll(&mut heap) {
            polled.push(item.1);
        }
        assert_eq!(polled, "adcb");
    }

    #[test]
    fn a_smaller_one_rises_and_removal_heapifies() {
        let mut heap = Vec::new();
        for (rank, name) in [(5, 'a'), (3, 'b'), (4, 'c'), (1, 'd'), (2, 'e')] {
            add(&mut heap, (rank, name));
        }
        assert_eq!(text(&heap), "decab");
        remove_if(&mut heap, |item| item.1 == 'x');
        assert_eq!(text(&heap), "decab", "nothing removed, nothing moved");
        remove_if(&mut heap, |item| item.1 == 'd');
        assert_eq!(text(&heap), "ebac");
    }
}
