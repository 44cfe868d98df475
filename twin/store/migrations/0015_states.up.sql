-- How each watched thing is heard; outages of the time before this store, as a city's files tell them.

-- One row a thing that a device watches. Written when it comes to another state, not at each message.
CREATE TABLE sensor_state (
    asset_id     bigint PRIMARY KEY REFERENCES asset ON DELETE CASCADE,
    state        smallint NOT NULL,              -- twin.incidents.silence.Hearing
    reason       smallint NOT NULL,              -- twin.incidents.silence.Reason
    since        timestamptz,                    -- null: never heard, and nothing else known
    deadline     timestamptz,                    -- until when it may stay so, or that passed; null: none counts
    incident_id  bigint REFERENCES incident ON DELETE SET NULL, -- what explains it, or did
    revision     bigint NOT NULL                 -- rises with each write: two processes may assess
) WITH (fillfactor = 70);
CREATE SEQUENCE sensor_state_revision;
CREATE INDEX sensor_state_change ON sensor_state (revision);

-- Outages that ended before anything was announced about them: what return times are learnt from.
CREATE TABLE past_outage (
    code         text PRIMARY KEY,
    kind         text NOT NULL,                  -- as of an incident: flood, cabinet_out, feeder_out, lamp_failure
    began_at     timestamptz NOT NULL,
    taken_at     timestamptz,                    -- null: not written down
    returning_at timestamptz,                    -- null: not written down, or it came back at once
    ended_at     timestamptz NOT NULL,
    root_kind    text NOT NULL DEFAULT '',
    root_code    text NOT NULL DEFAULT '',
    cause        text NOT NULL DEFAULT '',       -- in the words of whoever wrote it down
    source       text NOT NULL,
    simulated    boolean NOT NULL,
    CHECK (ended_at > began_at)
);
CREATE INDEX past_outage_ended ON past_outage (ended_at);
