-- Supply devices that water cut in a span, whatever has become of them since.
SELECT DISTINCT a.code, a.kind
FROM supply_event e
JOIN asset a ON a.id = e.asset_id
WHERE e.state = 'tripped' AND e.reason = 'flooded' AND e.at >= %(start)s AND e.at < %(end)s
ORDER BY 1
