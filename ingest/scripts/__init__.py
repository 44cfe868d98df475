"""Codecs written in JavaScript (LoRa Alliance TS013), each run in a process that may do nothing."""
