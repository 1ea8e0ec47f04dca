"""Keep a library alive: back it up, restore it, mend it, prove its index. Beside the path of `pipeline`, as `ingest` is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from osler.casebook.store import open_casebook
from osler.casebook.union import copy_to, take_in
from osler.deskfile import desk_file
from osler.errors import LibraryError
from osler.index.tantivy import TantivyIndex
from osler.language.lexicon import lexicon_with
from osler.library.backup import Manifest, back_up, unpack, unpack_desk
from osler.library.catalog import Counted
from osler.library.exchange import exchange, remove_database
from osler.library.lock import only_writer
from osler.library.repair import Repair, repair
from osler.library.upgrade import FILE, open_catalog
from osler.passages.annotate import annotate, annotation_key
from osler.pipeline import Library, index_rows, index_stamp, open_library, verify_index
from osler.settings import Settings


@dataclass(frozen=True, slots=True)
class Mended:
    """What `mend` did: to the catalogue, and which faults it found in the index (mended when there are any)."""

    repair: Repair
    index_faults: tuple[str, ...]
    library: Library

    def as_text(self) -> str:
        """For a person: what was found, what was made again, what is lost and from where it comes back."""
        r = self.repair
        lines = [*(f"found: {f}" for f in r.faults), *(f"found: {f}" for f in self.index_faults)]
        if r.faults:
            lines.append(f"kept: {r.versions:,} versions of documents, each proven by its hash")
        if r.mended:
            lines.append(f"made again from their content: {', '.join(r.mended[:20])}{_more(len(r.mended) - 20)}")
        for lost in r.lost:
            where = f"add {lost.origin} again" if lost.origin else "where it came from is lost too: add its file again"
            back = lost.document_id in self.restored
            lines.append(f"lost: {lost.document_id} version {lost.version}; {'it came back with Osler itself' if back else where}")
        lines += [f"not sure: {u}" for u in r.unsure]
        if r.kept:
            lines.append(f"the damaged file is kept as {r.kept}")
        if r.faults or self.index_faults:
            lines.append("the index was made again")
        s = self.library.snapshot
        lines.append(f"in service: {s.documents:,} documents, {s.passages:,} passages")
        return "\n".join(lines) + "\n"

    @property
    def restored(self) -> frozenset[str]:
        """Lost documents that are current again: those that ship with Osler."""
        here = self.library.catalog.current_ids()
        return frozenset(x.document_id for x in self.repair.lost) & here

    @property
    def gone(self) -> bool:
        """Whether anything is out of service now that was not before."""
        return bool(self.repair.unsure) or any(x.document_id not in self.restored for x in self.repair.lost)


def backup(settings: Settings, file: Path, *, answers: bool = True) -> Manifest:
    """The library as it stands now, and the stored answers, in one file; others ask and add meanwhile.

    answers: False leaves out what lies beside the library. Raises InputFileError, LibraryDamaged.
    """
    catalog = open_catalog(settings.home, settings.wait_for_writer_s)
    beside = answers and desk_file(settings.home).parent.exists()
    return back_up(catalog, file, copy_to(open_casebook(settings)) if beside else None)


def restore(settings: Settings, file: Path, tell: Callable[[str], None] = lambda _: None) -> tuple[Manifest, Path | None, Library]:
    """The library of a backup in the place of the present one, which is kept; where, and the library, ready to answer.

    Stored answers come back beside those that are there; what was erased since stays away. tell: hears about them in words.
    Nothing is touched before the backup is proven. Raises InputFileError, LibraryDamaged, LibraryLocked.
    """
    with only_writer(settings.home, "restore", settings.wait_for_writer_s):
        made, desk = settings.home / "library.restored.sqlite", desk_file(settings.home).with_name("desk.restored.sqlite")
        try:
            manifest = unpack(file, made)
            has_desk = unpack_desk(file, desk)
            kept = exchange(settings.home / FILE, made, "before-restore")
            if has_desk:
                taken = take_in(settings, desk, tell)
                tell(taken.as_text())
        finally:
            remove_database(made)
            remove_database(desk)
    return manifest, kept, open_library(settings)


def desk_faults(settings: Settings) -> tuple[str, ...]:
    """What is wrong with the stored answers; empty when they are sound, or when there are none."""
    if not desk_file(settings.home).parent.exists():
        return ()
    try:
        return open_casebook(settings).faults()
    except LibraryError as error:
        return (str(error),)


def mend(settings: Settings, tell: Counted | None = None) -> Mended:
    """`osler doctor --repair`: a sound library and a sound index, and a list of everything that could not be kept."""
    lexicon = lexicon_with(settings.mesh)
    with only_writer(settings.home, "repair", settings.wait_for_writer_s):
        done = repair(settings.home / FILE, lambda d: annotate(d, lexicon))
    faults = () if done.faults else prove_index(settings)
    return Mended(done, tuple(faults), open_library(settings, tell=tell))


def prove_index(settings: Settings) -> tuple[str, ...]:
    """What is wrong with the index, compared with the catalogue row by row; it is made again when anything is."""
    lexicon = lexicon_with(settings.mesh)
    index = TantivyIndex(settings.home / "index")
    catalog = open_catalog(settings.home, settings.wait_for_writer_s)
    with only_writer(settings.home, "index verify", settings.wait_for_writer_s):
        library = Library(settings, catalog, index, lexicon, frozenset(), catalog.snapshot())
        stamp, sequence = index_stamp(catalog, annotation_key(lexicon)), catalog.sequence()
        faults = verify_index(library)
        if index.mark() is not None and index.mark() != (stamp, sequence):
            faults.append(f"index: it is of another moment or library: {index.mark()}, not {(stamp, sequence)}")
        if faults:
            index.rebuild(index_rows(catalog, lexicon), sequence, stamp)
    return tuple(faults)


def _more(count: int) -> str:
    return f" and {count:,} more" if count > 0 else ""
