-- One row of arrays: all newest values, and the number of the last batch whose news is kept.
SELECT array_agg(datastream_id), array_agg(measured_at), array_agg(value), array_agg(quality),
       (SELECT array_agg(batch) FROM batch_news)
FROM latest
