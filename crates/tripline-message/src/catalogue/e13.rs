//! `E13`: where rules run.

use super::{Entry, Phrase};

pub(crate) const E1301: Entry = Entry {
    title_zh: "规则的键被分到了多个实例",
    about: Phrase {
        en: "The configuration says that a source gives this instance only some of the partitions of a topic (`partitions`), and by which fields events are given to partitions (`partitioned_by`).
The key of the rule lacks one of these fields, so the events of one of its keys are in several partitions, and go to several instances.
None of them would see all events of the key: matches would be missing, and absences would be found where there are none.

A rule keyed by `userId` and `sessionId` runs well where partitions are made by `userId`; one keyed by `productId` does not.",
        zh: "配置说明：某个数据源只把主题的一部分分区交给本实例（`partitions`），以及事件按哪些字段分到各分区（`partitioned_by`）。
规则的键缺少其中一个字段，因此同一个键的事件会落在多个分区，进入多个实例。
没有一个实例能看到这个键的全部事件：会缺少匹配，也会误报“没有发生”。

分区按 `userId` 划分时，以 `userId` 和 `sessionId` 为键的规则可以运行；以 `productId` 为键的规则不可以。",
    },
    examples: None,
    more: None,
    messages: &[
        Phrase {
            en: "the source `{source}` gives this instance only some of its partitions, which are made by {fields}, and `{key}` does not name {missing}: events of one key would be in several instances, and none would see all",
            zh: "数据源 `{source}` 只把一部分分区交给本实例，分区按 {fields} 划分，而 `{key}` 没有包含 {missing}：同一个键的事件会分散到多个实例，没有一个能看到全部",
        },
        Phrase {
            en: "add the fields to `{key}`, or run the rule where one instance reads all partitions",
            zh: "请把这些字段加入 `{key}`，或在读取全部分区的实例上运行这条规则",
        },
    ],
};
