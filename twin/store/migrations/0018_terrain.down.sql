UPDATE supply_device SET ground_m_ngf = NULL WHERE ground_terrain_id IS NOT NULL;
ALTER TABLE supply_device DROP COLUMN ground_terrain_id;
DROP TABLE terrain;
