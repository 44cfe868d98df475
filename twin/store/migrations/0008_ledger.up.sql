-- The quarantine knows to the minute what the ledger says of each of its messages, so that one that
-- is taken after a fix can be counted where it belongs, and the ledger stays balanced.

CREATE TABLE rejected_minute (
    rejected_id  bigint NOT NULL REFERENCES rejected ON DELETE CASCADE,
    minute       timestamptz NOT NULL,           -- of reception
    reason       text NOT NULL,
    count        integer NOT NULL CHECK (count > 0),
    PRIMARY KEY (rejected_id, minute, reason)
);
INSERT INTO rejected_minute (rejected_id, minute, reason, count)
SELECT id, date_trunc('minute', received_at), reason, times FROM rejected;
CREATE INDEX rejected_reason ON rejected (reason, id);
