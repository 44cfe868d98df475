SELECT sha256, reason FROM codec_quarantine;
