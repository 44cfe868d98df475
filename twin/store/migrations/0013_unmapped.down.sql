DROP TABLE unmapped;
