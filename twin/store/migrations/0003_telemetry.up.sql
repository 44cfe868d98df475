-- Messages in: devices, raw frames, observations, latest values, and the ledger that balances.

CREATE TABLE device (
    dev_eui      text PRIMARY KEY CHECK (dev_eui ~ '^[0-9a-z_:.-]{1,64}$'), -- 16 hex digits for LoRaWAN
    network      text NOT NULL,
    name         text NOT NULL DEFAULT '',
    profile      text NOT NULL DEFAULT '',
    application  text NOT NULL DEFAULT '',
    asset_id     bigint REFERENCES asset,       -- null: not attached to a thing of the city yet
    interval_s   integer CHECK (interval_s > 0), -- expected time between two messages; null: not known
    registered   boolean NOT NULL DEFAULT false, -- false: first met in the stream
    first_seen   timestamptz,
    last_seen    timestamptz                     -- by event time, never backwards
) WITH (fillfactor = 70);
CREATE INDEX device_asset ON device (asset_id);

-- Where a device's counters stand: what tells a duplicate from a reset after a restart.
CREATE TABLE device_session (
    dev_eui       text PRIMARY KEY,
    session       text NOT NULL,                 -- devAddr or session key id
    epoch         integer NOT NULL,              -- counter resets seen so far
    f_cnt         bigint NOT NULL,
    event_at      timestamptz NOT NULL,
    received      bigint NOT NULL,               -- frames stored in this epoch
    first_f_cnt   bigint NOT NULL                -- of this epoch: loss = 1 − received / expected
) WITH (fillfactor = 70);

CREATE TABLE codec (
    id       smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name     text NOT NULL,
    version  text NOT NULL,
    UNIQUE (name, version)
);

-- The raw uplink, kept before any decoding. `copy_key` is a hash of what makes two deliveries the
-- same frame (network's own identifier, or device, session, epoch, counter and bytes).
SELECT create_time_table('frame', 'event_at', $$
    event_at        timestamptz NOT NULL,
    copy_key        bigint NOT NULL,
    dev_eui         text NOT NULL,
    network         text NOT NULL,
    session         text NOT NULL,
    epoch           integer NOT NULL,
    f_cnt           bigint NOT NULL,
    f_port          smallint NOT NULL,
    payload         bytea NOT NULL,
    received_at     timestamptz NOT NULL,        -- at our door
    gateway_at      timestamptz,
    network_at      timestamptz,
    application_at  timestamptz,
    time_source     smallint NOT NULL,           -- 0 gateway, 1 network, 2 application, 3 our door
    flags           smallint NOT NULL,           -- bit 0 confirmed, 1 encrypted, 2 late, 3 reset, 4 no codec, 5 codec failed,
                                                 -- 6 read in part, 10 without a counter
    codec_id        smallint,
    copies          smallint NOT NULL,           -- deliveries merged into this row, itself included
    receptions      bytea NOT NULL,              -- JSON as received, one array per copy, joined by newlines
    decoded_by_network bytea                     -- JSON as received, null where absent
$$);
CREATE UNIQUE INDEX frame_key ON frame (event_at, copy_key);
CREATE INDEX frame_device ON frame (dev_eui, event_at DESC);

-- Asset (or device without one) + observed property + channel.
CREATE TABLE datastream (
    id        integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    asset_id  bigint REFERENCES asset,
    dev_eui   text,                              -- null for series that no device of ours sends
    property  text NOT NULL,
    channel   smallint NOT NULL DEFAULT 0,
    unit      text NOT NULL,
    UNIQUE NULLS NOT DISTINCT (dev_eui, asset_id, property, channel)
);
CREATE INDEX datastream_asset ON datastream (asset_id, property);

SELECT create_time_table('observation', 'measured_at', $$
    measured_at    timestamptz NOT NULL,
    datastream_id  integer NOT NULL,
    value          double precision NOT NULL,
    quality        smallint NOT NULL,            -- 0 good; bit 0 out of range, 1 time guessed, 2 late, 3 ambiguous
    codec_id       smallint NOT NULL             -- 0: not from a codec
$$);
-- One index serves the key and the curves; rows are copied in its order. With the time first and a
-- second index for the curves, each row costs the server twice as much (docs/engineer-ingest.md).
CREATE UNIQUE INDEX observation_key ON observation (datastream_id, measured_at);

-- The newest value by event time: it never goes back.
CREATE TABLE latest (
    datastream_id  integer PRIMARY KEY,
    measured_at    timestamptz NOT NULL,
    value          double precision NOT NULL,
    quality        smallint NOT NULL,
    received_at    timestamptz NOT NULL,
    batch          bigint NOT NULL               -- of the transaction that wrote it, from batch_number
) WITH (fillfactor = 70);
-- A summary by pages: unlike a tree it leaves updates in place, and finds what changed since a batch.
CREATE INDEX latest_batch ON latest USING brin (batch) WITH (pages_per_range = 4);
CREATE SEQUENCE batch_number;

-- received = stored + merged + rejected + ignored, for each source and minute, always.
CREATE TABLE ledger (
    source   text NOT NULL,
    minute   timestamptz NOT NULL,               -- of reception
    outcome  text NOT NULL CHECK (outcome IN ('received', 'stored', 'merged', 'rejected', 'ignored')),
    reason   text NOT NULL DEFAULT '',           -- empty for received and stored
    count    bigint NOT NULL CHECK (count > 0),
    PRIMARY KEY (source, minute, outcome, reason)
);

-- What could not be taken, with its bytes and its reason.
CREATE TABLE rejected (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source       text NOT NULL,
    topic        text NOT NULL,
    reason       text NOT NULL,
    detail       text NOT NULL,
    raw          bytea NOT NULL,                 -- cut at a limit; raw_bytes is its true length
    raw_bytes    integer NOT NULL,
    raw_sha256   bytea NOT NULL,
    received_at  timestamptz NOT NULL,           -- first time
    times        integer NOT NULL DEFAULT 1,
    UNIQUE (source, topic, raw_sha256)
);
CREATE INDEX rejected_at ON rejected (received_at DESC);

-- Joins, acknowledgements, gateway states, logs: events that are not measurements.
SELECT create_time_table('network_event', 'event_at', $$
    event_at     timestamptz NOT NULL,
    copy_key     bigint NOT NULL,
    subject      text NOT NULL,                  -- dev_eui or gateway id
    kind         text NOT NULL,                  -- join | ack | txack | log | status | location | gateway
    detail       jsonb NOT NULL,
    received_at  timestamptz NOT NULL
$$);
CREATE UNIQUE INDEX network_event_key ON network_event (event_at, copy_key);
CREATE INDEX network_event_subject ON network_event (subject, event_at DESC);

-- What each ingest worker last said of itself: rates, delays, connections. Not data: overwritten.
CREATE TABLE worker_status (
    worker  text PRIMARY KEY,
    at      timestamptz NOT NULL,
    status  jsonb NOT NULL
);
