//! The asked-for field paths as a tree of member names and places in arrays.

use super::path::{Step, steps};

/// How many names and indexes a path may have: how many levels `serde_json` allows.
const MAX_DEPTH: usize = 127;

/// Position in the values of an event.
pub(super) type Slot = usize;

/// Up to this many asked-for members of one object are looked through one by one, which is quicker than a binary
/// search: its branches cannot be foreseen.
const FEW: usize = 16;

/// The asked-for members of one object, ordered by length of the name, then by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Members(Vec<Member>);

/// One asked-for member.
#[derive(Clone, Debug)]
pub(super) struct Member {
    name: Box<str>,
    pub(super) place: Place,
}

/// What is asked for of one JSON value.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    pub(super) target: Target,
    /// As part of an item: the number of the list that the value goes to.
    pub(super) list: Option<usize>,
    /// What is asked for inside it, if it is an object.
    pub(super) members: Members,
    /// What is asked for inside it, if it is an array.
    pub(super) items: Option<Box<Items>>,
}

/// Where a value goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Target {
    /// Nowhere: only something inside it is asked for.
    #[default]
    Nowhere,
    /// To a slot.
    Slot(Slot),
    /// To the slot of a path, which is the literal name of the member: before what is found by descending.
    Literal(Slot),
}

/// What is asked for of the items of one array.
#[derive(Clone, Debug, Default)]
pub(super) struct Items {
    /// Items asked for by index, in ascending order; each also asks for what `each` does.
    single: Vec<(usize, Place)>,
    /// What is asked for of each item: parts of lists, and nothing else.
    pub(super) each: Place,
    /// The slots of the lists, by number.
    pub(super) lists: Vec<Slot>,
}

impl Items {
    /// What is asked for of the item of this index; nothing of one that nobody asks for.
    pub(super) fn of(&self, index: usize) -> Option<&Place> {
        let single = self.single.iter().find(|(asked, _)| *asked == index);
        single.map(|(_, place)| place).or_else(|| (!self.lists.is_empty()).then_some(&self.each))
    }

    fn at(&mut self, index: usize) -> &mut Place {
        let at = match self.single.binary_search_by_key(&index, |(asked, _)| *asked) {
            Ok(at) => at,
            Err(at) => {
                self.single.insert(at, (index, self.each.clone()));
                at
            }
        };
        #[expect(clippy::indexing_slicing, reason = "found or inserted there just now")]
        &mut self.single[at].1
    }

    /// Asks for the list of the values that `names` lead to in each item.
    fn add_list(&mut self, names: &[Step<'_>], slot: Slot) {
        let number = self.lists.len();
        self.lists.push(slot);
        for place in self.single.iter_mut().map(|(_, place)| place).chain([&mut self.each]) {
            place.descend(names).list = Some(number);
        }
    }
}

impl Place {
    /// The place that names and indexes lead to from here.
    fn descend(&mut self, steps: &[Step<'_>]) -> &mut Self {
        let mut place = self;
        for step in steps {
            place = match step {
                Step::Member(name) => place.members.entry(name),
                Step::Item(index) => place.items.get_or_insert_default().at(*index),
                // A path has at most one, and that is not descended to.
                Step::Items => place,
            };
        }
        place
    }

    /// Whether anything inside it is asked for.
    pub(super) fn asks_inside(&self) -> bool {
        !self.members.0.is_empty() || self.items.is_some()
    }

    /// Calls `each` for the targets on every level below, and the numbers of lists.
    ///
    /// Recursion is bounded as the paths are, by [`MAX_DEPTH`].
    pub(super) fn for_each_inside(&self, each: &mut dyn FnMut(Target, Option<usize>)) {
        for Member { place, .. } in &self.members.0 {
            each(place.target, place.list);
            place.for_each_inside(each);
        }
        let Some(items) = &self.items else { return };
        // Lists of items are made anew with each array, and their parts with each item.
        for slot in &items.lists {
            each(Target::Slot(*slot), None);
        }
        for (_, place) in &items.single {
            each(place.target, None);
            place.for_each_inside(&mut |target, _| each(target, None));
        }
    }
}

impl Members {
    /// Adds a path of the top level.
    ///
    /// A path of more steps than an event may have levels is found by its literal name only.
    pub(super) fn insert(&mut self, path: &str, slot: Slot) {
        let Some(steps) = steps(path).filter(|steps| steps.len() > 1) else {
            self.entry(path).target = Target::Slot(slot);
            return;
        };
        self.entry(path).target = Target::Literal(slot);
        if steps.len() > MAX_DEPTH {
            return;
        }
        let mut top = Place { members: std::mem::take(self), ..Place::default() };
        match steps.iter().position(|step| *step == Step::Items) {
            None => top.descend(&steps).target = Target::Slot(slot),
            Some(at) => {
                let (before, after) = steps.split_at(at);
                let names = after.get(1..).unwrap_or_default();
                top.descend(before).items.get_or_insert_default().add_list(names, slot);
            }
        }
        *self = top.members;
    }

    fn entry(&mut self, name: &str) -> &mut Place {
        let at = match self.search(name) {
            Ok(at) => at,
            Err(at) => {
                self.0.insert(at, Member { name: name.into(), place: Place::default() });
                at
            }
        };
        #[expect(clippy::indexing_slicing, reason = "found or inserted there just now")]
        &mut self.0[at].place
    }

    /// The asked-for member of this name.
    pub(super) fn find(&self, name: &str) -> Option<&Place> {
        let member = if self.0.len() <= FEW {
            self.0.iter().find(|member| *member.name == *name)
        } else {
            self.search(name).ok().and_then(|at| self.0.get(at))
        };
        member.map(|member| &member.place)
    }

    /// Where the member of this name is, or else belongs.
    fn search(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|member| {
            let length = member.name.len().cmp(&name.len());
            length.then_with(|| member.name.as_bytes().cmp(name.as_bytes()))
        })
    }
}
