"""`/calendar.ics`."""
