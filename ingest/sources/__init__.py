"""Where messages come from: a broker, or a recording."""
