//! `W07`: what comes of a version.

use super::{Entry, Phrase};

pub(crate) const W0701: Entry = Entry {
    title_zh: "无法保留未完成的部分匹配",
    about: Phrase {
        en: r#"The new version asks with `"on_update": "migrate"` to keep the attempts that users have begun, but its pattern has another shape: nodes, edges, quantifiers, the skip strategy or the key fields changed.
An attempt in a node that is no more, or under another key, has no place in the new version, so the open attempts were dropped, as with `restart`.
Conditions, arguments, parameters and durations may change, and attempts stay.

It is found when the version comes into force, not by `validate-rule`, and stands in `tripline_rule_status`; `tripline rules diff` says it beforehand.
To let users finish what they began, use `"on_update": "drain"`."#,
        zh: r#"新版本用 `"on_update": "migrate"` 要求保留用户已开始的部分匹配，但它的模式形状变了：节点、边、量词、跳过策略或分组键字段有变化。
节点已不存在、或分组键已不同的部分匹配，在新版本中没有位置，因此像 `restart` 一样丢弃了未完成的部分匹配。
条件、参数和时长可以修改，部分匹配会保留。

它在版本生效时发现，不由 `validate-rule` 发现，记录在 `tripline_rule_status` 中；`tripline rules diff` 会事先说明。
要让用户完成已开始的部分匹配，请用 `"on_update": "drain"`。"#,
    },
    examples: None,
    more: None,
    messages: &[
        Phrase {
            en: r#"open attempts could not be kept, since {obstacle}; they were dropped"#,
            zh: r#"未完成的部分匹配无法保留，因为{obstacle}；它们已被丢弃"#,
        },
        Phrase {
            en: r#"with `drain` they finish under the version they began with"#,
            zh: r#"用 `drain` 时，它们会按开始时的版本完成"#,
        },
        Phrase {
            en: "it begins or ceases to have to do with a set that actions change",
            zh: "它开始或不再涉及由动作修改的集合",
        },
        Phrase { en: r#"the key fields changed"#, zh: r#"分组键字段有变化"# },
        Phrase { en: r#"the type of the rule changed"#, zh: r#"规则的类型有变化"# },
        Phrase { en: r#"`groupBy` changed"#, zh: r#"`groupBy` 有变化"# },
        Phrase { en: r#"the window changed"#, zh: r#"窗口有变化"# },
        Phrase { en: r#"the aggregates changed"#, zh: r#"聚合有变化"# },
        Phrase {
            en: r#"`top` came, went, or ranks per other fields"#,
            zh: r#"`top` 新增、删除，或 `per` 的字段有变化"#,
        },
        Phrase { en: r#"`emit` or `every` changed"#, zh: r#"`emit` 或 `every` 有变化"# },
        Phrase {
            en: r#"the windows of an aggregate cannot drain"#,
            zh: r#"聚合的窗口不能按旧版本完成"#,
        },
        Phrase { en: r#"the automaton changed"#, zh: r#"自动机有变化"# },
        Phrase { en: r#"node `{node}` is new"#, zh: r#"节点 `{node}` 是新增的"# },
        Phrase { en: r#"node `{node}` is gone"#, zh: r#"节点 `{node}` 已不存在"# },
        Phrase { en: r#"the order of the nodes changed"#, zh: r#"节点的顺序有变化"# },
        Phrase { en: r#"the after-match skip strategy changed"#, zh: r#"跳过策略有变化"# },
        Phrase { en: r#"`finalAbsence` changed"#, zh: r#"`finalAbsence` 有变化"# },
        Phrase { en: r#"groups of nodes changed"#, zh: r#"节点的分组有变化"# },
        Phrase {
            en: r#"the edge into {element} changed"#, zh: r#"进入{element}的边有变化"#
        },
        Phrase {
            en: r#"the quantifier of {element} changed"#, zh: r#"{element}的量词有变化"#
        },
        Phrase { en: r#"the group that begins with `{node}`"#, zh: r#"以 `{node}` 开头的组"# },
        Phrase { en: r#"a group of nodes"#, zh: r#"节点组"# },
    ],
};

pub(crate) const W0702: Entry = Entry {
    title_zh: "条件插件崩溃过",
    about: Phrase { en: "While the rule ran, a condition plugin that it asks panicked instead of answering.
The condition counted as unknown, so it did not hold, and the rule went on; other rules were not touched.
The rule may have missed matches: mend the plugin.

It is found while the rule runs, not by `validate-rule`, and stands in `tripline_rule_status` and in the summary of `tripline run`, with the node, the plugin, how often, and what the first panic said.
Rules that share the very same condition share its answers, and so are all told.
An action of the program that panics is told in the same way; its output was given out whole.", zh: "规则运行期间，它使用的条件插件没有给出结果而是崩溃了。
该条件按未知处理，因此不成立，规则继续运行；其他规则不受影响。
规则可能漏掉了匹配：请修正插件。

它在规则运行期间发现，不由 `validate-rule` 发现，记录在 `tripline_rule_status` 和 `tripline run` 的汇总中，包括节点、插件、次数以及第一次崩溃时的信息。
使用完全相同条件的规则共享其结果，因此都会得到通知。
程序自己的动作崩溃时也同样报告；它的输出已原样发出。" },
    examples: None,
    more: None,
    messages: &[
        Phrase {
            en: r#"{condition} panicked on {evaluations} and was taken as unknown; the first time it said: {first}"#,
            zh: r#"{condition}在{evaluations}中崩溃，按未知处理；第一次的信息是：{first}"#,
        },
        Phrase {
            en: r#"mend the plugin; until then the rule misses what it cannot tell"#,
            zh: r#"请修正插件；在此之前，规则会漏掉它无法判断的内容"#,
        },
        Phrase {
            en: r#"the condition `{plugin}`"#,
            zh: r#"条件 `{plugin}`"#,
        },
        Phrase {
            en: r#"the condition `{plugin}` at node `{node}`"#,
            zh: r#"节点 `{node}` 的条件 `{plugin}`"#,
        },
        Phrase {
            en: r#"{count} evaluations"#,
            zh: r#"{count} 次求值"#,
        },
        Phrase {
            en: r#"1 evaluation"#,
            zh: r#"1 次求值"#,
        },
        Phrase {
            en: r#"the action `{action}` panicked on {count} outputs, which were given out whole; the first time it said: {first}"#,
            zh: r#"动作 `{action}` 在 {count} 个输出上崩溃，这些输出已原样发出；第一次的信息是：{first}"#,
        },
        Phrase { en: r#"mend the action of the program"#, zh: r#"请修正程序中的这个动作"# },
        Phrase {
            en: r#"nothing that is text"#,
            zh: r#"没有文本内容"#,
        },
    ],
};

pub(crate) const W0703: Entry = Entry {
    title_zh: "条件插件自相矛盾",
    about: Phrase { en: "A condition plugin says that its condition holds only where a field has a certain value (`required_equality`, by which rules are indexed), and then held where the field has another.
Such an answer counts as unknown, so that what the rule matches does not depend on whether it was asked at all.
Mend the plugin: leave the equality out, or ask for it in `evaluate`.

It is found while the rule runs, and stands in `tripline_rule_status` and in the summary of `tripline run`.", zh: "条件插件声明它的条件只在某个字段等于某个值时成立（`required_equality`，用于给规则建索引），却在该字段为其他值时成立。
这样的结果按未知处理，使规则的匹配与是否询问过该条件无关。
请修正插件：去掉该相等声明，或在 `evaluate` 中做同样的判断。

它在规则运行期间发现，记录在 `tripline_rule_status` 和 `tripline run` 的汇总中。" },
    examples: None,
    more: None,
    messages: &[
        Phrase {
            en: r#"{condition} held on {evaluations} for which the equality that it requires did not, and was taken as unknown"#,
            zh: r#"{condition}在{evaluations}中成立，而它所要求的相等关系并不成立，因此按未知处理"#,
        },
        Phrase {
            en: r#"mend the plugin: `required_equality` must hold whenever the condition does"#,
            zh: r#"请修正插件：只要条件成立，`required_equality` 就必须成立"#,
        },
    ],
};

pub(crate) const W0704: Entry = Entry {
    title_zh: "条件插件很慢",
    about: Phrase { en: "Answers of a condition plugin took 10 ms or longer, and more than 0.1 s in all.
What the rule matches is right, but all rules of the engine wait for it, on every event.
A condition should take about a microsecond: it must not wait for a network, a file or a lock, and what can be worked out from the arguments belongs into `bind`.

It is found while the rule runs, and stands in `tripline_rule_status` and in the summary of `tripline run`, with how often and how long.
The conditions that ship are not measured.
Actions of the program are measured and told in the same way.", zh: "条件插件有的结果用了 10 毫秒或更久，而且总共超过 0.1 秒。
规则的匹配是正确的，但引擎的所有规则在每个事件上都要等它。
一个条件应只需约一微秒：不能等待网络、文件或锁；可以由参数算出的内容应放在 `bind` 中。

它在规则运行期间发现，记录在 `tripline_rule_status` 和 `tripline run` 的汇总中，包括次数和时长。
不测量自带的条件。
程序自己的动作也同样测量并报告。" },
    examples: None,
    more: None,
    messages: &[
        Phrase {
            en: r#"{condition} took 10 ms or longer on {evaluations}, {all_ms} ms in all and {longest_ms} ms at most"#,
            zh: r#"{condition}有{evaluations}用了 10 毫秒或更久，总共 {all_ms} 毫秒，最长 {longest_ms} 毫秒"#,
        },
        Phrase {
            en: r#"a condition must not wait for anything; all rules wait for it"#,
            zh: r#"条件不能等待任何东西；所有规则都要等它"#,
        },
        Phrase {
            en: r#"the action `{action}` took 10 ms or longer on {count} outputs, {all_ms} ms in all and {longest_ms} ms at most"#,
            zh: r#"动作 `{action}` 有 {count} 个输出用了 10 毫秒或更久，总共 {all_ms} 毫秒，最长 {longest_ms} 毫秒"#,
        },
        Phrase {
            en: r#"an action must not wait for anything; all rules wait for it"#,
            zh: r#"动作不能等待任何东西；所有规则都要等它"#,
        },
    ],
};

pub(crate) const W0705: Entry = Entry {
    title_zh: "规则占用超出预算",
    about: Phrase { en: "The rule has more open attempts, of one key or in all, than it may, or they hold more events.
The oldest attempts of the key gave way, and with a skip strategy all attempts of the key; so matches are missing.
An output of the key that comes after it says `\"degraded\": true`.
Of a statistic (type AGGREGATE) groups count as attempts, panes and members of exact sets as events; an event that comes while a group holds all that it may is left out, and the outputs of the group say `\"degraded\": true`.

A rule without a window keeps its attempts for ever, and `SKIP_TILL_ANY` multiplies them with every event: give it a window, a narrower condition, or a more selective key.
How much a rule may hold stands in the configuration (`[engine.state_limits]`, and for one rule `[engine.rule_limits.ID]`).

It is found while the rule runs, not by `validate-rule`, and stands in `tripline_rule_status` and in the summary of `tripline run`.", zh: "规则未完成的部分匹配（单个分组键的或总的）超过允许的数量，或它们持有的事件过多。
该分组键最早的部分匹配被丢弃；有跳过策略时，该分组键的全部部分匹配被丢弃，因此会缺少匹配。
此后该分组键的输出带有 `\"degraded\": true`。
对统计规则（AGGREGATE 类型），分组算作部分匹配，窗格和精确集合的成员算作事件；分组已占满时到来的事件不计入，该分组的输出带有 `\"degraded\": true`。

没有窗口的规则会永远保留部分匹配，`SKIP_TILL_ANY` 会随每个事件成倍增加它们：请加上窗口、收窄条件，或使用区分度更高的分组键。
规则可以占用多少写在配置中（`[engine.state_limits]`，单个规则用 `[engine.rule_limits.ID]`）。

它在规则运行期间发现，不由 `validate-rule` 发现，记录在 `tripline_rule_status` 和 `tripline run` 的汇总中。" },
    examples: None,
    more: None,
    messages: &[
        Phrase {
            en: r#"the rule {limit}, so the oldest give way, and matches are missing"#,
            zh: r#"规则{limit}，因此最早的被丢弃，会缺少匹配"#,
        },
        Phrase {
            en: r#"the rule held more than its budget has {times} times; {dropped} attempts were dropped, and matches are missing"#,
            zh: r#"规则占用超出预算 {times} 次；丢弃了 {dropped} 个部分匹配，会缺少匹配"#,
        },
        Phrase {
            en: r#"give the rule a window, a narrower condition, or a more selective key; SKIP_TILL_ANY multiplies attempts"#,
            zh: r#"请给规则加上窗口、收窄条件，或使用区分度更高的分组键；SKIP_TILL_ANY 会使部分匹配成倍增加"#,
        },
        Phrase {
            en: r#"the statistic {limit}, so events are left out"#,
            zh: r#"统计{limit}，因此有事件未计入"#,
        },
        Phrase {
            en: r#"the statistic would have held more than its budget has: {times} events were left out"#,
            zh: r#"统计占用将超出预算：有 {times} 个事件未计入"#,
        },
        Phrase {
            en: r#"count about (`"mode": "APPROXIMATE"`), take shorter windows, a longer `slide` or fewer groups, or allow more (`[engine.rule_limits.ID]`)"#,
            zh: r#"请改为近似计数（`"mode": "APPROXIMATE"`）、缩短窗口、加大 `slide`、减少分组，或放宽限制（`[engine.rule_limits.ID]`）"#,
        },
        Phrase {
            en: r#"has more than {most} groups with open windows, or a shard its part of them"#,
            zh: r#"有未结束窗口的分组超过 {most} 个，或某个分片超过其份额"#,
        },
        Phrase {
            en: r#"holds more than {most} panes and members of sets of one group"#,
            zh: r#"单个分组的窗格和集合成员超过 {most} 个"#,
        },
        Phrase {
            en: r#"holds more than {most} panes and members of sets, or a shard its part of them"#,
            zh: r#"窗格和集合成员超过 {most} 个，或某个分片超过其份额"#,
        },
        Phrase {
            en: r#"has more than {most} open attempts of one key"#,
            zh: r#"单个分组键未完成的部分匹配超过 {most} 个"#,
        },
        Phrase {
            en: r#"has more than {most} open attempts, or a shard its part of them"#,
            zh: r#"未完成的部分匹配超过 {most} 个，或某个分片超过其份额"#,
        },
        Phrase {
            en: r#"holds more than {most} events for the open attempts of one key"#,
            zh: r#"为单个分组键未完成的部分匹配持有的事件超过 {most} 个"#,
        },
        Phrase {
            en: "puts members into a set that has {most} of them",
            zh: "向已有 {most} 个成员的集合添加成员",
        },
        Phrase {
            en: r#"holds more than {most} events for open attempts, or a shard its part of them"#,
            zh: r#"为未完成的部分匹配持有的事件超过 {most} 个，或某个分片超过其份额"#,
        },
        Phrase {
            en: r#"takes {percent} % of the time of a shard, and may take {most} %"#,
            zh: r#"占用一个分片 {percent} % 的时间，而最多可占 {most} %"#,
        },
    ],
};

pub(crate) const W0706: Entry = Entry {
    title_zh: "规则已暂停",
    about: Phrase { en: "The rule took more than its budget has, and takes no events any more: its open attempts were dropped, and it matches nothing.
Its state in `tripline_rule_status` is `suspended`.
Either it took more of the engine's time than a rule may, which all others had to wait for, or the configuration says that a rule over one of its limits is suspended (`on_exceeded = \"suspend\"`).

Mend the rule and give it a new version; or, to run it as it is, disable and enable it, or start the engine again.
It is suspended again if nothing has changed.

It is found while the rule runs, not by `validate-rule`.", zh: "规则占用超出预算，不再接收事件：它未完成的部分匹配已丢弃，也不再产生匹配。
它在 `tripline_rule_status` 中的状态是 `suspended`。
原因要么是它占用引擎的时间超过了一个规则的上限，使其他规则都要等待；要么是配置要求暂停超限的规则（`on_exceeded = \"suspend\"`）。

请修正规则并发布新版本；若要照原样运行，可停用再启用它，或重启引擎。
如果没有任何改变，它会再次被暂停。

它在规则运行期间发现，不由 `validate-rule` 发现。" },
    examples: None,
    more: None,
    messages: &[
        Phrase {
            en: r#"the rule {limit}, and is suspended: it takes no events"#,
            zh: r#"规则{limit}，已暂停：不再接收事件"#,
        },
        Phrase {
            en: r#"{advice}; a new version, or disabling and enabling it, lets it run again"#,
            zh: r#"{advice}；发布新版本，或停用再启用它，即可恢复运行"#,
        },
    ],
};
