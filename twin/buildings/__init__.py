"""Laws of buildings: daily energy, change-point models, savings, non-routine events."""
