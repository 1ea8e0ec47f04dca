"""What the outside sees holds: version, errors, exit codes, README, no network, no trace of a question, a quick start."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib import metadata, resources
from pathlib import Path

import typer

import osler
from osler import errors
from osler.cli import app
from osler.cli_common import FAULTS_FOUND
from osler.domain.question import Audience
from osler.errors import OslerError
from osler.pipeline import Library, ask, open_library
from osler.settings import load_settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
CLIENTS = {"httpx", "requests", "urllib3", "aiohttp"}


def commands(group: typer.Typer = app, before: str = "") -> dict[str, list[str]]:
    """Every command with its options, as the parser knows them."""
    found = {}

    def walk(command: object, name: str) -> None:
        inner = getattr(command, "commands", None)
        if inner is None:
            found[name] = [o for p in getattr(command, "params", ()) for o in p.opts if o.startswith("--") and o != "--help"]
            return
        for key, value in inner.items():
            walk(value, f"{name} {key}".strip())

    walk(typer.main.get_command(group), before)
    return found


def in_a_new_process(code: str, home: Path) -> str:
    environment = os.environ | {"OSLER_HOME": str(home)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True, timeout=60)
    return done.stdout


def test_the_version_is_the_installed_one() -> None:
    assert osler.__version__ == metadata.version("osler")


def test_the_engine_in_an_answer_is_this_version(library: Library) -> None:
    assert ask(library, "Is baclofen safe on dialysis?").provenance.engine == f"Osler {osler.__version__}"


def test_the_tree_of_errors_is_drawn_as_it_is() -> None:
    """Every class of errors.py stands in its docstring under its parent, with the exit code that it inherits."""
    drawn: list[tuple[int, str, int | None]] = []
    for line in (errors.__doc__ or "").splitlines():
        match = re.match(r"^(\s{4}[│├└─ ]*)([A-Z]\w+)\s*(?:exit (\d))?", line)
        if match:
            drawn.append((len(match[1]), match[2], int(match[3]) if match[3] else None))
    classes = {n: c for n, c in vars(errors).items() if isinstance(c, type) and issubclass(c, OslerError)}
    assert {name for _, name, _ in drawn} == set(classes)
    above: list[tuple[int, str]] = []
    for depth, name, code in drawn:
        above = [a for a in above if a[0] < depth]
        assert classes[name].__base__ is (classes[above[-1][1]] if above else Exception)
        assert code in (None, classes[name].exit_code)
        above.append((depth, name))


def test_every_exit_code_is_documented() -> None:
    described = {int(n) for n in re.findall(r"(?<=[:;] )(\d)(?= [a-z])", app.info.help or "")}
    used = {c.exit_code for c in vars(errors).values() if isinstance(c, type) and issubclass(c, OslerError)}
    assert described == used | {0, FAULTS_FOUND}


def test_every_command_and_option_has_help() -> None:
    def walk(command: object) -> None:
        assert getattr(command, "help", None)
        for parameter in getattr(command, "params", ()):
            assert getattr(parameter, "help", None), parameter.name
        for inner in getattr(command, "commands", {}).values():
            walk(inner)

    walk(typer.main.get_command(app))


def named_in(text: str) -> set[str]:
    """Commands, with their verbs, that a text names in code."""
    named = set()
    for line in re.findall(r"`osler ([^`]+)`", text):
        first, second = [*line.split(), ""][:2]
        named |= {first} | {f"{first} {verb}" for verb in second.split("|")}
    return named


def test_the_readme_names_every_command() -> None:
    assert {name.split()[0] for name in commands()} <= {n.split()[0] for n in named_in(README)}
    assert len(README.splitlines()) <= 60, "one screen"


def test_every_command_option_and_setting_is_documented() -> None:
    named = named_in(COMMANDS)
    for command, options in commands().items():
        assert command in named
        for option in options:
            assert re.search(rf"`[^`]*{option}\b", COMMANDS) or option == "--json", f"{command} {option}"
    settings = (ROOT / "src" / "osler" / "settings.py").read_text(encoding="utf-8")
    for variable in re.findall(r'"(OSLER_\w+)"', settings):
        assert f"`{variable}`" in COMMANDS


def test_the_documents_name_no_command_that_is_not_there() -> None:
    known = {word for name in commands() for word in (name, name.split()[0])}
    for text in (README, COMMANDS):
        assert {n for n in named_in(text) if re.fullmatch(r"[a-z-]+( [a-z-]+)?", n)} <= known | {f"{n.split()[0]} " for n in known}


def test_the_readme_counts_and_quotes_what_osler_shows(library: Library) -> None:
    counts = re.search(r"holds (\d+) \*extractions\*.*?of (\d+) sources", README, re.DOTALL)
    assert counts is not None
    assert (int(counts[1]), int(counts[2])) == (library.snapshot.passages, library.snapshot.documents)
    asked = re.search(r'make ask Q="([^"]+)"', README)
    assert asked is not None
    texts = " ".join(c.text for c in ask(library, asked[1]).claims)
    shown = " ".join(README.split("BOTTOM LINE")[1].split("```")[0].split())
    quoted = [q.strip(" …") for q in re.findall(r"- (.+?) \[\d\]", shown)]
    assert len(quoted) == 3
    assert all(q in texts for q in quoted)


def test_the_four_audiences_of_the_contract_are_offered() -> None:
    from osler.cli import Reader

    assert [r.value for r in Reader] == [a.value for a in Audience] == ["clinician", "pharmacist", "nurse", "patient"]


def test_the_licences_ship() -> None:
    assert "Apache License" in (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert (resources.files("osler.library") / "starter" / "LICENSE").read_text(encoding="utf-8").strip()


def test_the_types_are_offered_to_others() -> None:
    assert "Typing :: Typed" in metadata.metadata("osler").get_all("Classifier")
    assert (resources.files("osler") / "py.typed").is_file()


def test_the_root_offers_little_and_loads_nothing(tmp_path: Path) -> None:
    code = "import sys, osler, json; print(json.dumps([[m for m in sys.modules if '.' not in m], [*vars(osler)]]))"
    loaded, offered = json.loads(in_a_new_process(code, tmp_path))  # in this one other tests have loaded rooms of the house
    assert not {"sqlalchemy", "tantivy", "typer", "rich", "jsonschema"} & set(loaded)
    assert len([n for n in offered if not n.startswith("_")]) <= 20


def test_help_does_not_wait_for_the_engine(tmp_path: Path) -> None:
    loaded = in_a_new_process("import sys, osler.cli, json; print(json.dumps(list(sys.modules)))", tmp_path)
    assert not {"sqlalchemy", "tantivy", "osler.pipeline", "jsonschema"} & set(json.loads(loaded))


def test_an_answer_opens_no_socket(tmp_path: Path) -> None:
    code = """
import json, sys
events = []
sys.addaudithook(lambda event, _: events.append(event) if event.startswith(("socket.", "urllib.", "http.")) else None)
from osler.pipeline import ask, open_library
from osler.settings import load_settings
ask(open_library(load_settings()), "Is baclofen safe on dialysis?")
print(json.dumps([events, list(sys.modules)]))
import socket
socket.socket().close()
print(json.dumps(events))
"""
    first, control = in_a_new_process(code, tmp_path).splitlines()
    events, loaded = json.loads(first)
    assert events == []
    assert not CLIENTS & set(loaded)
    assert json.loads(control) == ["socket.__new__"]


def test_a_question_leaves_no_trace_on_the_disk(tmp_path: Path) -> None:
    marker = "Wigglesworthian"
    library = open_library(load_settings(tmp_path / "home"))
    before = {f: f.stat().st_mtime_ns for f in tmp_path.rglob("*") if f.is_file()}
    ask(library, f"Is baclofen safe on dialysis for Mrs {marker}?")
    after = {f: f.stat().st_mtime_ns for f in tmp_path.rglob("*") if f.is_file()}
    assert after == before
    assert not [f for f in after if marker.encode() in f.read_bytes()]
