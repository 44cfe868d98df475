SELECT ensure_partitions('observation', %(days)s::date[])
