INSERT INTO ledger AS l (source, minute, outcome, reason, count)
SELECT * FROM unnest(%(sources)s::text[], %(minutes)s::timestamptz[], %(outcomes)s::text[],
                     %(reasons)s::text[], %(counts)s::bigint[])
ON CONFLICT (source, minute, outcome, reason) DO UPDATE SET count = l.count + EXCLUDED.count;
