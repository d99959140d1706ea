"""Catalogues: every language says everything that the code says, with the same places to fill."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_keywords
from babel.messages.pofile import read_po

import alerter
from alerter.domain.words.language import ENGLISH, UnknownLanguage, catalogue_file, known_languages, speak

ROOT = Path(alerter.__file__).parent
KEYWORDS = parse_keywords(["say:1c,2", "count:1c,2,3", "marked:1c,2", "stated:1c,2", "counted:1c,2,3"])
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
HANDING_ON = ("words.py", "statement.py")
TRANSLATED = [code for code in known_languages() if code != ENGLISH]


def in_code() -> Catalog:
    """What the code and the templates say, as `pybabel extract` of CONTRIBUTING finds it."""
    found = Catalog()
    for _, _, words, _, context in extract_from_dir(ROOT, METHODS, keywords=KEYWORDS):
        found.add(words, context=context)
    return found


def entries(catalogue: Catalog) -> dict[tuple[str | None, str], Message]:
    """The entries by context and words."""
    return {(entry.context, each(entry.id)[0]): entry for entry in catalogue if entry.id}


def each(words: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    """One wording, or one for each plural form."""
    return (words,) if isinstance(words, str) else tuple(words or ())


def places(words: str) -> set[str | None]:
    """The names in braces."""
    return {name for _, name, _, _ in Formatter().parse(words) if name is not None}


@pytest.fixture(params=TRANSLATED)
def catalogue(request: pytest.FixtureRequest) -> Catalog:
    """Each catalogue there is."""
    with catalogue_file(request.param).open("rb") as content:
        return read_po(content, locale=request.param)


def test_there_are_two_languages_to_start_with() -> None:
    """English, and Spanish in a catalogue."""
    assert known_languages() == ("en", "es")


def test_every_catalogue_says_what_the_code_says(catalogue: Catalog) -> None:
    """Each wording in the code is in the catalogue, and nothing else."""
    assert entries(in_code()).keys() == entries(catalogue).keys()


def test_catalogues_are_as_contributors_are_told_to_make_them(tmp_path: Path) -> None:
    """Collecting the words and bringing the catalogues up to date changes no line where no word has changed."""
    shutil.copytree(ROOT / "locale", tmp_path / "locale")
    told = (ROOT.parent / ".github/CONTRIBUTING.md").read_text("utf-8")
    typed = [
        line for word in ("pybabel extract", "pybabel update", "sed -i") for line in told.splitlines() if word in line
    ]
    assert len(typed) == 3
    for line in typed:
        command = (
            line.removeprefix("$ ").replace("/tmp/", f"{tmp_path}/").replace("alerter/locale", f"{tmp_path}/locale")
        )
        command = command.replace(".venv/bin", str(Path(sys.executable).parent))
        subprocess.run(command, shell=True, cwd=ROOT.parent, check=True, capture_output=True)
    for path in (ROOT / "locale").rglob("*.po"):
        assert (tmp_path / path.relative_to(ROOT)).read_text("utf-8") == path.read_text("utf-8")


def test_no_entry_is_empty_or_fuzzy(catalogue: Catalog) -> None:
    """Each entry has words in every plural form, and a person has looked at it."""
    assert [entry.id for entry in catalogue if entry.id and (entry.fuzzy or not all(each(entry.string)))] == []
    assert [
        entry.id for entry in catalogue if entry.pluralizable and len(each(entry.string)) != catalogue.num_plurals
    ] == []


def test_every_entry_has_the_places_of_its_words(catalogue: Catalog) -> None:
    """What stands in braces is the same on both sides; a singular may leave out the number."""
    for entry in (entry for entry in catalogue if entry.id):
        wanted = set().union(*map(places, each(entry.id)))
        for said in each(entry.string):
            assert wanted - {"n"} <= places(said) <= wanted, entry.id


def calls(name: str) -> Iterator[tuple[Path, ast.Call]]:
    """Every call of a method or function of that name in the code."""
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = getattr(node, "func", None)
            if isinstance(node, ast.Call) and name in (getattr(called, "attr", ""), getattr(called, "id", "")):
                yield path, node


@pytest.mark.parametrize(
    ("name", "literals", "least"),
    [("say", 2, 2), ("count", 3, 4), ("marked", 2, 2), ("stated", 2, 2), ("counted", 3, 4)],
)
def test_words_are_written_out_where_they_are_said(name: str, literals: int, least: int) -> None:
    """What is said is literal, or a pair marked elsewhere, so that extraction finds it."""
    found = list(calls(name))
    assert found != []
    for path, call in found:
        is_pair = len(call.args) == 1 and isinstance(call.args[0], ast.Starred)
        words = [isinstance(argument, ast.Constant) for argument in call.args[:literals]]
        is_other = len(call.args) < least or path.name in HANDING_ON  # str.count
        assert is_pair or is_other or words == [True] * literals, f"{path}:{call.lineno}"


def test_words_come_in_the_plural_form_that_fits() -> None:
    """One and many differ; the context tells equal words apart."""
    speech = speak("es")
    assert [speech.count("number", "{n} deadline", "{n} deadlines", number) for number in (1, 2)] == [
        "1 plazo",
        "2 plazos",
    ]
    assert (speech.say("deed", "Closed"), speech.say("heading", "Closed")) == ("Cerrado", "Cerrados")


def test_values_are_never_read_as_places() -> None:
    """Braces in what is filled in stay as they are."""
    said = speak("es").say("deed", "Acknowledged by {name}", name="{x} {0.__class__}")
    assert said == "Acuse de recibo de {x} {0.__class__}"


def test_unknown_language_names_those_there_are() -> None:
    """The error lists the languages."""
    with pytest.raises(UnknownLanguage, match=r"'xx'.*en, es"):
        speak("xx")
