"""What was typed to the places that are looked into, with their sizes, before any work starts."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from osler.errors import InputFileError
from osler.ingest.naming import SIDECAR_ENDINGS, is_hidden, shown, sidecar_names

STANDARD_INPUT = "standard input"


@dataclass(frozen=True, slots=True)
class Place:
    """One path, or standard input (path None). name: the absolute path as it is shown. size: bytes on disk.

    refusal: why it is not looked into, "" when it is.
    """

    name: str
    path: Path | None
    size: int = 0
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Places:
    """`hidden`: files and folders whose name starts with a dot, which are passed over."""

    found: tuple[Place, ...]
    hidden: int = 0

    @property
    def size(self) -> int:
        return sum(p.size for p in self.found)


def places(argument: str) -> Places:
    """Every place behind a path, a folder, a glob or "-", sorted. A link to a folder is not followed, so that none goes round.

    Raises InputFileError when there is nothing at all.
    """
    if argument == "-":
        return Places((Place(STANDARD_INPUT, None),))
    path = Path(os.path.abspath(Path(argument).expanduser()))  # noqa: PTH100 (resolve would follow links)
    if not os.path.lexists(path):
        return _matching(argument, path)
    if not path.is_dir():
        return Places(tuple(_named(path)))
    found = _inside(path)
    if not found.found:
        return Places((Place(shown(str(path)), path, 0, "a folder without files"),), found.hidden)
    return found


def _matching(argument: str, path: Path) -> Places:
    parts = path.parts
    first = next((i for i, part in enumerate(parts) if set(part) & set("*?[")), None)
    matched: list[Path] = []
    if first is not None:
        # Unlike glob.glob, Path.glob does not follow links with "**": two links that go round would never end.
        root = Path(*parts[:first])
        wants_hidden = any(part.startswith(".") for part in parts[first:])
        matched = sorted(p for p in root.glob("/".join(parts[first:])) if wants_hidden or not is_hidden(str(p.relative_to(root))))
    if not matched:
        raise InputFileError(f"{shown(argument)}: no such file or folder, and no file matches it")
    inner = [_inside(m) if m.is_dir() else Places(tuple(_named(m))) for m in matched]
    found = {p.name: p for places in inner for p in places.found}
    return Places(tuple(found[name] for name in found), sum(places.hidden for places in inner))


def _named(path: Path) -> Iterator[Place]:
    """A file that was named itself. The name of a sidecar stands for the documents beside it."""
    if not path.name.endswith(SIDECAR_ENDINGS):
        yield _place(path)
        return
    beside = sorted(p for p in path.parent.iterdir() if path.name in sidecar_names(p.name) and p.is_file())
    yield from (_place(p) for p in beside)
    if not beside:
        yield Place(shown(str(path)), path, 0, "a sidecar without its document beside it")


def _inside(folder: Path) -> Places:
    found: list[Place] = []
    hidden = 0

    def unreadable(error: OSError) -> None:
        found.append(Place(shown(str(error.filename)), None, 0, f"cannot be read ({error.strerror})"))

    for root, folders, files in os.walk(folder, onerror=unreadable):
        hidden += sum(name.startswith(".") for name in (*folders, *files))
        links = [name for name in folders if not name.startswith(".") and os.path.islink(os.path.join(root, name))]  # noqa: PTH114, PTH118
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in links)
        found += [Place(shown(f"{root}/{n}"), None, 0, "a link to a folder; name the folder itself to add it") for n in links]
        visible = [name for name in files if not name.startswith(".")]
        taken = {sidecar for name in visible for sidecar in sidecar_names(name)}
        for name in visible:
            if not name.endswith(SIDECAR_ENDINGS):
                found.append(_place(Path(root, name)))
            elif name not in taken:
                found.append(Place(shown(f"{root}/{name}"), None, 0, "a sidecar without its document beside it"))
    return Places(tuple(sorted(found, key=lambda p: p.name.split("/"))), hidden)


def _place(path: Path) -> Place:
    name = shown(str(path))
    try:
        about = path.stat()
    except OSError as error:
        return Place(name, path, 0, f"cannot be read ({error.strerror})")
    if not stat.S_ISREG(about.st_mode):
        return Place(name, path, 0, "not a file, but a pipe, a socket or a device; `-` reads standard input")
    return Place(name, path, about.st_size)
