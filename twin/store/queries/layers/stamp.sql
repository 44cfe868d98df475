-- Changes when a layer does: another epoch of the map, another import, other wires.
SELECT concat_ws('/',
    (SELECT data_version FROM territory),
    (SELECT max(id) FROM dataset),
    (SELECT max(id) FROM link),
    (SELECT max(valid_to) FROM link),
    (SELECT count(*) FROM device WHERE asset_id IS NOT NULL))
