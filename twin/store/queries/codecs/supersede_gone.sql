-- What the codec that read a frame then had found, and the present one does not, goes.
WITH gone AS (
    DELETE FROM observation o
    USING unnest(%(dev_euis)s::text[], %(times)s::timestamptz[], %(codecs)s::smallint[])
          AS r (dev_eui, event_at, codec_id),
          datastream s
    WHERE s.dev_eui = r.dev_eui
      AND o.datastream_id = s.id AND o.measured_at = r.event_at AND o.codec_id = r.codec_id
      AND o.measured_at BETWEEN %(first)s AND %(last)s
      AND NOT EXISTS (
          SELECT FROM incoming_observation i
          WHERE i.datastream_id = o.datastream_id AND i.measured_at = o.measured_at
      )
    RETURNING o.*
)
INSERT INTO observation_superseded
      (measured_at, datastream_id, value, quality, codec_id, superseded_at)
SELECT measured_at, datastream_id, value, quality, codec_id, %(now)s
FROM gone
ON CONFLICT DO NOTHING
RETURNING datastream_id;
