DROP TABLE tripline_rules;
