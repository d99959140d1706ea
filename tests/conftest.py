"""What any test may ask for."""

from __future__ import annotations

from tests.postgres import own_server, postgres_server, postgres_url

__all__ = ["own_server", "postgres_server", "postgres_url"]
