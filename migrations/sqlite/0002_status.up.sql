-- What engines say of themselves and of the rules. Written by engines; times are in UTC.
-- An engine creates these two beside a table of somebody else's rules as well, hence IF NOT EXISTS.
CREATE TABLE IF NOT EXISTS tripline_instances (
    name             TEXT    NOT NULL PRIMARY KEY,
    process          TEXT    NOT NULL,
    started_at       TEXT    NOT NULL,
    heartbeat_at     TEXT    NOT NULL,
    poll_interval_ms INTEGER NOT NULL,
    stopped_at       TEXT    NULL
);

CREATE TABLE IF NOT EXISTS tripline_rule_status (
    instance         TEXT    NOT NULL,
    rule_id          TEXT    NOT NULL,
    version_in_force INTEGER NULL,
    state            TEXT    NOT NULL,
    latest_version   INTEGER NULL,
    latest_state     TEXT    NOT NULL,
    diagnostics      TEXT    NOT NULL,
    dropped_runs     INTEGER NOT NULL DEFAULT 0,
    kept_runs        INTEGER NOT NULL DEFAULT 0,
    since            TEXT    NOT NULL,
    updated_at       TEXT    NOT NULL,
    PRIMARY KEY (instance, rule_id)
);
