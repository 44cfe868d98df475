"""The live channel: what changed, encoded once, to every browser that watches."""
