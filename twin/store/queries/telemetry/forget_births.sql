-- The birth of a node ends its devices'; of nodes beyond a limit the oldest go.
DELETE FROM sparkplug_birth
WHERE node = ANY(%(nodes)s) AND device <> ''
   OR node IN (SELECT node
               FROM sparkplug_birth
               GROUP BY node
               ORDER BY max(born_at) DESC
               OFFSET %(most)s);
