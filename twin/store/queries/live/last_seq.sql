-- The last change that a reader of light_state can see.
SELECT coalesce(max(seq), 0) FROM light_state;
