-- How each frame was sent; identifiers that two devices share; what Sparkplug births named; strikes
-- of codecs; room for updates. Null columns of older frames: it was not kept then.

ALTER TABLE frame
    ADD COLUMN frequency        integer,         -- in 100 Hz, as LoRaWAN counts; null: not told
    ADD COLUMN bandwidth        smallint,        -- kHz
    ADD COLUMN spreading_factor smallint,        -- 5 to 12; null also where the modulation has none
    ADD COLUMN data_rate        smallint;        -- index in the region's table

-- Devices that answer to one identifier: runs of counters that alternate cannot be one device's.
CREATE TABLE device_double (
    dev_eui   text PRIMARY KEY REFERENCES device ON DELETE CASCADE,
    first_at  timestamptz NOT NULL,              -- of the frames that showed it
    last_at   timestamptz NOT NULL,
    returns   integer NOT NULL CHECK (returns > 0), -- how often a run was taken up again, in the last look
    runs      jsonb NOT NULL                     -- network, session, counters and instants of each
);
CREATE INDEX device_double_last ON device_double (last_at DESC);

-- The names, aliases and types that a node's or a device's last birth gave: a worker that starts
-- reads them instead of asking for a rebirth.
CREATE TABLE sparkplug_birth (
    node     text NOT NULL,                      -- group/node
    device   text NOT NULL,                      -- empty: the node itself
    number   bigint,                             -- bdSeq of the node's birth; null: not told
    born_at  timestamptz NOT NULL,               -- at our door
    metrics  bytea NOT NULL,                     -- MessagePack: name, alias, type, unit of each
    PRIMARY KEY (node, device)
);
CREATE INDEX sparkplug_birth_born ON sparkplug_birth (born_at DESC);

-- A batch may write all rows of a page again: half of it is left free, so that each new version finds
-- room beside the old one, and no index hears of it.
ALTER TABLE latest SET (fillfactor = 45);
ALTER TABLE device SET (fillfactor = 45);
ALTER TABLE device_session SET (fillfactor = 45);

-- How often a codec had to be stopped: it counts on after a restart.
CREATE TABLE codec_strike (
    sha256   bytea PRIMARY KEY CHECK (length(sha256) = 32),
    name     text NOT NULL,
    strikes  smallint NOT NULL CHECK (strikes > 0),
    last_at  timestamptz NOT NULL
);
