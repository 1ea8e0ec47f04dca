"""The verbs of stored answers on the command line: history, show, replay, diff, erase, watch; and what `ask` does for them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from osler.cli_common import FAULTS_FOUND, open_named_library, write, write_json

if TYPE_CHECKING:
    from osler.casebook.record import Kept
    from osler.casebook.replay import Replay
    from osler.casebook.store import Casebook
    from osler.domain.article import Article
    from osler.domain.request import Given, Request
    from osler.pipeline import Asked, Library
    from osler.settings import Settings

AnswerId = Annotated[str, typer.Argument(help="The id of a stored answer, as `osler history` shows it.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]


def request_for(
    settings: Settings, text: str, given: Given, audience: str | None, follow: str | None
) -> tuple[Request, Article | None]:
    """What is asked: a question of its own, or the next turn of the stored answer `follow`, whose facts and reader are kept
    where no others are given; and that answer's article. Raises UnknownAnswer, QuestionError."""
    from osler.casebook.store import open_casebook
    from osler.domain.question import Audience
    from osler.domain.request import Request

    if follow is None:
        return Request((text,), Audience(audience or "clinician"), given), None
    before = open_casebook(settings).find(follow)
    return before.request.then(text, given, Audience(audience) if audience else None), before.article


def keep_answer(library: Library, asked: Asked, request: Request, follow: str | None) -> None:
    """Store an answer that was shown. What hinders it is said in one line on standard error, and is no error of the question."""
    from osler.casebook.keep import keep
    from osler.casebook.store import open_casebook
    from osler.errors import OslerError

    try:
        keep(open_casebook(library.settings), library, asked, request, follows=follow)
    except (OslerError, OSError) as error:
        sys.stderr.write(f"osler: this answer was not stored: {error}\n")


def _opened() -> Casebook:
    from osler.casebook.store import open_casebook
    from osler.settings import load_settings

    return open_casebook(load_settings())


