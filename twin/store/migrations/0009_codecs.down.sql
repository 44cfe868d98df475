DROP TABLE observation_superseded;
DROP TABLE codec_quarantine;
DROP TABLE codec_source;
