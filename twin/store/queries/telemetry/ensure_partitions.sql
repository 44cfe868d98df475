SELECT ensure_partitions(%(name)s, %(days)s);
