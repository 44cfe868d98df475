-- Works done to save energy, and what the meters say of them.

CREATE TABLE saving_action (
    id            integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    asset_id      bigint NOT NULL REFERENCES asset ON DELETE CASCADE, -- the cabinet or the building
    code          text NOT NULL,                -- led | dimming | insulation | regulation | …
    title         text NOT NULL,
    works_from    date NOT NULL,                -- blackout: in neither window
    works_to      date NOT NULL CHECK (works_to >= works_from),
    planned_kwh   real,                         -- per year, before the works
    cost_eur      real,
    UNIQUE (asset_id, code, works_from)
);

CREATE TABLE saving (
    asset_id       bigint NOT NULL REFERENCES asset ON DELETE CASCADE,
    method         text NOT NULL,               -- cabinet_night_hours@1 | building_change_point@1
    computed_at    timestamptz NOT NULL,
    baseline_from  date,
    baseline_to    date,
    reporting_from date,
    reporting_to   date,
    level          real NOT NULL,               -- of confidence, e.g. 0.9
    adjusted_kwh   double precision,            -- baseline under the reporting period's conditions
    measured_kwh   double precision,
    saving_kwh     double precision,            -- null: refused
    low_kwh        double precision,
    high_kwh       double precision,
    refusal        text NOT NULL DEFAULT '',    -- stable reason code
    facts          jsonb NOT NULL,              -- fit, counts, what a sentence needs
    PRIMARY KEY (asset_id, method)
);
