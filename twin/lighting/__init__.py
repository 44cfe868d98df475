"""Laws of public lighting: the sun, the hours of the night, energy, savings."""
