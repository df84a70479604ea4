-- Rules. Every version is a row; the highest version of an id counts.
-- Times are in UTC: `YYYY-MM-DD HH:MM:SS.SSS`.
CREATE TABLE tripline_rules (
    id              TEXT    NOT NULL CHECK (id <> '' AND length(id) <= 256),
    version         INTEGER NOT NULL CHECK (typeof(version) = 'integer'),
    name            TEXT    NULL,
    description     TEXT    NULL,
    pattern         TEXT    NOT NULL,
    "function"      TEXT    NULL,
    key_by          TEXT    NULL,
    params          TEXT    NULL,
    severity        TEXT    NULL,
    enabled         BOOLEAN NOT NULL DEFAULT TRUE CHECK (enabled IN (0, 1)),
    effective_from  TEXT    NULL CHECK (effective_from IS NULL OR unixepoch(effective_from) IS NOT NULL),
    effective_until TEXT    NULL CHECK (effective_until IS NULL OR unixepoch(effective_until) IS NOT NULL),
    on_update       TEXT    NULL,
    labels          TEXT    NULL,
    updated_by      TEXT    NULL,
    created_at      TEXT    NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now'))
                            CHECK (unixepoch(created_at) IS NOT NULL),
    PRIMARY KEY (id, version)
) WITHOUT ROWID;
