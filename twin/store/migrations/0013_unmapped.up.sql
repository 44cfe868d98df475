-- Values that became no reading, and why: what an engineer still has to write a line for.
CREATE TABLE unmapped (
    dev_eui   text NOT NULL,                     -- empty: a field of the profile's codec, of all its devices
    profile   text NOT NULL,                     -- as the device names it; empty: none
    name      text NOT NULL,                     -- path in the sender's words
    why       text NOT NULL CHECK (why IN ('no_mapping', 'not_a_number', 'unit', 'bad_channel')),
    unit      text NOT NULL,                     -- as sent; empty: not said
    example   text NOT NULL,                     -- the last value seen, cut
    first_at  timestamptz NOT NULL,
    last_at   timestamptz NOT NULL,              -- to the hour: it is not written again for each message
    PRIMARY KEY (dev_eui, profile, name, why)
);
CREATE INDEX unmapped_last ON unmapped (last_at DESC);
