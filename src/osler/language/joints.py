"""Where a long sentence may be cut into short ones without moving a word out of reach of a condition, denial or hedge."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from osler.language.lexicon import Lexicon


@dataclass(frozen=True, slots=True)
class Edit:
    """`words` in the place of [start, end) of a text. opens: a new sentence begins at `end`.

    group: edits of one group (not 0) make sense only together ("(" and ")" of one bracket); all of them are made or none.
    """

    start: int
    end: int
    words: str
    opens: bool = False
    group: int = 0


_OPENS = (
    r"(?:the|a|an|it|its|they|their|this|these|those|there|he|she|we|all|most|some|many|each|both|no(?! longer)|none|neither|nobody|nothing|"
    r"\d[\d.,]*%?|one|two|three|four|five|six|seven|eight|nine|ten|half|patients|people|adults|children|women|men|babies|risks?|"
    r"doses?|levels?|rates?|scores?|deaths?|pain|recovery|treatment|symptoms|evidence|(?-i:[A-Z]{2,})"
)
_CLAUSE = re.compile(_OPENS + r")\b", re.IGNORECASE)
_CLAUSE_OR_ORDER = re.compile(
    _OPENS + r"|do|give|avoid|stop|start|check|reduce|adjust|consider|in|for|with|after|on|at|if|when)\b", re.IGNORECASE
)
_VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|had|can|could|may|might|must|should|will|would|does|did|rose|rises?|fell|falls?|gave|gives?|"
    r"took|takes?|said|says?|found|finds?|showed|shows?|made|makes?|raised|raises|lowered|lowers|came|comes?|went|goes|"
    r"needs?|needed|caused|causes|advises?|advised|recommends?|recommended|stays?|stayed|differ(?:s|ed)?|improved|reached|"
    r"received|recovered|died|stopped|occurred|happened|remains?|remained|became|becomes?|began|begins?|kept|keeps?|lists?|warns?|"
    r"suggests?|supports?|covers?|prefers?|allows?|calls?|helped|helps|worked|works|led|leads|got|gets|fades?|inactivates?|outweigh|"
    r"cut|beat|hit|uses|leaves?|counts?|depends?|varies|vary|matter(?:s|ed)?|carried|carries|ranked|ranks|doubled|blocks|clears|"
    r"reduces|judges|responded|developed|endorses|ran|prevents?|accumulates?|accumulated|crosses|concludes|concluded|affects|removes|contains?)\b",
    re.IGNORECASE,
)
_ORDER = re.compile(r"(?:do not|give|avoid|stop|start|check|reduce|adjust|consider)\b", re.IGNORECASE)
_HOLDS_ON = re.compile(
    r"\b(?:if|unless|until|except|when|whenever|whether|that|either|neither|not only|provided|in case|whatever)\b", re.IGNORECASE
)
"""Words whose reach could go past a joint: behind them nothing is cut."""
_DENIES = re.compile(r"\b(?:no|not|never|without|nor|may|might|could|avoid\w*|cannot|rather|instead)\b", re.IGNORECASE)
"""What could reach over an "and"."""
_SCOPE = re.compile(r"(?:in|for|during|with|after|on|at|among|under|by|below|above|before|within)\b", re.IGNORECASE)
"""What says for whom or when at the head of a clause; a second clause without one of its own may lean on it."""
_NOT = re.compile(r"\b(?:no|not|never|nor|neither|cannot|may|might|could|rather|only)\b|n['’]t\b", re.IGNORECASE)
"""What could reach over a "because": "not because it failed"."""
_GRADED = re.compile(r"\b(?:certainty|quality|evidence|suggest\w*|appear\w*|seem\w*|likely|probabl\w+|possibl\w+)\b", re.IGNORECASE)
"""How sure the first half is; a second half without a word of its own would sound surer."""
_JOINT = re.compile(
    r"; (?P<semi>(?:and |but )?)|, (?P<turn>but|whereas|while|though|although|yet|so(?! that| as)) |, (?P<plus>and) |,? (?P<cause>because) (?!of\b)"
    r"|, (?P<since>since) (?!\d|the (?:start|first|last)\b)|(?P<colon>: )|, (?P<none>with no) | (?P<tells>found|finds|showed|shows|warned|warns|says|reported|reports|states) that |(?P<bare> and )(?=\d[\d.]*% of |(?:the|it|they|all|most|some|two|three|four) )"
)
_LISTS_NEXT = re.compile(r"\b(?:are|is|was|were|of|includ\w+|these|following|as|by|in|to|for|at|with|from|than)$")
"""What announces a list, or a thing named, behind a colon."""
_SOON_A_VERB = re.compile(
    r"(?:[\w%.-]+ ){1,5}?(?:is|are|was|were|had|has|have|fell|rose|should|can|may|did|does|happened|improved|recovered|died)\b"
)
"""A short subject with its verb, for an "and" without a comma."""
_FIGURE_LAST = re.compile(r"[\d%]\)?$")
_TURNS = {
    "but": ". But ",
    "whereas": ". But ",
    "while": ". But ",
    "though": ". But ",
    "although": ". But ",
    "yet": ". Yet ",
    "so": ". So ",
}
_STATISTICS = re.compile(
    r" \((?P<inside>(?:(?:adjusted|weighted|pooled|mean) )*(?:HR|OR|RR|hazard ratio|odds ratio|relative risk|risk ratio|rate ratio|risk difference|"
    r"mean difference|difference|95 ?% (?:CI|confidence)|p ?[<=>]|P ?[<=>])[^()]*)\)(?=(?P<after>\.?$|; |, (?:but|whereas|while|though|although|yet|so|and) |\. ))"
)
_PEOPLE = re.compile(
    r"(?:In|Among|Of) (?=(?:[^,;:]|,(?=\d))*?\d[\d,. ]* (?:(?!years?|months?|weeks?|days?|hours?|mg|g|mL|of|to|and|or)[\w-]+ ){0,5}"
    r"(?:patients|adults|people|women|men|children|infants|babies|veterans|participants|residents|users|outpatients|inpatients|volunteers|subjects)\b)"
    r"(?P<who>(?:[^,;:()]|,(?=\d)|\([^()]*\)){6,160}?), (?=\S)"
)
"""A counted group of people at the head: a study's, never those whom a recommendation is for ("In adults over 65, …")."""
_NO_STOP = r"(?:[^,;:.()]|\.(?=\d)|\([^()]*\))"
_STUDY = re.compile(
    rf"In (?P<which>(?:(?:an?|the|one) {_NO_STOP}{{0,60}}?\b(?:trial|study|cohort|comparison|analysis|meta-analysis|review|series)"
    rf"(?: (?:of|in|on|among) {_NO_STOP}{{2,90}})?(?: \([^()]{{1,60}}\))?|[A-Z][A-Z0-9-]{{4,}}(?: \(\d[^()]{{1,60}}\)|(?=, \d)))), (?=\S)"
)
"""One study, or a study by its name, at the head: where the finding comes from, not for whom it holds."""
_SOURCE = re.compile(r"(?P<head>(?![^:]*[.;] )[^:()]{2,70}(?:\([^()]{1,60}\))?): (?=\S)")
_IS_SOURCE = re.compile(
    r"\b(?:label|warning|review|meta-analysis|trials?|study|cohort|guidelines?|guidance|statement|table|report|information|abstract|consensus)\b|\b[A-Z][A-Z0-9]{2,}\b"
    r"|\b[A-Z]+-[A-Z]+\b|\bCochrane\b|\b(?:19|20)\d\d\b"
)
_SENTENCE = re.compile(r"(?<=[a-z)%\d]{2})[.] (?=[A-Z])")
_LONG_WORDS = 12
"""Sentences up to this long are not cut."""


