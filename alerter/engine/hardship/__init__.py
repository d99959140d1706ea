"""Going on while the ledger cannot be used, is lost or has yet to come."""
