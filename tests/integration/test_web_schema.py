"""The API held against its own description by a program that thinks of what people do not."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from tests.website import PASSED, REVIEW, TRUCE, serving

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance,negative_data_rejection,missing_required_header,unsupported_method,ignored_auth"
)


@pytest.mark.fault
@pytest.mark.ci
async def test_schemathesis_finds_no_server_error_and_no_undocumented_answer(tmp_path: Path) -> None:
    """Hundreds of requests, sensible and not, made from the OpenAPI document: each answer is one that it names."""
    async with serving(tmp_path, TRUCE, REVIEW, PASSED) as site:
        await site.delivered(4)
        process = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).with_name("schemathesis")),
            *("run", f"{site.address}/api/v1/openapi.json", "--url", site.address, "--checks", CHECKS),
            *("--phases", "coverage,fuzzing", "--max-examples", "20", "--seed", "1", "--no-color"),
            *("--exclude-path", "/api/v1/reload"),
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await asyncio.wait_for(process.communicate(), 120)
        assert process.returncode == 0, said.decode()
        assert "Tested: 8" in said.decode()
