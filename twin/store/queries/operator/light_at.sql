-- The light that has a row of the current map.
SELECT a.code FROM light_index i JOIN asset a ON a.id = i.asset_id WHERE i.idx = %(idx)s;
