DROP TABLE IF EXISTS tripline_condition_aliases;
