-- Codecs that came as files, the ones that are not run any more, and values that a later codec
-- read otherwise.

-- What the file said when values were made with it.
CREATE TABLE codec_source (
    codec_id  smallint PRIMARY KEY REFERENCES codec,
    sha256    bytea NOT NULL CHECK (length(sha256) = 32),
    source    text NOT NULL
);

CREATE TABLE codec_quarantine (
    sha256  bytea PRIMARY KEY CHECK (length(sha256) = 32),
    name    text NOT NULL,
    reason  text NOT NULL,
    since   timestamptz NOT NULL
);

-- What stood in `observation` until a stored frame was decoded again.
CREATE TABLE observation_superseded (
    measured_at    timestamptz NOT NULL,
    datastream_id  integer NOT NULL,
    value          double precision NOT NULL,
    quality        smallint NOT NULL,
    codec_id       smallint NOT NULL,            -- that had made it
    superseded_at  timestamptz NOT NULL,
    PRIMARY KEY (datastream_id, measured_at, superseded_at)
);
