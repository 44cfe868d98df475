-- Orders to devices: one act of a person, one order, at most one physical effect.

CREATE TABLE command (
    id               uuid PRIMARY KEY,
    person           text NOT NULL,
    idempotency_key  text NOT NULL,
    asset_id         bigint NOT NULL REFERENCES asset,
    dev_eui          text NOT NULL,
    verb             text NOT NULL,              -- open_valve | close_valve | dim | switch_on | switch_off
    parameters       jsonb NOT NULL,
    issued_at        timestamptz NOT NULL,       -- when the person asked
    requested_at     timestamptz NOT NULL,       -- when we learnt of it
    expires_at       timestamptz NOT NULL,       -- past it, it never acts
    state            text NOT NULL,              -- twin.model.states.CommandState
    state_at         timestamptz NOT NULL,
    reason           text NOT NULL DEFAULT '',
    UNIQUE (person, idempotency_key)
);
CREATE INDEX command_pending ON command (state, expires_at)
    WHERE state IN ('requested', 'queued', 'sent', 'acknowledged');
CREATE INDEX command_asset ON command (asset_id, requested_at DESC);
CREATE TABLE command_step (
    command_id  uuid NOT NULL REFERENCES command ON DELETE CASCADE,
    at          timestamptz NOT NULL,
    state       text NOT NULL,
    source      text NOT NULL,                   -- who says so: person, gateway, network, telemetry, clock
    detail      text NOT NULL DEFAULT '',
    PRIMARY KEY (command_id, at, state)
);
