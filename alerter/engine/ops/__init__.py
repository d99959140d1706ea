"""Telling the people who run the alerter of its own problems, within bounds."""
