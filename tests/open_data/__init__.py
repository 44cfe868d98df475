"""The open door: OGC API, exports, catalogue, layers page."""
