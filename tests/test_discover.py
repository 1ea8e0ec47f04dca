"""Everything behind what was typed is found once, in a total order, inside bounds, and what cannot be read is named with its reason."""

from __future__ import annotations

import bz2
import gzip
import io
import os
import tarfile
import threading
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from made import GOOD, gzip_bomb, jats, locked_zip, lying_zip, pubmed, regzipped, tar_entry, tarred, zip_bomb, zipped
from osler.documents.recognise import Format
from osler.errors import InputFileError
from osler.ingest import archives, unpack
from osler.ingest.discover import FoundFile, Refused, discover
from osler.ingest.naming import shown
from osler.ingest.places import places
from osler.ingest.unpack import Unzipped, unzip

TEXT = GOOD.encode()


def names(*arguments: object) -> list[str]:
    return [Path(p.name).name for a in arguments for p in places(str(a)).found]


def found(path: Path, standard_input: bytes | None = None) -> list[FoundFile | Refused]:
    given = None if standard_input is None else io.BytesIO(standard_input)
    return [f for place in places(str(path)).found for f in discover(place, given)]


def told(path: Path) -> list[tuple[str, str]]:
    """Name behind the path, and the format or the reason of each file."""
    base = shown(str(path))
    return [(f.name.removeprefix(base), f.reason if isinstance(f, Refused) else f.format.value) for f in found(path)]


def reason(tmp_path: Path, data: bytes) -> str:
    (tmp_path / "file").write_bytes(data)
    (only,) = found(tmp_path / "file")
    assert isinstance(only, Refused)
    return only.reason


# --- places -------------------------------------------------------------------------------------------------------------


def test_a_folder_is_walked_in_order_and_hidden_files_are_counted(tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.txt", "a/y.txt", ".git/config", ".DS_Store", "a-b.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(TEXT)
    assert names(tmp_path) == ["y.txt", "z.txt", "a-b.txt", "b.txt"]
    assert places(str(tmp_path)).hidden == 2
    assert places(str(tmp_path)).size == 4 * len(TEXT)


def test_a_glob_finds_files_and_folders_but_nothing_hidden(tmp_path: Path) -> None:
    for name in ("x/1.txt", "x/2.md", "x/deep/3.txt", "x/.4.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_bytes(TEXT)
    assert names(tmp_path / "x/*.txt") == ["1.txt"]
    assert names(tmp_path / "**/*.txt") == ["1.txt", "3.txt"]
    assert names(tmp_path / "x/*") == ["1.txt", "2.md", "3.txt"]
    assert names(tmp_path / "x/.*") == [".4.txt"]


def test_a_file_whose_name_looks_like_a_pattern_is_itself(tmp_path: Path) -> None:
    (tmp_path / "dose [mg].txt").write_bytes(TEXT)
    assert names(tmp_path / "dose [mg].txt") == ["dose [mg].txt"]


@pytest.mark.parametrize("typed", ["nothing.xml", "*.xml", "no/such/folder/*"])
def test_what_is_not_there_is_an_error_before_any_work(tmp_path: Path, typed: str) -> None:
    with pytest.raises(InputFileError, match="no such file or folder"):
        places(str(tmp_path / typed))


def test_links_that_go_round_end_and_are_named(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/good.txt").write_bytes(TEXT)
    (tmp_path / "a/round").symlink_to(tmp_path / "a")
    (tmp_path / "a/again").symlink_to(tmp_path)
    (tmp_path / "a/self").symlink_to(tmp_path / "a/self")
    (tmp_path / "a/gone").symlink_to(tmp_path / "nowhere")
    (tmp_path / "a/other.txt").symlink_to(tmp_path / "a/good.txt")
    assert told(tmp_path / "a") == [
        ("/again", "a link to a folder; name the folder itself to add it"),
        ("/gone", "cannot be read (No such file or directory)"),
        ("/good.txt", "plain"),
        ("/other.txt", "plain"),
        ("/round", "a link to a folder; name the folder itself to add it"),
        ("/self", "cannot be read (Too many levels of symbolic links)"),
    ]
    assert names(tmp_path / "**/*.txt") == ["good.txt", "other.txt"]


def test_a_pipe_a_device_and_a_socket_are_named_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    started = time.monotonic()
    (inside,) = found(tmp_path)
    assert isinstance(inside, Refused)
    assert "a pipe, a socket or a device" in inside.reason
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        (named,) = found(path)
        assert isinstance(named, Refused)
    with pytest.raises(InputFileError, match="a pipe"):  # one that took a file's place meanwhile
        unpack.open_file(tmp_path / "pipe")
    assert time.monotonic() - started < 2


def test_a_file_that_may_not_be_read_is_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.txt").write_bytes(TEXT)
    (tmp_path / "yours.txt").write_bytes(TEXT)
    real = os.open

    def refuse(path: Any, *rest: Any, **more: Any) -> int:
        if str(path).endswith("yours.txt"):
            raise PermissionError(13, "Permission denied")
        return real(path, *rest, **more)

    monkeypatch.setattr(os, "open", refuse)
    assert told(tmp_path) == [("/mine.txt", "plain"), ("/yours.txt", "cannot be read (Permission denied)")]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"two\nlines.txt", "two\\nlines.txt"),
        (b"\x1b[31mred.txt", "\\x1b[31mred.txt"),
        (b"latin-\xe9.txt", "latin-\\udce9.txt"),
        ("tablet 💊.txt".encode(), "tablet 💊.txt"),
        ("right\u202eto left.txt".encode(), "right\\u202eto left.txt"),
    ],
)
def test_names_come_out_as_one_printable_line(tmp_path: Path, raw: bytes, expected: str) -> None:
    with open(os.path.join(os.fsencode(tmp_path), raw), "wb") as file:  # noqa: PTH118, PTH123 (Path takes no bytes)
        file.write(TEXT)
    (only,) = found(tmp_path)
    assert Path(only.name).name == expected
    only.name.encode("utf-8")


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=1_500))
def test_a_shown_name_is_short_printable_and_can_be_stored(name: str) -> None:
    made = shown(name)
    assert made.isprintable()
    assert len(made.encode()) <= 8_000
    assert made == shown(name)


