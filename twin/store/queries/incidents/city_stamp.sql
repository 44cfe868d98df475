-- Changes when the city does: another epoch of the map, another import, another link, another wired
-- device. What has to be counted is looked at now and then only.
SELECT (SELECT data_version FROM territory), (SELECT max(id) FROM dataset),
       (SELECT max(id) FROM link),
       CASE WHEN %(count)s THEN (SELECT count(*) FROM device WHERE asset_id IS NOT NULL) END,
       CASE WHEN %(count)s THEN
           (SELECT count(*) FROM link WHERE valid_to IS NULL AND role = 'supplies') END,
       CASE WHEN %(count)s THEN
           (SELECT count(*) FROM link WHERE valid_to IS NULL AND role = 'hears') END
