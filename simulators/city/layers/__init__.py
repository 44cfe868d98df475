"""From the town's plan to rows: one file a part of the canonical layers."""
