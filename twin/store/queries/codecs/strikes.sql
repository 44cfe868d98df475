-- How often codecs were stopped lately; what is longer ago is forgiven.
SELECT sha256, strikes FROM codec_strike WHERE last_at >= %(since)s;
