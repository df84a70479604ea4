CREATE TABLE tripline_alerts (
    match_id   CHAR(32)     CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    rule_id    VARCHAR(256) NOT NULL,
    version    BIGINT       NOT NULL,
    kind       VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    severity   VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    `key`      MEDIUMTEXT   NOT NULL,
    start_at   DATETIME(3)  NULL,
    end_at     DATETIME(3)  NULL,
    message    LONGTEXT     NULL,
    payload    LONGTEXT     NOT NULL,
    created_at DATETIME(6)  NOT NULL DEFAULT (UTC_TIMESTAMP(6)),
    KEY tripline_alerts_created (created_at),
    KEY tripline_alerts_rule (rule_id(128), created_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
