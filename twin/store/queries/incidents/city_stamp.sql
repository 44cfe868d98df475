-- Changes when the city does: another epoch of the map, another import, another wired device. What
-- has to be counted is looked at now and then only.
SELECT concat_ws('/',
    (SELECT data_version FROM territory),
    (SELECT max(id) FROM dataset),
    (SELECT max(id) FROM link)),
    CASE WHEN %(count)s THEN concat_ws('/',
    (SELECT count(*) FROM device WHERE asset_id IS NOT NULL),
    (SELECT count(*) FROM link WHERE valid_to IS NULL AND role IN ('supplies', 'hears'))) END
