"""Deadlines, when they fall due, and which notices go out when: from the configuration alone."""
