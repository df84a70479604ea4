-- What engines say of themselves and of the rules. Written by engines; times are in UTC.
-- An engine creates these two beside a table of somebody else's rules as well, hence IF NOT EXISTS.
CREATE TABLE IF NOT EXISTS tripline_instances (
    name             VARCHAR(256) NOT NULL,
    process          VARCHAR(256) NOT NULL,
    started_at       DATETIME(6)  NOT NULL,
    heartbeat_at     DATETIME(6)  NOT NULL,
    poll_interval_ms BIGINT       NOT NULL,
    stopped_at       DATETIME(6)  NULL,
    PRIMARY KEY (name)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS tripline_rule_status (
    instance         VARCHAR(256) NOT NULL,
    rule_id          VARCHAR(256) NOT NULL,
    version_in_force BIGINT       NULL,
    state            VARCHAR(32)  NOT NULL,
    latest_version   BIGINT       NULL,
    latest_state     VARCHAR(32)  NOT NULL,
    diagnostics      MEDIUMTEXT   NOT NULL,
    dropped_runs     BIGINT       NOT NULL DEFAULT 0,
    kept_runs        BIGINT       NOT NULL DEFAULT 0,
    since            DATETIME(6)  NOT NULL,
    updated_at       DATETIME(6)  NOT NULL,
    PRIMARY KEY (instance, rule_id),
    KEY tripline_rule_status_rule (rule_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
