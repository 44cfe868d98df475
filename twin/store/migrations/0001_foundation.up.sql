-- The ground: time-partitioned tables that are alike with and without TimescaleDB, one bucket
-- function, the territory, and the journal of what people did.
-- (The migrator creates the schema `reverbere`, the table `migration` and sets the search path.)

-- What the migrator read of this server before the first statement: 'on' when tables that grow
-- with time become hypertables, 'off' when they become declarative partitions.
CREATE TABLE setting (
    name  text PRIMARY KEY,
    value text NOT NULL
);
INSERT INTO setting VALUES ('time_tables', current_setting('reverbere.time_tables'));

-- The tables that grow with time, and their partitioning column.
CREATE TABLE time_table (
    name        text PRIMARY KEY,
    time_column text NOT NULL
);

-- Create a table cut by day on a timestamptz column.
--   name         without schema
--   time_column  NOT NULL timestamptz; must be part of every unique key
--   columns      the body of CREATE TABLE
CREATE FUNCTION create_time_table(name text, time_column text, columns text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT value FROM setting s WHERE s.name = 'time_tables') = 'on' THEN
        EXECUTE format('CREATE TABLE reverbere.%I (%s)', name, columns);
        PERFORM public.create_hypertable(
            format('reverbere.%I', name)::regclass,
            public.by_range(time_column::name, INTERVAL '1 day'),
            create_default_indexes => false);
    ELSE
        EXECUTE format('CREATE TABLE reverbere.%I (%s) PARTITION BY RANGE (%I)',
                       name, columns, time_column);
    END IF;
    INSERT INTO time_table VALUES (name, time_column);
END $$;

-- Make sure that rows of these UTC days can be stored. Nothing to do for a hypertable.
-- Partitions are called <table>_p<yyyymmdd>. Takes a lock per table, so that two writers that
-- meet the same new day do not fight over it.
CREATE FUNCTION ensure_partitions(name text, days date[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    day date;
    partition text;
BEGIN
    IF (SELECT value FROM setting s WHERE s.name = 'time_tables') = 'on' THEN
        RETURN;
    END IF;
    FOREACH day IN ARRAY days LOOP
        partition := name || '_p' || to_char(day, 'YYYYMMDD');
        CONTINUE WHEN to_regclass(format('reverbere.%I', partition)) IS NOT NULL;
        PERFORM pg_advisory_xact_lock(hashtext('reverbere.ensure_partitions.' || name));
        -- IF NOT EXISTS looks again, and freshly: to_regclass may answer from before the lock
        EXECUTE format(
            'CREATE TABLE IF NOT EXISTS reverbere.%I PARTITION OF reverbere.%I '
            'FOR VALUES FROM (%L) TO (%L)',
            partition, name,
            to_char(day, 'YYYY-MM-DD') || ' 00:00+00',
            to_char(day + 1, 'YYYY-MM-DD') || ' 00:00+00');
    END LOOP;
END $$;

-- Forget what is older than an instant; whole days only. Returns how many pieces were dropped.
CREATE FUNCTION drop_before(name text, instant timestamptz) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    piece text;
    dropped integer := 0;
BEGIN
    IF NOT EXISTS (SELECT FROM time_table t WHERE t.name = drop_before.name) THEN
        RAISE EXCEPTION 'not a time table: %', name USING ERRCODE = '22023';
    END IF;
    IF (SELECT value FROM setting s WHERE s.name = 'time_tables') = 'on' THEN
        SELECT count(*) INTO dropped
        FROM public.drop_chunks(format('reverbere.%I', name)::regclass, older_than => instant);
        RETURN dropped;
    END IF;
    FOR piece IN
        SELECT c.relname
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = format('reverbere.%I', name)::regclass
          AND to_date(right(c.relname, 8), 'YYYYMMDD') + 1 <= (instant AT TIME ZONE 'UTC')::date
    LOOP
        EXECUTE format('DROP TABLE reverbere.%I', piece);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END $$;

-- Start of the bucket that holds an instant; widths up to a week. Local days and months are
-- computed in polars, which knows the time zone.
DO $$
BEGIN
    IF (SELECT value FROM setting WHERE name = 'time_tables') = 'on' THEN
        CREATE FUNCTION bucket(width interval, instant timestamptz) RETURNS timestamptz
        LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT public.time_bucket(width, instant)';
    ELSE
        CREATE FUNCTION bucket(width interval, instant timestamptz) RETURNS timestamptz
        LANGUAGE sql IMMUTABLE PARALLEL SAFE
        AS $body$SELECT date_bin(width, instant, TIMESTAMPTZ '2000-01-03 00:00+00')$body$;
    END IF;
END $$;

-- One store holds one territory.
CREATE TABLE territory (
    only_one        boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    slug            text NOT NULL CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    name            text NOT NULL,
    simulated       boolean NOT NULL,
    timezone        text NOT NULL,
    metric_srid     integer NOT NULL,
    longitude       double precision NOT NULL CHECK (longitude BETWEEN -180 AND 180),
    latitude        double precision NOT NULL CHECK (latitude BETWEEN -90 AND 90),
    clock_offset_s  bigint NOT NULL DEFAULT 0,
    -- epoch of the map: a hash over the tile archives; null until they were built
    data_version    text,
    contact         jsonb NOT NULL DEFAULT '{}',
    created_at      timestamptz NOT NULL,
    CHECK (simulated OR clock_offset_s = 0)
);

-- Who did what, when, why. Only ever appended to.
CREATE TABLE audit (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       timestamptz NOT NULL,
    person   text NOT NULL,
    role     text NOT NULL,
    act      text NOT NULL,
    subject  text NOT NULL,
    detail   jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_at ON audit (at DESC);
CREATE RULE audit_is_append_only_update AS ON UPDATE TO audit DO INSTEAD NOTHING;
CREATE RULE audit_is_append_only_delete AS ON DELETE TO audit DO INSTEAD NOTHING;
