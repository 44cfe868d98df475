-- What Sparkplug births named since an instant, a node's own before its devices'.
SELECT node, device, number, born_at, metrics
FROM sparkplug_birth
WHERE born_at >= %(since)s
ORDER BY max(born_at) OVER (PARTITION BY node), node, device;
