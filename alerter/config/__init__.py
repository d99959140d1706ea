"""The TOML, from bytes to a watch list or to problems with places."""
