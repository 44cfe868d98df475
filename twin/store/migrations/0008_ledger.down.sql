DROP INDEX rejected_reason;
DROP TABLE rejected_minute;
