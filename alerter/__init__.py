"""alerter makes sure that nobody misses a deadline."""

__version__ = "0.1.0"
