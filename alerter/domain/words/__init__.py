"""Saying things in the reader's language: catalogues, dates, lengths of time, names, and statements yet to be said."""
