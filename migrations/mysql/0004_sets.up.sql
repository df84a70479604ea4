-- Who is in which set, put there by hand: conditions ask for it (`in_set('name', x)`). Case counts.
-- `member` is a value, or a JSON array of several; `value` is for people; `until` is in UTC, in event time, and NULL for
-- ever.
-- It may be created beside a table of somebody else's rules as well, hence IF NOT EXISTS.
CREATE TABLE IF NOT EXISTS tripline_sets (
    `name`     VARCHAR(128) NOT NULL,
    `member`   VARCHAR(512) NOT NULL,
    `value`    TEXT         NULL,
    `until`    DATETIME(6)  NULL,
    updated_at DATETIME(6)  NOT NULL DEFAULT (UTC_TIMESTAMP(6)),
    PRIMARY KEY (`name`, `member`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
