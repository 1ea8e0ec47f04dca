"""Adding files from a page: who may, what is taken, what is refused, how it is followed and stopped, and that readers notice nothing."""

from __future__ import annotations

import gzip
import hashlib
import io
import multiprocessing
import re
import stat
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from starlette.exceptions import HTTPException

from osler import audit
from osler.accounts.people import add_account
from osler.accounts.sessions import sign_in
from osler.domain.account import OPERATOR, Role
from osler.library.lock import only_writer
from osler.pipeline import open_library
from osler.settings import Settings, load_settings
from osler.web import uploads as uploads_module
from osler.web.app import create_app
from osler.web.receiving import MAX_FILES, MAX_NAME, Receiver, base_name
from osler.web.serving import Serving
from osler.web.sessions import NAME
from osler.web.uploads import State, Uploads
from web_client import Reader, events, text_of

PROTOCOL = b"Ward protocol for itch\n\nGabapentin 100 mg after each hemodialysis session is recommended for itch in adults.\n"
PASSWORD = "correct horse battery staple 4"  # noqa: S105


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    found = load_settings(tmp_path_factory.mktemp("home"))
    open_library(found)
    return found


@pytest.fixture(scope="module")
def app(settings: Settings) -> Iterator[FastAPI]:
    made = create_app(settings, Serving(open_uploads=True, max_upload_bytes=4 << 20))
    yield made
    uploads_of(made).close()


@pytest.fixture
def reader(app: FastAPI) -> Reader:
    reader = Reader(app)
    reader.get("/library/upload")
    return reader


def uploads_of(app: FastAPI) -> Uploads:
    found: Uploads = app.state.site.uploads
    return found


def send(reader: Reader, *files: tuple[str, bytes], **fields: str) -> Any:
    data = {"csrf": reader.csrf, **fields}
    return reader.client.post("/library/upload", data=data, files=[("files", (n, c, "text/plain")) for n, c in files])


def added(reader: Reader, *files: tuple[str, bytes], **fields: str) -> str:
    """The words of the report."""
    sent = send(reader, *files, **fields)
    assert sent.status_code == 303, sent.text
    last = events(reader.client.get(f"{sent.headers['location']}/events").text)[-1]
    assert last[0] == "done"
    words = text_of(reader.get(sent.headers["location"]).text)
    assert text_of(last[1]) in words
    return words


def left(settings: Settings) -> list[Path]:
    """Files of uploads that are still there."""
    return [p for p in (settings.home / "incoming").rglob("*") if p.is_file()]


def test_a_file_is_added_and_cited_and_its_copy_is_gone(reader: Reader, settings: Settings) -> None:
    words = added(reader, ("Itch protocol.txt", PROTOCOL), collection="Ward 7")
    assert "Added 1" in words
    assert "upload/Ward 7/Itch protocol.txt" in words
    document = next(d for d in open_library(settings).catalog.documents() if d.bibliography.title == "Ward protocol for itch")
    assert document.id.startswith("local:itch-protocol-txt")
    assert left(settings) == []
    page = reader.get(f"/library/documents/{document.id}").text
    assert "Gabapentin 100 mg after each hemodialysis session" in text_of(page)


def test_the_same_name_in_a_collection_is_a_version_elsewhere_another_document(reader: Reader, settings: Settings) -> None:
    changed = PROTOCOL.replace(b"100 mg", b"200 mg")
    assert "Added 1" in added(reader, ("versions.txt", PROTOCOL))
    assert "New versions 1" in added(reader, ("versions.txt", changed))
    assert "1 of the files had been added before" in added(reader, ("versions.txt", changed))
    assert "Added 1" in added(reader, ("versions.txt", changed), collection="Ward 9")


