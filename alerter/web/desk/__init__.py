"""What the web side knows of the daemon: the watch list by nearness, stories, troubles."""
