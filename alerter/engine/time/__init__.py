"""Clocks and timers: the one place that reads a clock, whether to believe it, and what wakes the daemon."""
