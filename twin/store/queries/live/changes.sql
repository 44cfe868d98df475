-- Lights whose state changed after a number of the sequence.
SELECT i.idx, s.state, s.seq
FROM light_state s
JOIN light_index i ON i.asset_id = s.asset_id
WHERE s.seq > %(seq)s
ORDER BY s.seq;
