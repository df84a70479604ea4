DROP TABLE IF EXISTS tripline_rule_status;

DROP TABLE IF EXISTS tripline_instances;
