SELECT count(*) || ' ' || coalesce(max(revision), 0) FROM silence_watch
