"""One file per channel, each with its settings, its form of a message, and how it sends."""