def test_hostile_files_cost_a_line_each_and_the_good_one_goes_in(reader: Reader, settings: Settings) -> None:
    before = open_library(settings).catalog.current_ids()
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.txt", b"0" * (70 << 20))
        archive.writestr("../../outside.txt", b"Nothing of this is written where its name says.\n")
    deep = b"<!DOCTYPE article><article><body>" + b"<sec>" * 50_000 + b"x" + b"</sec>" * 50_000 + b"</body></article>"
    laughs = b'<?xml version="1.0"?><!DOCTYPE PubmedArticleSet [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><PubmedArticleSet>&b;</PubmedArticleSet>'
    words = added(
        reader,
        ("bomb.zip", bomb.getvalue()),
        ("deep.xml", deep),
        ("laughs.xml", laughs),
        ("picture.pdf", b"\x89PNG\r\n\x1a\n" + b"\0" * 500),
        ("../../etc/passwd.txt", PROTOCOL),
        ("empty.pdf", b""),
        ("cut.xml.gz", gzip.compress(b"<PubmedArticleSet>" + b"<PubmedArticle/>" * 5_000)[:-30]),
        ("noise.docx", bytes(range(256)) * 40),
        collection="../../hostile",
    )
    reasons = words[words.index("Refused, with the reason") :]
    for name, reason in (
        ("bomb.zip!zeros.txt", "would unpack to more than 400 times its size"),
        ("deep.xml", ""),
        ("laughs.xml", ""),
        ("picture.pdf", "an image; it needs text recognition"),
        ("empty.pdf", "empty"),
        ("cut.xml.gz", ""),
        ("noise.docx", ""),
    ):
        assert f"upload/hostile/{name}" in reasons
        assert reason in reasons
    assert "upload/hostile/passwd.txt" in words
    after = open_library(settings).catalog.current_ids()
    assert {i.rsplit("-", 1)[0] for i in after - before} == {"local:passwd-txt", "local:outside-txt"}
    assert left(settings) == []
    assert not (settings.home / "etc").exists()


def test_what_is_too_much_is_refused_before_it_is_read(reader: Reader, settings: Settings) -> None:
    """200 MB of nothing: by the length that is said, and, when none is said, as soon as the bound is passed."""
    kind = {"content-type": "multipart/form-data; boundary=b"}
    said = reader.client.post("/library/upload", content=b"", headers={**kind, "content-length": str(200 << 20)})
    assert said.status_code == 413

    head = f'--b\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n{reader.csrf}\r\n'.encode()
    head += b'--b\r\nContent-Disposition: form-data; name="files"; filename="sparse.txt"\r\n\r\n'

    def sparse() -> Iterator[bytes]:
        yield head
        for _ in range(200):
            yield b"\0" * (1 << 20)

    assert reader.client.post("/library/upload", content=sparse(), headers=kind).status_code == 413
    assert left(settings) == []
    assert send(reader, *[(f"{n}.txt", b"x") for n in range(MAX_FILES + 1)]).status_code == 413
    assert left(settings) == []


def test_other_forms_stay_as_small_as_they_were(reader: Reader) -> None:
    assert reader.client.post("/ask", content=b"x" * (1 << 20)).status_code == 413
    assert reader.client.post("/library/upload/", content=b"x" * (1 << 20)).status_code == 413


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--b",
        b'--b\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\nx\r\n--b--\r\n',
        b"nothing of the sort",
        b"--b\r\nX: " + b"y" * 9_000 + b"\r\n\r\n\r\n--b--\r\n",
        b'--b\r\nContent-Disposition: form-data; name="collection"\r\n\r\n' + b"z" * 5_000 + b"\r\n--b--\r\n",
    ],
)
def test_a_body_that_is_no_upload_of_ours_leaves_nothing(reader: Reader, settings: Settings, body: bytes) -> None:
    answer = reader.client.post("/library/upload", content=body, headers={"content-type": "multipart/form-data; boundary=b"})
    assert answer.status_code in (400, 403)
    assert left(settings) == []
    assert reader.client.post("/library/upload", content=body, headers={"content-type": "text/plain"}).status_code == 400


