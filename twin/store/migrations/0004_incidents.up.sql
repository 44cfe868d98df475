-- What is out, since when, why, how sure; what it touches; and the proof of each sentence.

-- A flood and its successive extents.
CREATE TABLE flood (
    id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    slug        text NOT NULL UNIQUE,
    name        text NOT NULL,
    source      text NOT NULL,                   -- who says so
    simulated   boolean NOT NULL,
    started_at  timestamptz NOT NULL,
    ended_at    timestamptz                      -- null while there is water
);
CREATE TABLE flood_extent (
    id           integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    flood_id     integer NOT NULL REFERENCES flood ON DELETE CASCADE,
    observed_at  timestamptz NOT NULL,
    recorded_at  timestamptz NOT NULL,
    file_name    text NOT NULL,
    sha256       text NOT NULL,
    UNIQUE (flood_id, observed_at)
);
CREATE TABLE flood_polygon (
    extent_id  integer NOT NULL REFERENCES flood_extent ON DELETE CASCADE,
    number     integer NOT NULL,
    geom       bytea NOT NULL,                   -- WKB, EPSG:4326
    depth_m    real NOT NULL CHECK (depth_m > 0),
    PRIMARY KEY (extent_id, number)
);

-- The latch of a supply device, and its journal. Receding water relights nothing.
CREATE TABLE supply_event (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    asset_id     bigint NOT NULL REFERENCES asset ON DELETE CASCADE,
    at           timestamptz NOT NULL,
    state        text NOT NULL CHECK (state IN ('normal', 'tripped', 'awaiting_inspection', 'recovering')),
    reason       text NOT NULL,
    basis        text NOT NULL,                  -- measured | observed | computed | assumed
    probability  real NOT NULL CHECK (probability >= 0 AND probability <= 1),
    evidence     jsonb NOT NULL,                 -- figures with units, sources and times
    by_whom      text NOT NULL,                  -- a person, or the name of the law
    UNIQUE (asset_id, at, state)
);
CREATE TABLE supply_state (
    asset_id     bigint PRIMARY KEY REFERENCES asset ON DELETE CASCADE,
    state        text NOT NULL,
    since        timestamptz NOT NULL,
    reason       text NOT NULL,
    basis        text NOT NULL,
    probability  real NOT NULL,
    evidence     jsonb NOT NULL,
    flood_id     integer REFERENCES flood
);

-- One cause and everything that hangs under it.
CREATE TABLE incident (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code          text NOT NULL UNIQUE,
    kind          text NOT NULL,                 -- flood | cabinet_out | feeder_out | lamp_failure | gateway_silent | low_voltage | works
    root_key      text NOT NULL,                 -- what makes two observations the same incident
    status        text NOT NULL CHECK (status IN ('open', 'recovering', 'closed')),
    opened_at     timestamptz NOT NULL,
    changed_at    timestamptz NOT NULL,
    closed_at     timestamptz,
    acknowledged_at timestamptz,
    acknowledged_by text,
    headline      jsonb NOT NULL,                -- counts, metres, residents, streets: see twin.incidents.impact
    proof_version integer NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX incident_open ON incident (root_key) WHERE status <> 'closed';
CREATE TABLE incident_asset (
    incident_id  bigint NOT NULL REFERENCES incident ON DELETE CASCADE,
    asset_id     bigint NOT NULL REFERENCES asset ON DELETE CASCADE,
    role         text NOT NULL,                  -- root | device | light | building | gateway | silent
    PRIMARY KEY (incident_id, role, asset_id)
);
CREATE INDEX incident_asset_asset ON incident_asset (asset_id);
CREATE TABLE proof (
    incident_id  bigint NOT NULL REFERENCES incident ON DELETE CASCADE,
    version      integer NOT NULL,
    made_at      timestamptz NOT NULL,
    sha256       text NOT NULL,
    document     text NOT NULL,                  -- canonical JSON, kept to the byte
    PRIMARY KEY (incident_id, version)
);

-- What is known of each light, and how it came to be so.
CREATE SEQUENCE light_state_seq;
CREATE TABLE light_state (
    asset_id     bigint PRIMARY KEY REFERENCES asset ON DELETE CASCADE,
    state        smallint NOT NULL,              -- twin.model.states.LightState
    probability  real NOT NULL,                  -- of being dark
    since        timestamptz NOT NULL,
    proximate_id bigint,                         -- nearest device out on the way up
    root_id      bigint,                         -- topmost device out on the same path
    seq          bigint NOT NULL                 -- of the change, from light_state_seq
) WITH (fillfactor = 70);
CREATE INDEX light_state_change ON light_state (seq);
SELECT create_time_table('light_state_history', 'at', $$
    at           timestamptz NOT NULL,
    asset_id     bigint NOT NULL,
    state        smallint NOT NULL,
    probability  real NOT NULL
$$);
CREATE UNIQUE INDEX light_state_history_key ON light_state_history (at, asset_id);
CREATE INDEX light_state_history_asset ON light_state_history (asset_id, at DESC);

-- Planned works: lights off because somebody works on them.
CREATE TABLE works (
    id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    asset_id   bigint NOT NULL REFERENCES asset ON DELETE CASCADE,
    title      text NOT NULL,
    starts_at  timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL CHECK (ends_at > starts_at)
);
