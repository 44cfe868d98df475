DROP INDEX audit_inspection;
DROP INDEX ledger_minute;
DROP TABLE batch_news;
