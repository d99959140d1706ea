"""What any test may ask for."""

from __future__ import annotations

from hypothesis import settings

from tests.postgres import own_server, postgres_server, postgres_url

__all__ = ["own_server", "postgres_server", "postgres_url"]

settings.register_profile("untimed", deadline=None)  # a busy machine is no fault of what is tested
settings.load_profile("untimed")