def test_a_form_of_another_site_or_session_adds_nothing(reader: Reader, settings: Settings, app: FastAPI) -> None:
    files = [("files", ("a.txt", PROTOCOL, "text/plain"))]
    assert reader.client.post("/library/upload", data={"csrf": "0" * 64}, files=files).status_code == 403
    foreign = {"sec-fetch-site": "cross-site"}
    assert reader.client.post("/library/upload", data={"csrf": reader.csrf}, files=files, headers=foreign).status_code == 403
    other = Reader(app)
    other.get("/library/upload")
    assert reader.client.post("/library/upload", data={"csrf": other.csrf}, files=files).status_code == 403
    assert left(settings) == []


def test_no_file_and_two_of_one_name_are_said(reader: Reader) -> None:
    assert "No file was chosen" in send(reader, ("", b"")).text
    assert "Two of the files are called" in send(reader, ("a/x.txt", PROTOCOL), ("b\\x.txt", PROTOCOL)).text


def test_a_sidecar_goes_with_its_document(reader: Reader, settings: Settings) -> None:
    sidecar = b"title: Itch on ward 12\nauthority: local\njurisdiction: GB\n"
    words = added(reader, ("side.txt", PROTOCOL), ("side.txt.osler.yaml", sidecar), ("lonely.osler.yaml", sidecar))
    document = next(d for d in open_library(settings).catalog.documents() if d.bibliography.title == "Itch on ward 12")
    assert document.jurisdiction == "GB"
    assert "upload/lonely.osler.yaml : a sidecar without its document beside it" in words


def test_one_upload_after_another_and_each_can_be_stopped_while_readers_read(
    reader: Reader, settings: Settings, app: FastAPI
) -> None:
    """Another writer holds the library, so the first upload has to wait in its process and the second in the queue."""
    uploads = uploads_of(app)
    with only_writer(settings.home, "a test", 5):
        first, second = (send(reader, (f"{n}.txt", PROTOCOL)).headers["location"] for n in ("first", "second"))
        token = first.rsplit("/", 1)[1]
        until = time.monotonic() + 20
        while uploads.listed(uploads._uploads[token].owner)[-1].state is State.WAITING and time.monotonic() < until:
            time.sleep(0.05)
        held = uploads._uploads[token]
        assert held.state is State.READING
        assert stat.S_IMODE(held.folder.stat().st_mode) == 0o700
        assert [stat.S_IMODE(p.stat().st_mode) for p in held.folder.iterdir()] == [0o600]
        assert "1 upload is read before this one" in text_of(reader.get(second).text)
        assert "Being read" in text_of(reader.get(first).text)
        assert '<noscript><meta http-equiv="refresh"' in reader.get(first).text
        assert reader.ask().startswith("/a/")
        assert Reader(app).get(first).status_code == 404
        for address in (second, first):
            reader.get(address)
            assert reader.post(f"{address}/cancel").status_code == 303
            assert "Stopped" in text_of(reader.get(address).text)
        until = time.monotonic() + 20
        while uploads._running and time.monotonic() < until:
            time.sleep(0.05)
        assert not [p for p in multiprocessing.active_children() if p.name == "taking in"]
    assert left(settings) == []
    assert "Added 1" in added(reader, ("third.txt", PROTOCOL))
    assert not {"local:first-txt", "local:second-txt"} & {i.rsplit("-", 1)[0] for i in open_library(settings).catalog.current_ids()}


