-- When the devices of a thing were last heard by an instant: a message that came in later counts not.
SELECT max(f.event_at)
FROM device d
CROSS JOIN LATERAL (
    SELECT event_at FROM frame
    WHERE dev_eui = d.dev_eui AND event_at <= %(at)s AND received_at <= %(at)s
    ORDER BY event_at DESC LIMIT 1
) f
WHERE d.asset_id = %(asset_id)s;