def source_at_head(text: str) -> int:
    """Where the name of the source that opens the text ends ("US label: …"), 0 when none does."""
    source = _SOURCE.match(text)
    if source is None or not _IS_SOURCE.search(source["head"]) or _VERB.search(source["head"]):
        return 0
    return 0 if re.match(r"(?:For|In|If|After|When|During|On|At)\b", text) else source.end("head")


def find_cuts(text: str, lexicon: Lexicon) -> tuple[Edit, ...]:
    """Cuts left to right, apart. A source or a group of people named at the head becomes a short sentence of its own, figures in
    brackets at the end another; two clauses that each have a subject and a verb become two sentences."""
    if len(text.split()) <= _LONG_WORDS:
        return ()
    names = frozenset(m.start for m in lexicon.tag(text))
    cuts: list[Edit] = []
    begin = 0
    heads = tuple(_head(text, names))
    for edit in (*heads, *_between(text, names, max((h.end for h in heads), default=0))):
        if edit.start >= begin:
            cuts.append(edit)
            begin = max(begin, edit.end)
    bracketed: list[Edit] = []
    for match in _STATISTICS.finditer(text):
        joined = any(c.start == match.end() for c in cuts) or match["after"] in (".", "", ". ")
        begin = max([c.end for c in cuts if c.end <= match.start()], default=0)
        alone = re.search(r"\([^)]*\d", text[begin : match.start()]) is None  # else it could seem to belong to all of the sentence
        if joined and alone and not _HOLDS_ON.search(match["inside"]):
            group = match.end()
            bracketed.append(Edit(match.start(), match.start("inside"), ". In numbers: ", group=group))
            bracketed.append(Edit(match.end() - 1, match.end(), "" if match["after"] else ".", group=group))
    return tuple(sorted([*cuts, *bracketed], key=lambda e: (e.start, e.end)))