def test_a_library_that_cannot_be_written_is_said(reader: Reader, app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(self: object, tell: object) -> None:
        raise RuntimeError("no more processes, and a secret")

    monkeypatch.setattr(uploads_module.TakingIn, "run", lost)
    words = added(reader, ("never.txt", PROTOCOL))
    assert "Not added No process could be started" in words
    assert "secret" not in words


def test_only_so_many_wait(reader: Reader, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads_module, "WAITING", 0)
    full = send(reader, ("x.txt", PROTOCOL))
    assert full.status_code == 503
    assert full.headers["retry-after"]
    assert left(settings) == []


def test_folders_of_servers_that_died_are_removed_and_of_living_ones_kept(tmp_path: Path) -> None:
    home = load_settings(tmp_path)
    dead, living = tmp_path / "incoming" / "dead", Uploads(home, Serving())
    (dead / "x").mkdir(parents=True)
    (dead / "x" / "f0").write_bytes(b"left behind")
    folder = living.new_folder()
    assert not dead.exists()
    other = Uploads(home, Serving())
    other.new_folder()
    assert folder.exists()
    living.close()
    assert not folder.exists()
    other.close()
    assert list((tmp_path / "incoming").iterdir()) == []


@pytest.mark.parametrize(("roles", "status"), [((), 403), ((Role.AUTHOR,), 403), ((Role.REVIEWER,), 403), ((Role.EDITOR,), 200)])
def test_only_editors_and_admins_add(settings: Settings, roles: tuple[Role, ...], status: int) -> None:
    app = create_app(settings)
    desk, login = app.state.site.desk, f"person-{'-'.join(roles)}x"
    reader = Reader(app)
    assert reader.client.get("/library/upload").status_code == 401
    assert reader.client.post("/library/upload", content=b"x").status_code == 401
    add_account(desk, OPERATOR, login, "A person", roles, password=PASSWORD)
    reader.client.cookies.set(NAME, sign_in(desk, login, PASSWORD, "127.0.0.1"))
    page = reader.get("/library/upload")
    assert page.status_code == status
    sent = send(reader, ("", b""))
    assert sent.status_code == (400 if status == 200 else 403)


def test_who_sent_what_is_in_the_audit_before_it_is_read(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(settings)
    desk = app.state.site.desk
    account = add_account(desk, OPERATOR, "sender", "A person", (Role.ADMIN,), password=PASSWORD)
    reader = Reader(app)
    reader.client.cookies.set(NAME, sign_in(desk, "sender", PASSWORD, "127.0.0.1"))
    reader.get("/library/upload")
    monkeypatch.setattr(uploads_module.TakingIn, "run", lambda self, tell: (_ for _ in ()).throw(RuntimeError))
    assert send(reader, ("John Smith 1950.txt", PROTOCOL), ("b.txt", b"b")).status_code == 303
    uploads_of(app).close()
    with desk.reading() as connection:
        rows = [r for r in audit.entries(connection) if r.action == "library.upload"]
    digests = "".join(hashlib.sha256(c).hexdigest() for c in (PROTOCOL, b"b"))
    assert [r.actor for r in rows] == [account.id]
    assert hashlib.sha256(digests.encode()).hexdigest() in rows[0].detail
    assert "Smith" not in f"{rows[0].detail}{rows[0].object}"


@given(st.text(max_size=300))
def test_a_name_is_one_line_without_a_path(said: str) -> None:
    name = base_name(said)
    assert name
    assert len(name) <= MAX_NAME
    assert name.isprintable()
    assert "/" not in name
    assert "\\" not in name
    assert name not in (".", "..")


def test_names_keep_what_tells_them_apart() -> None:
    assert base_name("C:\\Users\\x\\Protocol v2.PDF") == "Protocol v2.PDF"
    assert base_name("../../etc/passwd") == "passwd"
    assert base_name("a" * 400 + ".pdf").endswith("a.pdf")
    assert base_name("..") == base_name("") == "file without a name"


@given(st.binary(max_size=400), st.integers(1, 50))
def test_any_bytes_in_any_pieces_are_taken_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes, step: int) -> None:
    folder = tmp_path_factory.mktemp("any")
    body = b'--b\r\nContent-Disposition: form-data; name="csrf"\r\n\r\nok\r\n--b\r\nContent-Disposition: form-data; name="files"; '
    body += b'filename="x"\r\n\r\n' + data + b"\r\n--b--\r\n"
    receiver = Receiver("multipart/form-data; boundary=b", folder, 10_000, lambda sent: sent == "ok")

    def take() -> None:
        for start in range(0, len(body), step):
            receiver.write(body[start : start + step])

    try:
        if b"--b" in data:
            with suppress(HTTPException):
                take()
        else:
            take()
            assert [r.path.read_bytes() for r in receiver.files] == [data]
    finally:
        receiver.close()
    assert re.fullmatch(r"(f\d+,?)*", ",".join(sorted(p.name for p in folder.iterdir())))
