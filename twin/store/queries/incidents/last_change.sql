SELECT coalesce(max(seq), 0) FROM light_state
