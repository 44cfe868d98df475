-- Changes when the city does: another epoch of the map, another import, another wired device.
SELECT concat_ws('/',
    (SELECT data_version FROM territory),
    (SELECT max(id) FROM dataset),
    (SELECT count(*) FROM device WHERE asset_id IS NOT NULL),
    (SELECT max(id) FROM link),
    (SELECT count(*) FROM link WHERE valid_to IS NULL AND role IN ('supplies', 'hears')))
