"""Sending what was handed over, and recording what became of it."""
