"""Calendars and clocks: zones, business days, recurrence. Nothing here knows of deadlines."""
