SELECT name, version, id FROM codec;
