-- Whom the imported data come from, each once.
SELECT DISTINCT attribution FROM dataset WHERE attribution <> '' ORDER BY attribution;
