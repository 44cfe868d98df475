-- Night switch-off of a programme, in local time: properties off_from and off_to as HH:MM.
SELECT a.id,
       extract(epoch FROM (a.properties ->> 'off_from')::time)::double precision,
       extract(epoch FROM (a.properties ->> 'off_to')::time)::double precision
FROM asset a
WHERE a.kind IN ('substation', 'cabinet', 'feeder') AND a.valid_to IS NULL
  AND a.properties ->> 'off_from' ~ '^([01]?\d|2[0-3]):[0-5]\d$'
  AND a.properties ->> 'off_to' ~ '^([01]?\d|2[0-3]):[0-5]\d$'
ORDER BY a.id
