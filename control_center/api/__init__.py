"""What machines ask: JSON, binary columns, tiles, the live channel. Everything is under ``/v1``."""
