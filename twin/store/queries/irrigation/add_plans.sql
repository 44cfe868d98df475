-- Keep a plan only where it says something else than the one before.
INSERT INTO watering_plan (zone_id, night, computed_at, decision, minutes, depth_mm, litres,
                           starts_at, why)
SELECT i.zone_id, %(night)s, %(computed_at)s, i.decision, i.minutes, i.depth_mm, i.litres,
       i.starts_at, i.why
FROM incoming_plan i
LEFT JOIN LATERAL (
    SELECT decision, minutes, starts_at, why FROM watering_plan p
    WHERE p.zone_id = i.zone_id AND p.night = %(night)s
    ORDER BY computed_at DESC LIMIT 1
) last ON true
WHERE (last.decision, last.minutes, last.starts_at, last.why)
      IS DISTINCT FROM (i.decision, i.minutes, i.starts_at, i.why)
ON CONFLICT (zone_id, night, computed_at) DO UPDATE
SET decision = EXCLUDED.decision, minutes = EXCLUDED.minutes, depth_mm = EXCLUDED.depth_mm,
    litres = EXCLUDED.litres, starts_at = EXCLUDED.starts_at, why = EXCLUDED.why;
