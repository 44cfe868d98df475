-- Heights of the ground on grids, whole as they were imported; which of them tells a device's ground.

CREATE TABLE terrain (
    id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code        text NOT NULL,                   -- name of the grid, e.g. of its tile
    dataset_id  integer NOT NULL REFERENCES dataset,
    datum       text NOT NULL,                   -- what the heights count from; '' not said
    error_m     real NOT NULL CHECK (error_m > 0),
    step_m      real NOT NULL CHECK (step_m > 0),
    west        float8 NOT NULL,                 -- degrees
    south       float8 NOT NULL,
    east        float8 NOT NULL,
    north       float8 NOT NULL,
    known       integer NOT NULL CHECK (known > 0), -- cells
    content     bytea NOT NULL,                  -- GeoTIFF
    sha256      bytea NOT NULL CHECK (length(sha256) = 32),
    valid_from  timestamptz NOT NULL,
    valid_to    timestamptz
);
CREATE UNIQUE INDEX terrain_code ON terrain (code) WHERE valid_to IS NULL;
ALTER TABLE terrain ALTER COLUMN content SET STORAGE EXTERNAL; -- packed already

-- Null while ground_m_ngf is known: its register says it.
ALTER TABLE supply_device ADD COLUMN ground_terrain_id integer REFERENCES terrain;
