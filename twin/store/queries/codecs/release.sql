DELETE FROM codec_quarantine WHERE name = %(name)s;
