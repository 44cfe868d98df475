-- Watering: what each zone is, what its soil holds day by day, what is planned for the night.

CREATE TABLE hydrozone (
    asset_id             bigint PRIMARY KEY REFERENCES asset ON DELETE CASCADE,
    park_id              bigint NOT NULL REFERENCES asset,
    valve_id             bigint REFERENCES asset,
    plant_type           text NOT NULL,          -- cool_turf | annual_bed | shrub_bed | hedge | young_trees | planters
    landscape_coefficient real NOT NULL CHECK (landscape_coefficient > 0),
    soil_class           text NOT NULL,
    field_capacity       real NOT NULL,          -- m³/m³
    wilting_point        real NOT NULL,          -- m³/m³
    root_depth_m         real NOT NULL CHECK (root_depth_m > 0),
    depletion_fraction   real NOT NULL CHECK (depletion_fraction > 0 AND depletion_fraction <= 1),
    area_m2              real NOT NULL CHECK (area_m2 > 0),
    precipitation_mm_h   real NOT NULL CHECK (precipitation_mm_h > 0),
    distribution_uniformity real NOT NULL CHECK (distribution_uniformity > 0 AND distribution_uniformity <= 1),
    intake_mm_h          real,                   -- null: no cycle and soak
    surface_allowance_mm real,
    CHECK (field_capacity > wilting_point)
);
CREATE INDEX hydrozone_park ON hydrozone (park_id);

-- Daily weather at the station that serves the territory, by local day.
CREATE TABLE daily_weather (
    station_id       bigint NOT NULL REFERENCES asset ON DELETE CASCADE,
    day              date NOT NULL,
    t_min_c          real NOT NULL,
    t_max_c          real NOT NULL,
    t_mean_c         real NOT NULL,
    rh_min           real,
    rh_max           real,
    wind_2m_m_s      real NOT NULL,
    radiation_mj_m2  real NOT NULL,
    rain_mm          real NOT NULL CHECK (rain_mm >= 0),
    et0_mm           real NOT NULL CHECK (et0_mm >= 0),
    hours            smallint NOT NULL,          -- hours of the day that were measured
    PRIMARY KEY (station_id, day)
);

CREATE TABLE soil_balance (
    zone_id        bigint NOT NULL REFERENCES asset ON DELETE CASCADE,
    day            date NOT NULL,
    et0_mm         real NOT NULL,
    rain_mm        real NOT NULL,
    irrigation_mm  real NOT NULL,
    eta_mm         real NOT NULL,
    percolation_mm real NOT NULL,
    stress         real NOT NULL,                -- Ks, 1: none
    depletion_mm   real NOT NULL,                -- at the end of the day; the least possible
    depletion_high_mm real NOT NULL,             -- the most possible: equal once rain has filled the soil
    day_order      text NOT NULL,                -- early | late: see twin.irrigation.water_balance
    PRIMARY KEY (zone_id, day)
);

-- The plan of one night, as computed; the last computed holds.
CREATE TABLE watering_plan (
    zone_id      bigint NOT NULL REFERENCES asset ON DELETE CASCADE,
    night        date NOT NULL,                  -- of its evening
    computed_at  timestamptz NOT NULL,
    decision     text NOT NULL,                  -- water | enough | skipped | banned | blocked | unknown
    minutes      real NOT NULL,
    depth_mm     real NOT NULL,
    litres       real NOT NULL,
    starts_at    timestamptz,
    why          jsonb NOT NULL,                 -- every input of the figure, with its unit and source
    PRIMARY KEY (zone_id, night, computed_at)
);

-- What a person decided for one night or a span: skip, rain pause.
CREATE TABLE watering_override (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    zone_id    bigint REFERENCES asset ON DELETE CASCADE,  -- null: every zone
    kind       text NOT NULL CHECK (kind IN ('skip', 'pause')),
    starts_at  timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL CHECK (ends_at > starts_at),
    person     text NOT NULL,
    undone_at  timestamptz
);
