-- The announced end of a recorded cause may be moved; a defect of the wiring keeps its facts apart
-- from its words.

-- Each time an announced end was moved. Never changed.
CREATE TABLE declared_term (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    cause_id      bigint NOT NULL REFERENCES declared_cause ON DELETE CASCADE,
    at            timestamptz NOT NULL,          -- when it was recorded
    person        text NOT NULL,
    until_before  timestamptz,                   -- null: none had been announced
    until_after   timestamptz NOT NULL
);
CREATE INDEX declared_term_cause ON declared_term (cause_id, id);

-- Names and figures that say what is wrong, by the code of the defect: gis.wiring_defects. What was
-- found before keeps its words alone, until wiring is derived again.
ALTER TABLE wiring_defect ADD COLUMN facts jsonb NOT NULL DEFAULT '{}';
