DELETE FROM return_estimate WHERE coverage IS NULL OR based_on IS NULL;
ALTER TABLE return_estimate
    ALTER COLUMN coverage SET NOT NULL,
    ALTER COLUMN based_on SET NOT NULL;
CREATE TABLE works (
    id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    asset_id   bigint NOT NULL REFERENCES asset ON DELETE CASCADE,
    title      text NOT NULL,
    starts_at  timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL CHECK (ends_at > starts_at)
);
INSERT INTO works (asset_id, title, starts_at, ends_at)
SELECT a.asset_id, c.title, c.starts_at, coalesce(c.ended_at, c.until)
FROM declared_cause c
JOIN declared_asset a ON a.cause_id = c.id
WHERE c.kind = 'works_order' AND c.withdrawn_at IS NULL
  AND coalesce(c.ended_at, c.until) > c.starts_at;
DROP TABLE declared_asset;
DROP TABLE declared_cause;
