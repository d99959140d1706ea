"""`alerter check`: every problem of the configuration, with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from alerter.cli.options import Config, TextFormat

if TYPE_CHECKING:
    from alerter.config.problems import Problem


def command(
    config: Config = None,
    output: Annotated[TextFormat, typer.Option("--format", help="How to print the problems.")] = TextFormat.TEXT,
    strict: Annotated[bool, typer.Option("--strict", help="Fail on warnings too.")] = False,
    no_secrets: Annotated[bool, typer.Option("--no-secrets", help="Read no secrets, and miss none.")] = False,
) -> None:
    """Validate the configuration: prints each problem, and nothing where there is none."""
    from alerter.cli.loading import read_config
    from alerter.cli.output import print_json

    problems = read_config(config, secrets=not no_secrets).problems
    if output is TextFormat.JSON:
        print_json({"problems": [to_json(problem) for problem in problems]})
    else:
        for problem in problems:
            print(problem)
    if any(strict or problem.severity == "error" for problem in problems):
        raise typer.Exit(1)


def to_json(problem: Problem) -> dict[str, Any]:
    """The documented fields of a problem."""
    return {
        "file": str(problem.file),
        "line": problem.line,
        "column": problem.column,
        "severity": str(problem.severity),
        "code": problem.code,
        "message": problem.message,
    }
