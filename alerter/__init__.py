"""alerter makes sure that nobody misses a deadline."""

__version__ = "1.0.0"
