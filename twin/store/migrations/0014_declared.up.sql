-- What people record that puts lights out: a distributor's cut, a burnt cabinet, works.

CREATE TABLE declared_cause (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code          text NOT NULL UNIQUE,          -- e.g. C-2026-0012
    kind          text NOT NULL CHECK (kind IN ('distributor_cut', 'burnt_cabinet', 'works_order')),
    title         text NOT NULL DEFAULT '',
    reference     text NOT NULL DEFAULT '',      -- of the distributor's notice, of the works order
    source        text NOT NULL,                 -- who says so
    area          bytea,                         -- WKB, EPSG:4326; null: its things are listed
    starts_at     timestamptz NOT NULL,
    until         timestamptz CHECK (until > starts_at),        -- announced end; null: none was
    ended_at      timestamptz CHECK (ended_at >= starts_at),    -- recorded end; null: none was
    withdrawn_at  timestamptz,                   -- recorded by mistake: it never held
    recorded_at   timestamptz NOT NULL,
    recorded_by   text NOT NULL,
    request_key   text NOT NULL,                 -- the same request sent twice is one cause
    request       text NOT NULL,                 -- digest of what was asked under that key
    UNIQUE (recorded_by, request_key)
);
CREATE INDEX declared_cause_holds ON declared_cause (starts_at)
    WHERE ended_at IS NULL AND withdrawn_at IS NULL;
CREATE TABLE declared_asset (
    cause_id  bigint NOT NULL REFERENCES declared_cause ON DELETE CASCADE,
    asset_id  bigint NOT NULL REFERENCES asset ON DELETE CASCADE,
    PRIMARY KEY (cause_id, asset_id)
);
CREATE INDEX declared_asset_asset ON declared_asset (asset_id);

-- Planned works were kept apart: one place for all causes.
INSERT INTO declared_cause (code, kind, title, source, starts_at, until, recorded_at, recorded_by,
                            request_key, request)
SELECT 'C-' || to_char(w.starts_at AT TIME ZONE 'UTC', 'YYYY') || '-W' || w.id, 'works_order', w.title,
       'planning', w.starts_at, w.ends_at, w.starts_at, 'planning', 'works:' || w.id, ''
FROM works w;
INSERT INTO declared_asset (cause_id, asset_id)
SELECT c.id, w.asset_id FROM works w JOIN declared_cause c ON c.request_key = 'works:' || w.id;
UPDATE incident i SET root_key = 'works:' || c.code
FROM declared_cause c WHERE i.kind = 'works' AND c.request_key = i.root_key;
DROP TABLE works;

-- A return that the distributor announced rests on no duration of ours.
ALTER TABLE return_estimate
    ALTER COLUMN coverage DROP NOT NULL,         -- null: announced by others
    ALTER COLUMN based_on DROP NOT NULL;