def history(
    limit: Annotated[int, typer.Option(min=1, help="How many, the latest first.")] = 50,
    everyone: Annotated[bool, typer.Option("--everyone", help="Those of accounts of a served Osler too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List stored answers, the latest first: when, id, kind of reply, question."""
    from osler.casebook.store import EVERYONE

    casebook = _opened()
    owner = EVERYONE if everyone else None
    kept = casebook.listed(owner, limit)
    if as_json:
        for k in kept:
            write_json(k.as_json(), indent=None)
        return
    write("".join(_history_line(k) for k in kept))
    left, theirs = casebook.count(owner) - len(kept), 0 if everyone else casebook.count(EVERYONE) - casebook.count(None)
    if not kept and not theirs:
        write("no answers are stored\n")
    if left:
        write(f"and {left:,} more; --limit shows more\n")
    if theirs:
        write(f"and {theirs:,} of accounts; --everyone shows them\n")


def _history_line(kept: Kept) -> str:
    again = f" (given {_times(kept.times)})" if kept.times > 1 else ""
    thread = f"follow-up {len(kept.turns) - 1}: " if len(kept.turns) > 1 else ""
    owner = f" [{kept.owner}]" if kept.owner else ""
    words = "".join(c if c.isprintable() else " " for c in kept.turns[-1]) if kept.turns else "(damaged: it cannot be read)"
    asked = " ".join(words.split())  # what commands a terminal is not sent to it
    shown = asked if len(asked) <= 110 else asked[:109] + "…"
    return f"{kept.last_at[:19].replace('T', ' ')}  {kept.answer_id}  {kept.disposition:19}{owner} {thread}{shown}{again}\n"


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number:,} times"


def show(
    answer_id: AnswerId,
    as_json: Annotated[bool, typer.Option("--json", help="The osler.answer/1 object as it was given.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="The article as Markdown.")] = False,
) -> None:
    """Show a stored answer as it was given; what has happened since to the documents it cites is said first."""
    from osler.article.render import to_markdown, to_text
    from osler.settings import load_settings

    stored = _opened().find(answer_id)
    since = _since(load_settings(), stored.article)
    if as_json:
        sys.stderr.write("".join(f"osler: {line}\n" for line in since))
        write_json(stored.published)
        return
    head = [f"Stored answer of {stored.article.provenance.answered_at}, given {_times(stored.kept.times)}.", *since]
    if as_markdown:
        from osler.article.render import escape

        write("".join(f"> {escape(line)}\n>\n" for line in head) + "\n" + to_markdown(stored.article))
        return
    write("\n".join(head) + "\n\n" + to_text(stored.article))


def _since(settings: Settings, article: Any) -> list[str]:
    """Lines of warning; also when it could not be found out whether one is due."""
    from osler.casebook.replay import cited_by
    from osler.casebook.standing import moved
    from osler.errors import OslerError
    from osler.library.upgrade import open_catalog

    try:
        found = moved(open_catalog(settings.home, settings.wait_for_writer_s), cited_by(article))
    except OslerError as error:
        return [f"CHECK ITS SOURCES: the library cannot be read, so nobody knows what became of them ({error})"]
    numbers = {r.document_id: r.number for r in article.references}
    lines = [f"SINCE THEN [{numbers[m.cited.document_id]}] {m.cited.document_id}: {m.words}" for m in found]
    return [*lines, f"Ask again: `osler replay {article.answer_id}` shows what it says now."] if lines else []


def replay(
    answer_id: Annotated[str | None, typer.Argument(help="The id of a stored answer.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every stored answer.")] = False,
    as_json: AsJson = False,
) -> None:
    """Ask a stored answer's question again: the same bytes, or what differs and why (exit code 6)."""
    from osler.casebook.replay import Outcome, replay_all
    from osler.casebook.replay_page import replay_json

    if (answer_id is None) is not everything:
        raise typer.BadParameter("give one answer id, or --all")
    casebook = _opened()
    stored = casebook.each() if answer_id is None else iter([casebook.find(answer_id)])
    counts = dict.fromkeys(Outcome, 0)
    found: list[Any] = []
    for done in replay_all(open_named_library(), stored):
        counts[done.outcome] += 1
        if as_json:
            found.append(replay_json(done))
        elif done.outcome is not Outcome.IDENTICAL or not everything:
            write("\n".join(_replay_lines(done, same_too=False)) + "\n")
    if as_json:
        write_json({"counts": {o.value: n for o, n in counts.items()}, "answers": found})
    elif everything:
        write(f"stored answers: {sum(counts.values()):,}; " + ", ".join(f"{n:,} {o.value}" for o, n in counts.items()) + "\n")
    if counts[Outcome.IDENTICAL] < sum(counts.values()):
        raise typer.Exit(FAULTS_FOUND)


def _replay_lines(done: Replay, *, same_too: bool) -> list[str]:
    from osler.casebook.diff_page import difference_lines

    words = {"identical": "identical, byte for byte but for the time", "same words": "says the same, from something else"}
    lines = [f"{done.kept.answer_id}: {words.get(done.outcome.value, done.outcome.value)}"]
    lines += [f"  why: {w.cause.value}: {w.words}" for w in done.why]
    if done.difference:
        lines += [f"  {line}" for line in difference_lines(done.difference, same_too=same_too)]
    return lines


def diff(
    first: AnswerId,
    second: Annotated[str, typer.Argument(help="The id of another stored answer.")],
    as_json: AsJson = False,
) -> None:
    """Compare two stored answers claim by claim: same, moved, changed, added, removed; then references and the rest."""
    from osler.casebook.diff import compare
    from osler.casebook.diff_page import difference_json, difference_lines, made_from

    casebook = _opened()
    before, after = casebook.find(first).article, casebook.find(second).article
    difference = compare(before, after)
    if as_json:
        write_json({"before": before.answer_id, "after": after.answer_id, **difference_json(difference)})
        return
    write(f"before: {made_from(before)}\nafter:  {made_from(after)}\n" + "\n".join(difference_lines(difference)) + "\n")


def erase(
    answer_id: Annotated[str | None, typer.Argument(help="The id of a stored answer.")] = None,
    before: Annotated[str | None, typer.Option(help="Everything last given before this day, as 2026-11-30 (UTC).")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every stored answer.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether --all is meant.")] = False,
    as_json: AsJson = False,
) -> None:
    """Erase a question with its answers and the follow-ups that repeat it, then search every file for words of it (exit code 6
    when any are left). Backups made before keep what they have; restoring one does not bring it back."""
    from osler.casebook.erase import erase_all, erase_answer, erase_before

    if sum((answer_id is not None, before is not None, everything)) != 1:
        raise typer.BadParameter("give one answer id, --before or --all")
    casebook = _opened()
    home = casebook.path.parents[1]
    kept_public: list[str] = []

    def also(gone: tuple[Kept, ...]) -> None:
        kept_public.extend(_erase_at_the_desk(casebook, gone))

    if answer_id is not None:
        done = erase_answer(casebook, home, answer_id, also=also)
    elif before is not None:
        done = erase_before(casebook, home, before, also=also)
    else:
        if not yes:
            typer.confirm(f"Erase all stored answers ({casebook.count():,})?", abort=True, err=True)
        done = erase_all(casebook, home, also=also)
    places = [*done.left.places, *(f"{name} (could not be searched)" for name in done.left.unread)]
    if as_json:
        gone = [k.answer_id for k in done.gone]
        found = {"erased": gone, "files_searched": done.left.files, "traces": places, "others": done.others}
        write_json({**found, "at_the_desk": kept_public})
    else:
        write(f"erased: {len(done.gone):,}\n" + "".join(f"  {k.answer_id}\n" for k in done.gone))
        if kept_public:
            write(f"at the review desk these stay, for they are public or retracted: {', '.join(kept_public)}\n")
        write(f"traces left: {len(places):,}, in {done.left.files:,} files searched\n" + "".join(f"  {p}\n" for p in places))
        if done.others:
            write(f"stored answers of other threads or accounts that share a question with them and stay: {done.others:,}\n")
    if places:
        raise typer.Exit(FAULTS_FOUND)


def _erase_at_the_desk(casebook: Casebook, gone: tuple[Kept, ...]) -> list[str]:
    """The cases that came from these answers; ids of those that stay."""
    from osler.domain.account import OPERATOR
    from osler.review.forgetting import forget
    from osler.review.store import open_desk
    from osler.settings import load_settings

    if not gone:
        return []
    desk, held = open_desk(load_settings()), {(k.owner, k.answer_id) for k in casebook.listed()}
    left: list[str] = []
    for owner in dict.fromkeys(k.owner for k in gone):
        ids = {k.answer_id for k in gone if k.owner == owner}
        left += forget(desk, OPERATOR, ids, owner, lambda author, answer_id: (author, answer_id) in held)
    return sorted(set(left))


def watch(as_json: AsJson = False) -> None:
    """List the stored answers whose cited documents have changed since (retracted, corrected, replaced, deleted …), and what
    they say now (exit code 6 when there are any)."""
    from osler.casebook.replay_page import moved_json, replay_json
    from osler.review.watch import watch as watched

    library, casebook = open_named_library(), _opened()
    total = casebook.count()
    flagged = list(watched(library, casebook))
    if as_json:
        found = [{**f.kept.as_json(), **replay_json(f.replay), "documents": [moved_json(m) for m in f.moved]} for f in flagged]
        write_json({"stored": total, "flagged": found})
    else:
        write(f"{len(flagged):,} of {total:,} stored answers rest on documents that have changed since\n")
        for f in flagged:
            write("\n" + _history_line(f.kept))
            write("".join(f"  {m.cited.document_id}: {m.words}\n" for m in f.moved))
            write("".join(f"  {line}\n" for line in _watch_lines(f.replay)))
    if flagged:
        raise typer.Exit(FAULTS_FOUND)


def _watch_lines(done: Replay) -> list[str]:
    from osler.casebook.diff_page import difference_lines

    if done.difference:
        return ["asked again it differs:", *difference_lines(done.difference, same_too=False)]
    if done.now is None:
        return ["asked again it is refused: " + "; ".join(w.words for w in done.why)]
    return ["asked again it says the same"]
