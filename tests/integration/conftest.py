"""The bench of the acceptance tests, for daemons that run inside a test."""

from __future__ import annotations

from tests.acceptance.conftest import bench

__all__ = ["bench"]
