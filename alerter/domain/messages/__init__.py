"""What a message says, and its words in plain text."""
