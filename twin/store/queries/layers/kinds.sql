-- How many things of each kind stand now, and what the kind is called.
SELECT k.kind, k.name_fr, k.name_en, k.geometry, count(a.id)
FROM asset_kind k
LEFT JOIN asset a ON a.kind = k.kind AND a.valid_to IS NULL
GROUP BY k.kind
ORDER BY k.kind
