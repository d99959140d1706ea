"""What goes out now, given what is known: moves, closings, actions of people, retries, and what is ahead."""
