"""Reading and parsing: records a second and peak memory of each format found under a folder, beside pubmed-parser for PubMed.

Run by hand: python benchmarks/parse.py DIR [DIR …]. Each format is parsed in a process of its own, so that the memory is its
own. Nothing is annotated, stored or indexed. `pip install pubmed-parser` adds the peer.
"""

from __future__ import annotations

import gzip
import importlib
import importlib.util
import json
import os
import resource
import subprocess
import sys
import tarfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from osler.documents.recognise import HEAD_BYTES, Format, recognise

PARSERS = {
    Format.PUBMED: ("pubmed", "parse_pubmed"),
    Format.JATS: ("jats", "parse_jats"),
    Format.SPL: ("spl", "parse_spl"),
    Format.OPENFDA: ("openfda", "parse_openfda"),
    Format.CLINICALTRIALS: ("clinicaltrials", "parse_clinicaltrials"),
    Format.EUROPEPMC: ("europepmc", "parse_europepmc"),
    Format.USPSTF: ("uspstf", "parse_uspstf"),
    Format.RETRACTION_WATCH: ("retractions", "parse_retraction_watch"),
    Format.PMID_LIST: ("retractions", "parse_pmid_list"),
    Format.PDF: ("pdf", "parse_pdf"),
    Format.HTML: ("html", "parse_html"),
    Format.MARKDOWN: ("markdown", "parse_markdown"),
}
PIECE = 400  # records of a PubMed file parsed at once, as `osler add` does


def files(folders: list[Path]) -> Iterator[tuple[str, Path, str | None]]:
    """(format, file, member of its archive) of everything that one of the parsers reads, in order of path."""
    for path in sorted(p for folder in folders for p in ([folder] if folder.is_file() else folder.rglob("*")) if p.is_file()):
        if path.name.endswith((".tar.gz", ".tar")):
            with tarfile.open(path) as archive:
                for member in archive:
                    opened = archive.extractfile(member) if member.isfile() else None
                    if opened and (kind := recognise(opened.read(HEAD_BYTES))) in PARSERS:
                        yield kind.value, path, member.name
            continue
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            kind = recognise(file.read(HEAD_BYTES))
        if kind in PARSERS:
            yield kind.value, path, None


def parse(kind: str, wanted: list[tuple[Path, str | None]]) -> dict[str, object]:
    """In a process of its own: every record of these files, counted by what it is."""
    module, function = PARSERS[Format(kind)]
    parser = getattr(importlib.import_module(f"osler.documents.{module}"), function)
    before, seen, size, refused = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, Counter[str](), 0, 0
    started, at_work = time.perf_counter(), time.process_time()
    for name, data in _pieces(Format(kind), wanted):
        size += len(data)
        try:
            for record in parser(data, name):
                seen[type(record).__name__] += 1
        except Exception as error:  # noqa: BLE001 the edge of this process: a file that cannot be read is counted
            print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr)
            refused += 1
    seconds, work = time.perf_counter() - started, time.process_time() - at_work
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    records = sum(seen.values())
    return {
        "files": len(wanted), "MB": round(size / 1e6, 1), "records": dict(sorted(seen.items())), "files refused": refused,
        "seconds": round(seconds, 2), "cpu_s": round(work, 2), "records_per_s": round(records / seconds), "records_per_cpu_s": round(records / work),
        "peak_mb": round(peak / 1024), "before_mb": round(before / 1024),
    }  # fmt: skip


def _pieces(kind: Format, wanted: list[tuple[Path, str | None]]) -> Iterator[tuple[str, bytes]]:
    from osler.documents.pubmed_pieces import split_pubmed

    archives: dict[Path, list[str]] = {}
    for path, member in wanted:
        if member is not None:
            archives.setdefault(path, []).append(member)
            continue
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            if kind is Format.PUBMED:
                yield from ((path.name, piece) for piece in split_pubmed(file, PIECE))  # type: ignore[arg-type]
            else:
                yield path.name, file.read()
    for path, members in archives.items():
        names = frozenset(members)
        with tarfile.open(path) as archive:
            for entry in archive:
                if entry.name in names and (opened := archive.extractfile(entry)):
                    yield entry.name, opened.read()


def parse_with_peer(wanted: list[tuple[Path, str | None]]) -> dict[str, object]:
    import pubmed_parser

    started, at_work, records = time.perf_counter(), time.process_time(), 0
    for path, _ in wanted:
        records += sum(1 for _ in pubmed_parser.parse_medline_xml(str(path)))
    seconds, work = time.perf_counter() - started, time.process_time() - at_work
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rates = {"records_per_s": round(records / seconds), "records_per_cpu_s": round(records / work)}
    return {"records": records, "seconds": round(seconds, 2), "cpu_s": round(work, 2), **rates, "peak_mb": round(peak / 1024)}


def main() -> None:
    if sys.argv[1] in ("--format", "--peer"):
        kind, wanted = json.load(sys.stdin)
        paths = [(Path(path), member) for path, member in wanted]
        print(json.dumps(parse_with_peer(paths) if sys.argv[1] == "--peer" else parse(kind, paths)))
        return
    found: dict[str, list[tuple[str, str | None]]] = {}
    for kind, path, member in files([Path(a) for a in sys.argv[1:]]):
        found.setdefault(kind, []).append((str(path), member))
    for kind, wanted in sorted(found.items()):
        whole = [w for w in wanted if w[0].endswith(".xml.gz")] if kind == Format.PUBMED else []
        runs = [("--format", kind, wanted)]
        if whole and importlib.util.find_spec("pubmed_parser"):
            runs = [
                ("--format", f"{kind} (baseline and update files)", whole),
                ("--peer", "peer: pubmed-parser, the same files", whole),
            ]
            rest = [w for w in wanted if w not in whole]
            runs += [("--format", kind, rest)] if rest else []
        for mode, label, some in runs:
            command = [sys.executable, __file__, mode]
            done = subprocess.run(command, input=json.dumps([kind, some]), capture_output=True, text=True, check=False)
            print(f"{label:40} load {os.getloadavg()[0]:.1f}  {done.stdout.strip() or done.stderr.strip()[-300:]}", flush=True)


if __name__ == "__main__":
    main()
