-- Decades that a file brings lie in pieces of a year, not of a day: a daily series has one row a
-- day, and ten thousand pieces cost more than what is in them.

-- Days (UTC) of each piece of a time table.
CREATE FUNCTION pieces(name text) RETURNS TABLE (days daterange)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF (SELECT value FROM setting s WHERE s.name = 'time_tables') = 'on' THEN
        RETURN QUERY
        SELECT daterange((c.range_start AT TIME ZONE 'UTC')::date,
                         (c.range_end AT TIME ZONE 'UTC')::date)
        FROM timescaledb_information.chunks c
        WHERE c.hypertable_schema = 'reverbere' AND c.hypertable_name = pieces.name;
    ELSE
        -- called <table>_p<day>, or <table>_p<first day>_<last day>
        RETURN QUERY
        SELECT daterange(to_date(substring(c.relname, '_p(\d{8})'), 'YYYYMMDD'),
                         to_date(right(c.relname, 8), 'YYYYMMDD'), '[]')
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = format('reverbere.%I', pieces.name)::regclass;
    END IF;
END $$;

-- Add a partition, without locking out whoever reads and writes the others meanwhile.
CREATE FUNCTION attach_partition(name text, partition text, days daterange) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TABLE reverbere.%I (LIKE reverbere.%I INCLUDING DEFAULTS INCLUDING STORAGE)',
                   partition, name);
    EXECUTE format('ALTER TABLE reverbere.%I ATTACH PARTITION reverbere.%I FOR VALUES FROM (%L) TO (%L)',
                   name, partition,
                   to_char(lower(days), 'YYYY-MM-DD') || ' 00:00+00',
                   to_char(upper(days), 'YYYY-MM-DD') || ' 00:00+00');
END $$;

-- Those of some days (UTC) that no piece of a time table holds yet, ascending.
CREATE FUNCTION without_piece(name text, wanted date[]) RETURNS SETOF date
LANGUAGE sql STABLE AS $$
    SELECT DISTINCT day
    FROM unnest(wanted) day
    WHERE NOT coalesce((SELECT range_agg(p.days) FROM pieces(name) p), datemultirange()) @> day
    ORDER BY day
$$;

-- As before, and a day that lies in a longer piece has its room; whoever reads and writes other days
-- meanwhile is not locked out.
CREATE OR REPLACE FUNCTION ensure_partitions(name text, days date[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    day date;
BEGIN
    IF (SELECT value FROM setting s WHERE s.name = 'time_tables') = 'on' THEN
        RETURN;
    END IF;
    days := ARRAY(
        SELECT d FROM unnest(days) d
        WHERE to_regclass(format('reverbere.%I', name || '_p' || to_char(d, 'YYYYMMDD'))) IS NULL);
    IF days = '{}' OR NOT EXISTS (SELECT FROM without_piece(name, days)) THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('reverbere.ensure_partitions.' || name));
    FOR day IN SELECT without_piece(name, days) LOOP  -- asked again: another may have been first
        PERFORM attach_partition(name, name || '_p' || to_char(day, 'YYYYMMDD'),
                                 daterange(day, day + 1));
    END LOOP;
END $$;

-- Make sure that readings of these UTC days of the past can be stored, in pieces of 365 days
-- counted from 1970 (as TimescaleDB counts them). Pieces that are there stay: the new ones fill
-- the holes between them. The width of a hypertable's chunks is changed and put back in the one
-- transaction, so that nobody else ever sees it; a row makes the chunk, and goes again.
CREATE FUNCTION ensure_history(history date[]) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    hypertable boolean := (SELECT value = 'on' FROM setting s WHERE s.name = 'time_tables');
    hole daterange;
    made integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('reverbere.ensure_partitions.observation'));
    FOR hole IN
        WITH there AS MATERIALIZED (SELECT p.days FROM pieces('observation') p),
        years AS (
            SELECT DISTINCT DATE '1970-01-01' + 365 * floor((day - DATE '1970-01-01') / 365.0)::integer AS day
            FROM unnest(history) day
        )
        SELECT missing
        FROM (SELECT daterange(day, day + 365) AS days FROM years) year
        CROSS JOIN LATERAL unnest(datemultirange(year.days) - coalesce(
            (SELECT range_agg(there.days) FROM there WHERE there.days && year.days),
            datemultirange())) missing
        WHERE EXISTS (SELECT FROM unnest(history) day WHERE missing @> day)
    LOOP
        IF NOT hypertable THEN
            PERFORM attach_partition(
                'observation',
                'observation_p' || to_char(lower(hole), 'YYYYMMDD')
                || '_' || to_char(upper(hole) - 1, 'YYYYMMDD'),
                hole);
        ELSE
            IF made = 0 THEN
                PERFORM public.set_chunk_time_interval('reverbere.observation'::regclass, INTERVAL '365 days');
            END IF;
            INSERT INTO observation (measured_at, datastream_id, value, quality, codec_id)
            VALUES (lower(hole)::timestamp AT TIME ZONE 'UTC', 0, 0, 0, 0);
        END IF;
        made := made + 1;
    END LOOP;
    IF hypertable AND made > 0 THEN
        PERFORM public.set_chunk_time_interval('reverbere.observation'::regclass, INTERVAL '1 day');
        DELETE FROM observation
        WHERE datastream_id = 0 AND measured_at < (SELECT max(day) + 366 FROM unnest(history) day);
    END IF;
    RETURN made;
END $$;
