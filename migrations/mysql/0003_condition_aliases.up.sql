-- What condition classes stand for, as rules of other engines name them. Case counts in names.
-- `condition` (a reserved word: write it in backticks) is the name of a condition, or an expression; `args` is a JSON
-- object of arguments that are given beforehand, or NULL.
-- It may be created beside a table of somebody else's rules as well, hence IF NOT EXISTS.
CREATE TABLE IF NOT EXISTS tripline_condition_aliases (
    class_name  VARCHAR(512) NOT NULL,
    `condition` TEXT         NOT NULL,
    args        MEDIUMTEXT   NULL,
    updated_at  DATETIME(6)  NOT NULL DEFAULT (UTC_TIMESTAMP(6)),
    PRIMARY KEY (class_name)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
