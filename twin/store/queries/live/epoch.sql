-- The epoch of the map and the time zone of its people; no row before a territory exists.
SELECT data_version, timezone, longitude, latitude FROM territory;
