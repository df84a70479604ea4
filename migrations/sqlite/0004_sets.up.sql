-- Who is in which set, put there by hand: conditions ask for it (`in_set('name', x)`). Case counts.
-- `member` is a value, or a JSON array of several; `value` is for people; `until` is in UTC, in event time, and NULL for
-- ever.
-- It may be created beside a table of somebody else's rules as well, hence IF NOT EXISTS.
CREATE TABLE IF NOT EXISTS tripline_sets (
    name       TEXT NOT NULL CHECK (name <> '' AND length(name) <= 128),
    member     TEXT NOT NULL CHECK (member <> '' AND length(member) <= 512),
    value      TEXT NULL,
    until      TEXT NULL CHECK (until IS NULL OR unixepoch(until) IS NOT NULL),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now')),
    PRIMARY KEY (name, member)
);
