-- Things that stand and may be named in a cause, by kind and code.
SELECT a.kind, a.code, a.id
FROM asset a
WHERE a.valid_to IS NULL AND a.kind = ANY(%(kinds)s) AND a.code = ANY(%(codes)s)
