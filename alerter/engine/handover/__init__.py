"""Handing over what falls due, from the plan to the ledger."""
