WITH gone AS (
    DELETE FROM flood_polygon p USING flood_extent e
    WHERE p.extent_id = e.id AND e.flood_id = %(flood_id)s AND e.observed_at = %(observed_at)s
)
INSERT INTO flood_extent (flood_id, observed_at, recorded_at, file_name, sha256)
VALUES (%(flood_id)s, %(observed_at)s, %(recorded_at)s, %(file_name)s, %(sha256)s)
ON CONFLICT (flood_id, observed_at) DO UPDATE SET
    recorded_at = excluded.recorded_at, file_name = excluded.file_name, sha256 = excluded.sha256
RETURNING id
