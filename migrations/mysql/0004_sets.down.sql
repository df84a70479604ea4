DROP TABLE IF EXISTS tripline_sets;
