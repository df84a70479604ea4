//! Slots of keys: how keys are spread over shards, and how state is cut up.

/// One of [`KeyGroup::COUNT`] slots of keys.
///
/// A key is in the same group in every process and version, with any number of shards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyGroup(u16);

impl KeyGroup {
    /// How many groups there are, and so the most shards that have a use.
    pub const COUNT: u16 = 1024;

    /// The group of the keys with this [stable hash](crate::Key::stable_hash): its bits 32 to 41, as the low and the high
    /// ones find a key within a shard.
    #[must_use]
    pub const fn of_hash(hash: u64) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "ten bits")]
        Self(((hash >> 32) % Self::COUNT as u64) as u16)
    }

    /// The number of the group, below [`KeyGroup::COUNT`].
    #[must_use]
    pub const fn number(self) -> u16 {
        self.0
    }

    /// Which of `shards` shards owns the group; the first if there is none.
    #[must_use]
    pub const fn shard(self, shards: usize) -> usize {
        self.0 as usize * shards / Self::COUNT as usize
    }
}

/// A range of key groups: what one shard owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyGroups {
    first: u16,
    /// The first one after.
    end: u16,
}

impl KeyGroups {
    /// All of them.
    pub const ALL: Self = Self { first: 0, end: KeyGroup::COUNT };

    /// What shard number `shard` of `shards` owns: the groups whose [`KeyGroup::shard`] it is.
    #[must_use]
    pub fn of_shard(shard: usize, shards: usize) -> Self {
        let count = usize::from(KeyGroup::COUNT);
        let first = |shard: usize| {
            let first = (count * shard).div_ceil(shards.max(1)).min(count);
            u16::try_from(first).unwrap_or(KeyGroup::COUNT)
        };
        Self { first: first(shard), end: first(shard + 1) }
    }

    /// How many groups they are.
    #[must_use]
    pub const fn len(self) -> u16 {
        self.end.saturating_sub(self.first)
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Whether the group is one of these.
    #[must_use]
    pub const fn contains(self, group: KeyGroup) -> bool {
        self.first <= group.0 && group.0 < self.end
    }
}

impl Default for KeyGroups {
    fn default() -> Self {
        Self::ALL
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_group_has_one_owner() {
        for shards in [1, 2, 3, 7, 16, 64, 1024] {
            for number in 0..KeyGroup::COUNT {
                let group = KeyGroup(number);
                let owners =
                    (0..shards).filter(|&at| KeyGroups::of_shard(at, shards).contains(group));
                assert_eq!(
                    owners.collect::<Vec<_>>(),
                    [group.shard(shards)],
                    "{number} of {shards}"
                );
            }
        }
        assert_eq!(KeyGroups::of_shard(0, 1), KeyGroups::ALL);
    }

    #[test]
    fn groups_are_filled_evenly() {
        let mut counts = vec![0_usize; usize::from(KeyGroup::COUNT)];
        for user in 0..102_400_i64 {
            let hash = crate::Key::stable_hash_of(std::iter::once(&user.into())).unwrap();
            counts[usize::from(KeyGroup::of_hash(hash).number())] += 1;
        }
        assert!(counts.iter().all(|count| (50..200).contains(count)), "{counts:?}");
    }
}
