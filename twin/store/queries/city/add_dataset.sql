INSERT INTO dataset (mapping, file_name, sha256, licence, attribution, imported_at,
                     rows_read, rows_kept, rows_set_aside, report)
VALUES (%(mapping)s, %(file_name)s, %(sha256)s, %(licence)s, %(attribution)s, %(at)s,
        %(read)s, %(kept)s, %(set_aside)s, '{}')
RETURNING id
