-- What people and cameras say they see of lights, and what is worth looking at next.

-- One word of one witness about one light. Weighed by twin.incidents.sightings, never believed blindly.
CREATE TABLE sighting (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    asset_id     bigint NOT NULL REFERENCES asset ON DELETE CASCADE,
    at           timestamptz NOT NULL,           -- when it was seen
    recorded_at  timestamptz NOT NULL,
    dark         boolean NOT NULL,
    witness      text NOT NULL CHECK (witness IN ('resident', 'camera', 'patrol', 'crew')),
    reporter     text NOT NULL,                  -- a digest that tells callers apart, nothing more; empty: not known
    UNIQUE (asset_id, witness, reporter, at)
);
CREATE INDEX sighting_recorded ON sighting (recorded_at);

-- The checks that would teach most about an open incident, the best first.
CREATE TABLE incident_check (
    incident_id  bigint NOT NULL REFERENCES incident ON DELETE CASCADE,
    rank         smallint NOT NULL,
    asset_id     bigint NOT NULL REFERENCES asset ON DELETE CASCADE,
    act          text NOT NULL CHECK (act IN ('look', 'ping')),
    gain_bits    real NOT NULL,                  -- expected information about the device above
    dead         real NOT NULL,                  -- probability that this device is dead
    made_at      timestamptz NOT NULL,
    PRIMARY KEY (incident_id, rank)
);
