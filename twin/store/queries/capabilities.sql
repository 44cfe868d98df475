SELECT
    split_part(current_setting('server_version'), ' ', 1),
    (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'),
    current_setting('timescaledb.license', true),
    (SELECT extversion FROM pg_extension WHERE extname = 'postgis');
