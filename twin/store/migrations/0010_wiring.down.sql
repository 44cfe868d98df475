DROP TABLE place_section, wiring_defect;
