-- What condition classes stand for, as rules of other engines name them. Case counts in names.
-- `condition` is the name of a condition, or an expression; `args` is a JSON object of arguments that are given
-- beforehand, or NULL.
-- It may be created beside a table of somebody else's rules as well, hence IF NOT EXISTS.
CREATE TABLE IF NOT EXISTS tripline_condition_aliases (
    class_name  TEXT NOT NULL PRIMARY KEY CHECK (class_name <> '' AND length(class_name) <= 512),
    "condition" TEXT NOT NULL,
    args        TEXT NULL,
    updated_at  TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now'))
);
