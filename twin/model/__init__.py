"""The model's vocabulary: kinds, observed properties, states, canonical frames."""
