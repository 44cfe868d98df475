-- Where the topology is dirty: loops, dual feeds, dangling ends, orphans, contradictions. Made anew
-- whenever wiring is derived; what has been dirty stays dated by when it was first found.
CREATE TABLE wiring_defect (
    asset_id   bigint NOT NULL REFERENCES asset ON DELETE CASCADE,
    defect     text NOT NULL CHECK (defect ~ '^[a-z_]+$'),
    detail     text NOT NULL DEFAULT '',
    longitude  double precision,             -- of the spot, where it is not the thing's own place
    latitude   double precision,
    found_at   timestamptz NOT NULL,
    PRIMARY KEY (asset_id, defect)
);
CREATE INDEX wiring_defect_defect ON wiring_defect (defect);

-- Crossings, schools, places of care and shelters, each on the section of street it belongs to.
CREATE TABLE place_section (
    asset_id   bigint PRIMARY KEY REFERENCES asset ON DELETE CASCADE,
    section_id bigint NOT NULL REFERENCES asset ON DELETE CASCADE,
    distance_m real NOT NULL CHECK (distance_m >= 0)
);
CREATE INDEX place_section_section ON place_section (section_id);
