SELECT count(*) FROM light l JOIN asset a ON a.id = l.asset_id AND a.valid_to IS NULL;