def _head(text: str, names: frozenset[int]) -> Iterator[Edit]:
    position = 0
    head = source_at_head(text)
    if head and 0 not in names:
        yield Edit(0, 0, "Source: ", group=head)
        yield Edit(head, head + 2, ". ", opens=True, group=head)
        position = head + 2
    study = _STUDY.match(text, position)
    if (
        study
        and not head
        and study.start("which") not in names
        and _VERB.search(text, study.end())
        and not _VERB.search(study["which"])
    ):
        which = study.start("which")
        yield Edit(study.start(), which, "The study: ", group=study.end())
        yield Edit(study.end("which"), study.end(), ". ", opens=True, group=study.end())
        position = study.end()
    people = _PEOPLE.match(text, position)
    if people and _VERB.search(text, people.end()) and not _HOLDS_ON.search(people["who"]):
        yield Edit(people.start(), people.start("who"), "Who was studied: ", group=people.end())
        yield Edit(people.end("who"), people.end(), ". ", opens=True, group=people.end())


def _between(text: str, names: frozenset[int], begin: int) -> Iterator[Edit]:
    """begin: where the head ends."""
    headed = begin
    lists = any(not (_VERB.search(p) or _ORDER.match(p)) for p in text.split("; ")[1:])
    for match in _JOINT.finditer(text, begin):
        begin = max([begin, *(m.end() for m in _SENTENCE.finditer(text, 0, match.start()))])
        before, after = text[begin : match.start()], text[match.end() :]
        led = 0 < begin == headed  # what stands behind a head needs no verb that we know: "Source: …. 10 days under 2 years"
        if not _is_between_clauses(match, before, after, match.end() in names, led) or (match["semi"] is not None and lists):
            continue
        if match["cause"] or match["since"]:
            words = ". The reason: "
        elif match["none"]:
            words = ". There was no "
        elif match["tells"]:
            words = f" {match['tells']} this. "
        else:
            words = _TURNS.get(match["turn"] or (match["semi"] or "").strip(), ". ")
            if words == ". " and _FIGURE_LAST.search(before) and text[match.end()].isdigit():
                words = ". And "  # "59.7%. 10.8%" would read like one figure
        yield Edit(match.start(), match.end(), words, opens=words.endswith(". "))
        begin = match.end()


def _is_between_clauses(match: re.Match[str], before: str, after: str, named: bool, led: bool) -> bool:
    clause = re.split(r"[;,(:]|\.(?:\s|$)", after, maxsplit=1)[0]
    if before.count("(") > before.count(")") or _HOLDS_ON.search(before) or len(before.split()) < 4:
        return False
    if not (_VERB.search(before) or ":" in before or match["tells"] or led):
        return False
    if (match["since"] or match["colon"]) and not _VERB.search(clause):
        return False
    if match["tells"]:
        return not _DENIES.search(before) and (named or _CLAUSE.match(after) is not None) and _VERB.search(clause) is not None
    if match["colon"] and _LISTS_NEXT.search(before):
        return False
    if match["cause"] or match["since"]:
        return not (_NOT.search(before) or re.search(r"\b(?:mainly|partly|largely|just|simply|perhaps|possibly)$", before))
    if match["turn"] == "so":
        return _VERB.search(clause) is not None
    if (match["none"] or match["colon"] or match["bare"]) and _GRADED.search(before):
        return False
    if match["none"]:
        return not (_DENIES.search(before) or _ORDER.search(before))
    scoped = _SCOPE.match(before[source_at_head(before) :].lstrip(": "))
    if match["turn"] is None and scoped and not _SCOPE.match(after):
        return False
    opens = _CLAUSE_OR_ORDER if match["semi"] is not None else _CLAUSE
    ordered = match["semi"] is not None and _ORDER.match(after)
    if not (named or opens.match(after)) or not (_VERB.search(clause) or ordered):
        return False
    if match["bare"] and not _SOON_A_VERB.match(after):
        return False
    if match["plus"] or match["bare"]:
        return not (
            ":" in before or before.count(",") > 1 or _DENIES.search(before) or re.search(r"\b(?:between|both)\b[^,]*$", before)
        )
    return True
