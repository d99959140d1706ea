"""Taking a changed configuration while running."""
