-- What each batch brought, for whoever understands it next: one row holds its newest values as ingest
-- has them in memory, so that nobody looks for five thousand fresh rows among all. Only a shortcut to
-- ``latest`` and ``device``, which hold the truth: it is not logged, and a crash empties it.
CREATE UNLOGGED TABLE batch_news (
    batch     bigint PRIMARY KEY,
    readings  bytea,                             -- records (twin.store.batch_news); null: ask the tables
    devices   bytea NOT NULL,                    -- devices heard, one a line
    heard_at  bytea NOT NULL                     -- when each was last heard: int64 µs since 1970
);
ALTER TABLE batch_news ALTER COLUMN readings SET STORAGE EXTERNAL,
    ALTER COLUMN devices SET STORAGE EXTERNAL, ALTER COLUMN heard_at SET STORAGE EXTERNAL;

-- Asked at each assessment; both tables grow for ever.
CREATE INDEX ledger_minute ON ledger (minute) WHERE outcome = 'received';
CREATE INDEX audit_inspection ON audit (at) WHERE act = 'inspection';
