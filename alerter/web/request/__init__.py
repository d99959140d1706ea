"""What a request brings, whether it may, and how it is told no."""
