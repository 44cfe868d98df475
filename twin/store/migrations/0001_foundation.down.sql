DROP TABLE audit, territory, time_table, setting;
DROP FUNCTION bucket(interval, timestamptz), drop_before(text, timestamptz),
    ensure_partitions(text, date[]), create_time_table(text, text, text);