def test_names_that_differ_only_in_their_middle_stay_two() -> None:
    assert shown("a" * 3_000 + "b" + "c" * 3_000) != shown("a" * 3_000 + "d" + "c" * 3_000)


# --- sidecars -----------------------------------------------------------------------------------------------------------


def test_a_sidecar_goes_with_its_file_however_it_was_named(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(TEXT)
    (tmp_path / "a.txt.osler.yaml").write_text("status: draft\n")
    (tmp_path / "b.txt").write_bytes(TEXT)
    (tmp_path / "b.osler.yml").write_text("title: B\n")
    (tmp_path / "lost.osler.yaml").write_text("status: draft\n")
    assert told(tmp_path) == [
        ("/a.txt", "plain"),
        ("/b.txt", "plain"),
        ("/lost.osler.yaml", "a sidecar without its document beside it"),
    ]
    assert [f.sidecar for f in found(tmp_path) if isinstance(f, FoundFile)] == ["status: draft\n", "title: B\n"]
    assert names(tmp_path / "a.txt.osler.yaml") == ["a.txt"]
    assert told(tmp_path / "lost.osler.yaml") == [("", "a sidecar without its document beside it")]


def test_a_sidecar_is_part_of_what_makes_a_file_another_one(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(TEXT)
    (before,) = found(tmp_path)
    (tmp_path / "a.txt.osler.yaml").write_text("status: draft\n")
    (after,) = found(tmp_path)
    assert isinstance(before, FoundFile)
    assert isinstance(after, FoundFile)
    assert before.digest != after.digest


# --- archives -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrap", [zipped, tarred, lambda f: gzip.compress(tarred(f))], ids=["zip", "tar", "tar.gz"])
def test_members_come_in_order_with_their_sidecars_and_share_the_weight(tmp_path: Path, wrap: Any) -> None:
    files = [
        ("b.txt", TEXT),
        ("a/x.xml", jats().encode()),
        ("b.osler.yaml", b"title: B\n"),
        (".git/x", TEXT),
        ("c.osler.yaml", b""),
    ]
    (tmp_path / "file").write_bytes(wrap(files))
    assert told(tmp_path / "file") == [
        ("!a/x.xml", "jats"),
        ("!b.txt", "plain"),
        ("!c.osler.yaml", "a sidecar without its document beside it"),
    ]
    made = [f for f in found(tmp_path / "file") if isinstance(f, FoundFile)]
    assert [f.sidecar for f in made] == [None, "title: B\n"]
    size = (tmp_path / "file").stat().st_size
    assert 0.8 * size <= sum(f.weight for f in made) <= size


def test_a_name_that_leads_out_of_the_archive_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(tarred([("../../up.txt", TEXT), ("/etc/passwd", TEXT)]))
    assert told(tmp_path / "file") == [("!../../up.txt", "plain"), ("!/etc/passwd", "plain")]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file"]


def test_links_and_devices_in_a_tar_are_named(tmp_path: Path) -> None:
    entries = (
        tar_entry("link", tarfile.SYMTYPE, "/etc/passwd"),
        tar_entry("hard", tarfile.LNKTYPE, "a.txt"),
        tar_entry("device", tarfile.CHRTYPE),
        tar_entry("folder", tarfile.DIRTYPE),
    )
    (tmp_path / "file").write_bytes(tarred([("a.txt", TEXT)], *entries))
    assert told(tmp_path / "file") == [
        ("!a.txt", "plain"),
        ("!device", "not an ordinary file"),
        ("!hard", "a link inside an archive, not a file"),
        ("!link", "a link inside an archive, not a file"),
    ]


def test_a_name_that_stands_twice_gives_both_contents(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(tarred([("a.txt", b"The first."), ("a.txt", b"The second.")]))
    assert [f.data for f in found(tmp_path / "file") if isinstance(f, FoundFile)] == [b"The first.", b"The second."]


def test_a_locked_member_costs_only_itself(tmp_path: Path) -> None:
    mixed = zipped([("locked.zip", locked_zip()), ("open.txt", TEXT)])
    (tmp_path / "file").write_bytes(mixed)
    assert told(tmp_path / "file") == [("!locked.zip!secret.txt", "locked with a password"), ("!open.txt", "plain")]


@pytest.mark.parametrize("claimed", [5, 4_000, 3_000_000_000])
def test_a_size_that_lies_is_not_believed(tmp_path: Path, claimed: int) -> None:
    (tmp_path / "file").write_bytes(lying_zip("a.txt", TEXT, claimed))
    ((name, why),) = told(tmp_path / "file")
    assert name in ("!a.txt", "")
    assert "unpack" in why or "larger" in why


def test_archives_in_archives_end(tmp_path: Path) -> None:
    inner = zipped([("deep.txt", TEXT)])
    (tmp_path / "two").write_bytes(zipped([("inner.zip", inner)]))
    (tmp_path / "three").write_bytes(zipped([("middle.zip", zipped([("inner.zip", inner)]))]))
    assert told(tmp_path / "two") == [("!inner.zip!deep.txt", "plain")]
    assert told(tmp_path / "three") == [("!middle.zip!inner.zip", "an archive inside an archive inside an archive")]


def test_an_archive_that_breaks_off_gives_what_is_whole(tmp_path: Path) -> None:
    whole = tarred([("a.txt", TEXT), ("b.txt", TEXT * 100), ("c.txt", TEXT)])
    (tmp_path / "plain").write_bytes(whole[:3_000])
    (tmp_path / "packed").write_bytes(gzip.compress(os.urandom(2_000) + whole)[:1_000])
    (tmp_path / "cut").write_bytes(gzip.compress(tarred([("a.txt", TEXT), ("b.txt", os.urandom(9_000))]))[:5_000])
    assert told(tmp_path / "plain")[0] == ("!a.txt", "plain")
    assert "breaks off" in told(tmp_path / "plain")[1][1]
    assert told(tmp_path / "cut")[0] == ("!a.txt", "plain")
    assert any("breaks off" in why for _, why in told(tmp_path / "cut")[1:])


@pytest.mark.parametrize("data", [zipped([]), tarred([], tar_entry("folder", tarfile.DIRTYPE)), zipped([(".hidden", b"x")])])
def test_an_archive_without_files_does_not_vanish(tmp_path: Path, data: bytes) -> None:
    assert reason(tmp_path, data) == "an archive without files"


def test_an_empty_folder_does_not_vanish(tmp_path: Path) -> None:
    assert told(tmp_path) == [("", "a folder without files")]


# --- bounds -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "data", "said"),
    [
        ("a gzip bomb", gzip_bomb(100), "unpacks to more than 400 times its size"),
        ("a gzip bomb in a gzip bomb", gzip.compress(gzip_bomb(100)), "unpacks to more than 400 times its size"),
        ("a gzip bomb that would be a tar", gzip.compress(tarred([("a", b"x")])) + gzip_bomb(100), "400 times its size"),
        ("a zip bomb", zip_bomb(100), "unpack to more than 400 times its size"),
        ("gz of gz of gz", regzipped(TEXT, 3), "compressed several times over"),
        ("an empty gz", gzip.compress(b""), "empty"),
        ("a gz of nothing but its magic", b"\x1f\x8b", "breaks off"),
        ("a damaged gz", gzip.compress(TEXT)[:-8] + b"\0" * 8, "damaged"),
        ("a gz that is cut", gzip.compress(TEXT)[:-9], "breaks off"),
        ("a gz with something behind it", gzip.compress(TEXT) + b"rubbish", "damaged"),
        ("nothing", b"", "empty"),
        ("blanks", b" \n\n", "empty"),
        ("bzip2", bz2.compress(TEXT), "compressed with bzip2"),
        ("an old Word file", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "an old Office file"),
        ("an image", b"\x89PNG\r\n\x1a\n" + bytes(20), "an image"),
        ("anything else", bytes(range(256)), "not a format that Osler reads"),
    ],
)  # fmt: skip
def test_what_is_not_read_has_its_reason(tmp_path: Path, what: str, data: bytes, said: str) -> None:
    tracemalloc.start()
    try:
        assert said in reason(tmp_path, data), what
        assert tracemalloc.get_traced_memory()[1] < 150 << 20
    finally:
        tracemalloc.stop()


def test_a_gz_of_several_members_is_one_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(gzip.compress(TEXT[:30]) + gzip.compress(TEXT[30:]) + b"\0" * 700)
    (only,) = found(tmp_path / "file")
    assert isinstance(only, FoundFile)
    assert only.data == TEXT


def test_a_tar_of_endless_empty_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_MEMBERS", 100)
    (tmp_path / "file").write_bytes(tarred([(f"{n}.txt", b"") for n in range(150)]))
    assert len(found(tmp_path / "file")) == 101
    assert found(tmp_path / "file")[-1] == Refused(str(tmp_path / "file"), "the archive is damaged (more than 100 files)")


def test_a_tar_header_that_claims_a_gigabyte_is_not_read(tmp_path: Path) -> None:
    long = tar_entry("x", tarfile.GNUTYPE_LONGNAME)
    long.size = 1 << 30
    (tmp_path / "file").write_bytes(tarred([("a.txt", TEXT)])[:1024] + long.tobuf() + bytes(4096))
    assert [why for _, why in told(tmp_path / "file")] == ["plain", "the archive is damaged (a header larger than 8 MiB)"]


def test_a_zip_with_a_monstrous_table_of_contents_is_refused(tmp_path: Path) -> None:
    made = bytearray(zipped([("a.txt", TEXT)]))
    at = made.rindex(b"PK\x05\x06") + 12
    made[at : at + 4] = (500 << 20).to_bytes(4, "little")
    assert "table of contents" in reason(tmp_path, bytes(made))


@given(st.binary(max_size=3_000), st.integers(1, 700), st.integers(0, 4))
def test_unzipping_in_blocks_gives_the_same_bytes(data: bytes, size: int, cut: int) -> None:
    packed = gzip.compress(data)
    stream = Unzipped(io.BytesIO(packed[: len(packed) - cut]), len(packed))
    out = b""
    while block := stream.read(size):
        assert len(block) <= size
        out += block
    assert out == data if not cut else data.startswith(out)
    assert stream.cut == (cut > 0)


@given(st.binary(max_size=400))
def test_no_bytes_make_unzipping_raise_anything_else(data: bytes) -> None:
    for packed in (data, b"\x1f\x8b\x08" + data):
        outcome = unzip_or_reason(packed)
        assert isinstance(outcome, bytes) or outcome.strip()


def unzip_or_reason(packed: bytes) -> bytes | str:
    try:
        return unzip(io.BytesIO(packed), len(packed))
    except InputFileError as error:
        return str(error)


def read_or_reason(data: bytes, *, tar: bool) -> list[bytes] | str:
    try:
        with archives.contents(io.BytesIO(data), tar=tar) as packed:
            return [member.read() for member in packed.members if not member.refusal]
    except InputFileError as error:
        return str(error)


@given(st.binary(max_size=600), st.sampled_from([zipped, tarred]), st.integers(0, 2_000), st.integers(0, 255))
def test_a_flipped_byte_in_an_archive_is_never_more_than_a_reason(content: bytes, wrap: Any, at: int, value: int) -> None:
    made = bytearray(wrap([("a.txt", content), ("b.txt", content)]))
    made[at % len(made)] = value
    outcome = read_or_reason(bytes(made), tar=wrap is tarred)
    assert outcome
    if wrap is zipped and isinstance(outcome, list):  # a zip has checksums: what is read is what was packed
        assert set(outcome) == {content}


# --- files that change, and standard input --------------------------------------------------------------------------------


def test_a_file_that_changes_while_it_is_read_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(TEXT)
    times = iter([(1, 1, 1), (2, 2, 1)])
    monkeypatch.setattr("osler.ingest.discover.stamp", lambda _: next(times))
    (only,) = found(path)
    assert isinstance(only, Refused)
    assert "changed while it was read" in only.reason


def test_a_pubmed_file_knows_when_it_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(pubmed(1))
    (only,) = found(path)
    assert isinstance(only, FoundFile)
    assert not only.has_changed()
    path.write_bytes(pubmed(1, 2))
    assert only.has_changed()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (pubmed(1), ["pubmed"]),
        (gzip.compress(pubmed(1)), ["pubmed"]),
        (jats().encode(), ["jats"]),
        (zipped([("a.txt", TEXT), ("b.xml", jats().encode())]), ["plain", "jats"]),
        (gzip.compress(tarred([("a.txt", TEXT)])), ["plain"]),
        (b"12345678\n", ["pmid_list"]),
        (TEXT, ["plain"]),
        (b"", ["empty"]),
    ],
)
def test_standard_input_is_read_as_a_file_would_be(data: bytes, expected: list[str]) -> None:
    (place,) = places("-").found
    seen = list(discover(place, io.BytesIO(data)))
    assert [f.reason if isinstance(f, Refused) else f.format.value for f in seen] == expected
    assert all(f.name.startswith("standard input") for f in seen)


