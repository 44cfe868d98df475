"""The town's devices: one file a family, each writing the frames of a real product."""
