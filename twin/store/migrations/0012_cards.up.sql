-- What people do with incidents, whose silence is still watched, what return was announced.

ALTER TABLE incident
    ADD COLUMN returning_at    timestamptz,      -- since when it comes back; null: not yet, or out again
    ADD COLUMN rang_at         timestamptz,      -- when it last asked for somebody anew; null: when it opened
    ADD COLUMN assigned_to     text,
    ADD COLUMN shelved_until   timestamptz,      -- past: it is in the list again
    ADD COLUMN shelved_by      text,
    ADD COLUMN shelved_reason  text;

-- The journal of one incident: acts of people, and each time it rang anew. Never changed.
CREATE TABLE incident_act (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    incident_id  bigint NOT NULL REFERENCES incident ON DELETE CASCADE,
    act_key      text NOT NULL UNIQUE,           -- the same act sent twice is one act
    at           timestamptz NOT NULL,
    person       text NOT NULL,                  -- or the name of the law
    kind         text NOT NULL CHECK (kind IN ('acknowledge', 'assign', 'shelve', 'unshelve', 'note', 'ring')),
    words        text NOT NULL DEFAULT '',       -- the reason, the note
    assignee     text,
    until        timestamptz
);
CREATE INDEX incident_act_incident ON incident_act (incident_id, id);
CREATE INDEX incident_act_at ON incident_act (at);

-- Devices whose silence a known cause explains, or explained: after it they get a fresh deadline.
CREATE TABLE silence_watch (
    asset_id     bigint PRIMARY KEY REFERENCES asset ON DELETE CASCADE,
    incident_id  bigint NOT NULL REFERENCES incident ON DELETE CASCADE,
    cleared_at   timestamptz,                    -- null while the cause holds
    due_from     timestamptz,                    -- from when its fresh deadline counts
    revision     bigint NOT NULL                 -- rises with each write: two processes may assess
);
CREATE SEQUENCE silence_watch_revision;

-- Returns that were announced, and what became of them. Never changed but for the outcome.
CREATE TABLE return_estimate (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    incident_id  bigint NOT NULL REFERENCES incident ON DELETE CASCADE,
    made_at      timestamptz NOT NULL,
    cause_kind   text NOT NULL,
    crew_state   text NOT NULL,
    earliest     timestamptz NOT NULL,
    latest       timestamptz NOT NULL CHECK (latest >= earliest),
    coverage     real NOT NULL CHECK (coverage > 0 AND coverage < 1), -- share of such ranges meant to hold
    based_on     integer NOT NULL CHECK (based_on > 0),              -- past durations
    UNIQUE (incident_id, made_at)
);

-- A drill: a level of water, what it would put out, kept to be held beside what happened.
CREATE TABLE scenario (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    slug         text NOT NULL UNIQUE,
    name         text NOT NULL,
    made_at      timestamptz NOT NULL,
    person       text NOT NULL,
    question     jsonb NOT NULL,                 -- what was asked
    answer       jsonb NOT NULL                  -- devices and totals it gave then
);
