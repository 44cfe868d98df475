ALTER TABLE wiring_defect DROP COLUMN facts;
DROP TABLE declared_term;
