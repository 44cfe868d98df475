SELECT EXISTS (SELECT FROM asset
               WHERE kind = 'streetlight' AND code = %(light)s AND valid_to IS NULL)
