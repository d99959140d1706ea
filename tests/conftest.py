"""What any test may ask for."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

from tests.postgres import own_server, postgres_server, postgres_url

__all__ = ["own_server", "postgres_server", "postgres_url"]

# A busy machine is no fault of what is tested.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
