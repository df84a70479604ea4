//! The asked-for field paths as a tree of member names.

/// How many names a path may have: how many levels of objects `serde_json` allows.
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
    pub(super) target: Target,
    /// What is asked for inside it.
    pub(super) members: Members,
}

/// Where the value of a member goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// Nowhere: only something inside it is asked for.
    Nowhere,
    /// To a slot.
    Slot(Slot),
    /// To the slot of a dotted path, which is the literal name of the member: before what is found by descending.
    Literal(Slot),
}

impl Members {
    /// Adds a path of the top level.
    ///
    /// A path of more names than an event may have levels is found by its literal name only.
    pub(super) fn insert(&mut self, path: &str, slot: Slot) {
        if !path.contains('.') {
            self.entry(path).target = Target::Slot(slot);
            return;
        }
        self.entry(path).target = Target::Literal(slot);
        if path.split('.').count() > MAX_DEPTH {
            return;
        }
        let mut members = self;
        let mut names = path.split('.').peekable();
        while let Some(name) = names.next() {
            let member = members.entry(name);
            if names.peek().is_none() {
                member.target = Target::Slot(slot);
            }
            members = &mut member.members;
        }
    }

    fn entry(&mut self, name: &str) -> &mut Member {
        let at = match self.search(name) {
            Ok(at) => at,
            Err(at) => {
                self.0.insert(at, Member::new(name));
                at
            }
        };
        #[expect(clippy::indexing_slicing, reason = "found or inserted there just now")]
        &mut self.0[at]
    }

    /// The asked-for member of this name.
    pub(super) fn find(&self, name: &str) -> Option<&Member> {
        if self.0.len() <= FEW {
            return self.0.iter().find(|member| *member.name == *name);
        }
        self.search(name).ok().and_then(|at| self.0.get(at))
    }

    /// Where the member of this name is, or else belongs.
    fn search(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|member| {
            let length = member.name.len().cmp(&name.len());
            length.then_with(|| member.name.as_bytes().cmp(name.as_bytes()))
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Calls `each` for the slots of nested members on every level below.
    ///
    /// Recursion is bounded as the paths are, by [`MAX_DEPTH`].
    pub(super) fn for_each_slot(&self, each: &mut impl FnMut(Slot)) {
        for member in &self.0 {
            if let Target::Slot(slot) = member.target {
                each(slot);
            }
            member.members.for_each_slot(each);
        }
    }
}

impl Member {
    fn new(name: &str) -> Self {
        Self { name: name.into(), target: Target::Nowhere, members: Members::default() }
    }
}
