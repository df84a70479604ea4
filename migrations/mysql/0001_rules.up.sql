-- Rules. Every version is a row; the highest version of an id counts.
-- Texts are kept as they were written: the JSON type would change them.
-- Times are in UTC, whatever the time zone of the server or of the session.
CREATE TABLE tripline_rules (
    id              VARCHAR(256) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    version         BIGINT       NOT NULL,
    name            VARCHAR(256) NULL,
    description     TEXT         NULL,
    pattern         MEDIUMTEXT   NOT NULL,
    `function`      VARCHAR(512) NULL,
    key_by          TEXT         NULL,
    params          MEDIUMTEXT   NULL,
    severity        VARCHAR(64)  NULL,
    enabled         BOOLEAN      NOT NULL DEFAULT TRUE,
    effective_from  DATETIME(6)  NULL,
    effective_until DATETIME(6)  NULL,
    on_update       VARCHAR(64)  NULL,
    labels          MEDIUMTEXT   NULL,
    updated_by      VARCHAR(256) NULL,
    created_at      DATETIME(6)  NOT NULL DEFAULT (UTC_TIMESTAMP(6)),
    -- All of the row in 64 bits, kept by the database itself: a look for changes reads only an index.
    row_hash        BIGINT UNSIGNED AS (CAST(CONV(LEFT(SHA2(CONCAT_WS(',',
        SHA2(id, 256),
        version,
        IFNULL(SHA2(name, 256), '-'),
        IFNULL(SHA2(description, 256), '-'),
        SHA2(pattern, 256),
        IFNULL(SHA2(`function`, 256), '-'),
        IFNULL(SHA2(key_by, 256), '-'),
        IFNULL(SHA2(params, 256), '-'),
        IFNULL(SHA2(severity, 256), '-'),
        enabled,
        IFNULL(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', effective_from), '-'),
        IFNULL(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', effective_until), '-'),
        IFNULL(SHA2(on_update, 256), '-'),
        IFNULL(SHA2(labels, 256), '-'),
        IFNULL(SHA2(updated_by, 256), '-'),
        TIMESTAMPDIFF(MICROSECOND, '1970-01-01', created_at)
    ), 256), 16), 16, 10) AS UNSIGNED)) STORED,
    PRIMARY KEY (id, version),
    KEY tripline_rules_changes (id, version, row_hash)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
