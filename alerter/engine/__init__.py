"""The moving part: hands over what falls due, sends it, and takes new watch lists."""
