INSERT INTO terrain (code, dataset_id, datum, error_m, step_m, west, south, east, north, known,
                     content, sha256, valid_from)
VALUES (%(code)s, %(dataset)s, %(datum)s, %(error_m)s, %(step_m)s, %(west)s, %(south)s, %(east)s,
        %(north)s, %(known)s, %(content)s, %(sha256)s, %(at)s)
