SELECT count(*) FROM device WHERE NOT registered AND network <> 'gateway';
