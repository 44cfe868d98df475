-- A stream of which nothing current is left has no newest value.
DELETE FROM latest l
WHERE l.datastream_id = ANY(%(streams)s::integer[])
  AND NOT EXISTS (
      SELECT FROM observation o
      WHERE o.datastream_id = l.datastream_id AND o.quality & %(historical)s = 0
  );
