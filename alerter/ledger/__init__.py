"""The durable record of what was handed over, tried and told."""
