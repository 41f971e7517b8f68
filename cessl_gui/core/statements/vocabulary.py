"""The statements a reader can give: PhysioNet 2021 diagnoses (SNOMED CT), PTB-XL's SCP statements mapped to them."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING

from cessl_gui.core.paths import resource
from cessl_gui.core.statements.statement_index import StatementIndex

if TYPE_CHECKING:
    from cessl_gui.core.types import State

OWN = "local:"  # begins the codes of statements in readers' own words
_WHOLE = re.compile(r"(?<=\d{6})\.0+$", re.ASCII)  # no code of SNOMED CT is shorter
OWN_LENGTH = 60

# In the order in which an ECG is read.
GROUPS = (
    "rhythm",
    "conduction",
    "ischaemia and infarction",
    "hypertrophy",
    "ST and T",
    "axis and voltage",
    "other",
)


@dataclass(frozen=True)
class Statement:
    """One thing a reader can say of an ECG.

    code    : canonical SNOMED CT code, or one of own_statement()
    group   : one of GROUPS
    also    : codes that mean the same
    aliases : other words for it
    names   : its names in German, French and Spanish
    typed   : what people type who look for it, though it may mean something narrower: "STEMI"
    scp     : PTB-XL codes that map to it
    kind_of : codes of the statements that hold where this one does, or may be said in its place
    panel   : whether a new project shows it
    """

    code: str
    abbreviation: str
    name: str
    group: str
    also: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    scp: tuple[str, ...] = ()
    panel: bool = False
    kind_of: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    typed: tuple[str, ...] = ()


class Vocabulary:
    """All statements, found by code, abbreviation, SCP code or words."""

    def __init__(self, statements: tuple[Statement, ...]) -> None:
        self.statements = statements
        self._by_key: dict[str, Statement] = {}
        self._wider_than: dict[str, set[str]] = {}
        for s in statements:
            for key in (s.code, *s.also, s.abbreviation, s.name, *s.aliases):
                self._by_key.setdefault(_fold(key), s)
        # Last, so that a word that stands at several statements means the one that it names itself: AVB.
        for s in statements:
            for key in (*s.scp, *s.names):
                self._by_key.setdefault(_fold(key), s)

    def find(self, word: str) -> Statement | None:
        """The statement for a SNOMED or SCP code, abbreviation, name or alias, in any case; None if unknown.

        With a sign before or after it a word is not known: it may deny the statement. A code may be written as the
        fraction that spreadsheets and data frames make of it: 164889003.0.
        """
        known = self._by_key  # a code, as most words are, is there as it is written
        return known.get(word) or known.get(_fold(word)) or known.get(_WHOLE.sub("", word.strip()))

    def __getitem__(self, code: str) -> Statement:
        """The statement of a code; a code that we do not know stands for itself, so nothing is dropped."""
        known = self.find(code)
        if known:
            return known
        own = own_statement(code.removeprefix(OWN))
        return own if own.name and own.code == code else Statement(code, code, f"Statement {code}", "other")

    def may_be(self, said: str, code: str) -> bool:
        """Whether who said one thing may have meant the other, or has said it too: one is a kind of the other.

        A word that is not known may mean anything.
        """
        return self._may_be(self.find(said), self.find(code))

    def _may_be(self, known: Statement | None, other: Statement | None) -> bool:
        if known is None or other is None:
            return True
        return known is other or other.code in self._wider(known) or known.code in self._wider(other)

    def told(self, named: Collection[str], used: Iterable[str]) -> dict[str, State]:
        """What a list of diagnoses says of statements, by code.

        named : its words;  used : statements that the lists of its collection are known to name
        A used statement that is not named is absent, unless the list may mean it by a wider, narrower or unknown word.
        """
        from cessl_gui.core.types import State  # with NumPy, which not all who ask for a statement have

        codes, said = {self[word].code for word in named}, [self.find(word) for word in named]
        return {
            code: State.PRESENT if code in codes else State.ABSENT
            for code in used
            if code in codes or not any(self._may_be(known, self.find(code)) for known in said)
        }

    def _wider(self, statement: Statement) -> set[str]:
        """The codes of what a statement is a kind of, at any remove."""
        if (wider := self._wider_than.get(statement.code)) is None:
            wider, left = set[str](), list(statement.kind_of)
            while left:
                code = left.pop()
                if code not in wider:
                    wider.add(code)
                    left += self[code].kind_of
            self._wider_than[statement.code] = wider
        return wider

    @cached_property
    def _index(self) -> StatementIndex:
        known = {s.code for s in self.statements}
        return StatementIndex((*self.statements, *(s for s in known_elsewhere() if s.code not in known)))

    def search(self, typed: str, limit: int = 12) -> list[Statement]:
        """The statements meant by what was typed, best first; misspelt, abbreviated, and in four languages.

        One that is not in this vocabulary, such as "Hyperkalaemia", has a code of own_statement(): it can be added.
        """
        return self._index.search(typed)[:limit]

    @property
    def panel(self) -> tuple[Statement, ...]:
        """The statements a new project shows in its label panel, in reading order."""
        return tuple(s for s in self.statements if s.panel)


def own_statement(words: str) -> Statement:
    """A statement in a reader's own words. Its code carries them, so that it is named wherever a code comes to.

    words : at most OWN_LENGTH characters are taken; what separates the codes of a WFDB header (#Dx) becomes a space,
            and so does what is no character to read, as NUL
    """
    name = " ".join(re.sub(r"[,;|#\x00-\x1f\x7f]", " ", words).split())[:OWN_LENGTH].strip()
    return Statement(OWN + name, name, name, "other")


def grouped(statements: Iterable[Statement]) -> list[tuple[str, list[Statement]]]:
    """The statements by group, in the order of GROUPS; within a group they keep theirs."""
    groups: dict[str, list[Statement]] = {group: [] for group in GROUPS}
    for statement in statements:
        groups.get(statement.group, groups["other"]).append(statement)
    return [(group, members) for group, members in groups.items() if members]


def _fold(text: str) -> str:
    """A word as it is compared. A hyphen within it is a space; a sign before or after it stays: -MI is no MI."""
    return " ".join(re.sub(r"(?<=\w)\s*-\s*(?=\w)", " ", text.casefold()).split())


@dataclass(frozen=True)
class Wording:
    """How a project words a statement: its name and group here ("" as shipped), and more words to search by.

    codes : what it is in other systems, as "SNOMED CT 698247007" or "AHA 50"; exports say them beside its own
    """

    code: str
    name: str = ""
    group: str = ""
    typed: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()

    def of(self, statement: Statement) -> Statement:
        """The statement in these words. The name that it had still finds it; its code, and what it means, stay."""
        return replace(
            statement,
            name=self.name or statement.name,
            group=self.group if self.group in GROUPS else statement.group,
            aliases=(*statement.aliases, statement.name) if self.name else statement.aliases,
            typed=(*statement.typed, *self.typed),
        )


@cache
def vocabulary(own: tuple[str, ...] = (), wordings: tuple[Wording, ...] = ()) -> Vocabulary:
    """The shipped statements, read once from resources/statements.csv, and those of a project's own, by their codes.

    wordings : how the project words some of them
    """
    if wordings:
        by_code = {wording.code: wording for wording in wordings}
        worded = (by_code.get(s.code, Wording(s.code)).of(s) for s in vocabulary(own).statements)
        return Vocabulary(tuple(worded))
    if own:
        shipped = vocabulary()
        known = {s.code: s for s in known_elsewhere()}
        return Vocabulary(shipped.statements + tuple(known.get(code) or shipped[code] for code in own))
    words = _synonyms()
    return Vocabulary(
        tuple(
            _with_synonyms(
                Statement(
                    code=row["code"],
                    abbreviation=row["abbreviation"],
                    name=row["name"],
                    group=row["group"],
                    also=tuple(row["also"].split()),
                    aliases=_list(row["aliases"]),
                    scp=tuple(row["scp"].split()),
                    panel=row["panel"] == "1",
                    kind_of=tuple(row["kind_of"].split()),
                ),
                words.get(row["code"]),
            )
            for row in _rows("statements.csv")
        )
    )


@cache
def known_elsewhere() -> tuple[Statement, ...]:
    """Statements that people look for and that we do not ship: in a reader's own words, if a project adds them."""
    rows = _synonyms().items()
    return tuple(_with_synonyms(own_statement(c.removeprefix(OWN)), row) for c, row in rows if c.startswith(OWN))


@cache
def _synonyms() -> dict[str, dict[str, str]]:
    return {row["code"]: row for row in _rows("synonyms.csv")}


def _with_synonyms(statement: Statement, row: dict[str, str] | None) -> Statement:
    if row is None:
        return statement
    foreign: Sequence[tuple[str, ...]] = [_list(row[language]) for language in ("de", "fr", "es")]
    typed = (*_list(row["en"]), *(word for words in foreign for word in words[1:]))
    return replace(statement, names=tuple(words[0] for words in foreign if words), typed=typed)


def _rows(name: str) -> list[dict[str, str]]:
    with resource(name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _list(cell: str) -> tuple[str, ...]:
    return tuple(filter(None, cell.split("|")))