def test_two_texts_on_standard_input_have_two_names() -> None:
    (place,) = places("-").found
    one, other = (next(discover(place, io.BytesIO(data))) for data in (TEXT, TEXT + b" "))
    assert one.name != other.name


def test_an_endless_standard_input_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("osler.ingest.discover.MAX_FILE_BYTES", 5 << 20)
    reader, writer = os.pipe()

    def pour() -> None:
        with os.fdopen(writer, "wb") as out:
            try:
                while True:
                    out.write(b"y\n" * 50_000)
            except OSError:
                return

    thread = threading.Thread(target=pour, daemon=True)
    thread.start()
    (place,) = places("-").found
    with os.fdopen(reader, "rb") as standard_input:
        assert list(discover(place, standard_input)) == [Refused("standard input", "larger than 5 MiB")]
    thread.join(timeout=10)
    assert not thread.is_alive()


def test_no_standard_input_is_an_error_of_the_user() -> None:
    (place,) = places("-").found
    with pytest.raises(InputFileError, match="nothing on standard input"):
        list(discover(place, None))


def test_the_same_words_in_two_folders_are_two_local_documents_but_one_article(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "text.txt").write_bytes(TEXT)
        (tmp_path / folder / "paper.xml").write_bytes(jats().encode())
    digests = {(Path(f.name).parent.name, f.format): f.digest for f in found(tmp_path) if isinstance(f, FoundFile)}
    assert digests["a", Format.PLAIN] != digests["b", Format.PLAIN]
    assert digests["a", Format.JATS] == digests["b", Format.JATS]
