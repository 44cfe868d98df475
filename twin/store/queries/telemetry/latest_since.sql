-- One row of arrays: newest values written by later batches. No join: who they are about is cached.
SELECT array_agg(datastream_id), array_agg(measured_at),
       array_agg(value), array_agg(quality), array_agg(batch)
FROM latest
WHERE batch > %(since_batch)s
