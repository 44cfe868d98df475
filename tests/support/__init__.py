"""Helpers that several rooms' tests share: real servers, throw-away databases."""
