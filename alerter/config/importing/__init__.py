"""From calendars and spreadsheets to deadlines in TOML."""
