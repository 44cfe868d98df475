DROP TABLE wiring_defect;
