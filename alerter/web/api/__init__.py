"""`/api/v1`, and the documents that it shares with commands."""
