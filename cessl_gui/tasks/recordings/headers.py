"""What headers say of their ECGs: words that get a meaning in the project, and statements taken as labels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from cessl_gui.core.plural import counted
from cessl_gui.core.statements.denied import may_be_denied
from cessl_gui.core.statements.vocabulary import OWN, vocabulary
from cessl_gui.core.types import ReadingState
from cessl_gui.store.project import Project

CLOSED = (ReadingState.CONFIRMED, ReadingState.EXCLUDED)
TOGETHER = 500  # labels in one transaction
NAMED_FROM = 3  # ECGs of an import: of fewer the words would tell a blind reader which has them


def hear_headers(project: Project, ids: Sequence[str]) -> list[str]:
    """Let headers mean what the project's statements, names and words make of them by now.

    returns : a sentence about words that still mean none, but for those that may deny one
    """
    known, imported = vocabulary(), set(ids)
    said = {i: codes for i, codes in project.labels.header_all().items() if i in imported}
    # A word without a meaning is its own code.
    words = [word for word in dict.fromkeys(chain(*said.values())) if known.find(word) is None]
    meant = project.settings.meant(words)
    for record_id, codes in said.items():
        if any(code in meant or code.startswith(OWN) for code in codes):  # given, or perhaps given another since
            project.records.identity.hear_again(record_id)
    unclear = {w for w in words if not (w in meant or w.startswith(OWN) or may_be_denied(w, known))}
    count = sum(not unclear.isdisjoint(codes) for codes in said.values())
    if not unclear:
        return []
    named = f" ({_some(sorted(unclear))})" if len(imported) >= NAMED_FROM else ""
    return [
        f"The diagnosis of {counted(count, 'ECG')} has {counted(len(unclear), 'word')} without a meaning here{named}."
        " Give each to a statement, as its name or as a word for it, and import again."
    ]


def accept_headers(project: Project, ids: Sequence[str], reader: str) -> list[str]:
    """Take what the headers of these records say as labels of `reader`, where people have said nothing yet.

    A confirmed or an excluded reading stays as it is.
    A statement that a header names is present. One that other headers of the same folder name and this one does not is
    absent: a collection vouches for the statements it uses. One that no header of the folder names stays not assessed,
    as does one that this header may mean by another word: by one that we do not know, or by a wider or narrower one.
    A word that may deny a statement, as -MI or no AF, is taken for none.

    returns : a sentence that names these words, if there are any
    """
    known = vocabulary()
    # A project made before a word was known has stored the word.
    stated = {i: {known[code].code for code in codes} for i, codes in project.labels.header_all().items()}
    collections: dict[Path, list[str]] = defaultdict(list)
    for record_id, source in project.records.sources(ids).items():
        if record_id in stated:
            collections[Path(source).parent].append(record_id)
    standings = project.records.standings()
    labels = project.labels.all_current()
    changes = []
    taken_up = {code for members in collections.values() for record_id in members for code in stated[record_id]}
    denied = sorted(code for code in taken_up if may_be_denied(code, known))
    for members in collections.values():
        used = {code for record_id in members for code in stated[record_id]}.difference(denied)
        for record_id in (one for one in members if standings[one] not in CLOSED):
            given = labels.get(record_id, {})
            named = stated[record_id]
            told = known.told(named, sorted(used - given.keys()))
            changes += [(record_id, code, state) for code, state in told.items()]
    for start in range(0, len(changes), TOGETHER):
        some = changes[start : start + TOGETHER]
        project.labels.set_many(some, reader, kind="header accepted", file_visible=True)
    return [f"Not matched, as a sign or a word may deny them: {_some(denied)}."] if denied else []


def _some(words: Sequence[str]) -> str:
    return ", ".join(word[:60] for word in words[:20]) + (", ..." if len(words) > 20 else "")
