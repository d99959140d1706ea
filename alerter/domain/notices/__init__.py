"""A notice, what became of an attempt to send it, and which of several goes."""
