"""The statements a reader can give: PhysioNet 2021 diagnoses (SNOMED CT), PTB-XL's SCP statements mapped to them."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache

from cessl_gui.core.paths import resource

OWN = "local:"  # begins the codes of statements in readers' own words
OWN_LENGTH = 60


@dataclass(frozen=True)
class Statement:
    """One thing a reader can say of an ECG.

    code    : canonical SNOMED CT code, or one of own_statement()
    also    : codes that mean the same
    aliases : other words for it
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


class Vocabulary:
    """All statements, found by code, abbreviation, SCP code or words."""

    def __init__(self, statements: tuple[Statement, ...]) -> None:
        self.statements = statements
        self._by_key: dict[str, Statement] = {}
        for s in statements:
            for key in (s.code, *s.also, s.abbreviation, s.name, *s.aliases):
                self._by_key.setdefault(_fold(key), s)
        # Last, so that a word that stands at several statements means the one that it names itself: AVB.
        for s in statements:
            for key in s.scp:
                self._by_key.setdefault(_fold(key), s)

    def find(self, word: str) -> Statement | None:
        """The statement for a SNOMED or SCP code, abbreviation, name or alias, in any case; None if unknown."""
        return self._by_key.get(_fold(word))

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
        known, other = self.find(said), self.find(code)
        if known is None or other is None:
            return True
        return known is other or other.code in self._wider(known) or known.code in self._wider(other)

    def _wider(self, statement: Statement) -> set[str]:
        """The codes of what a statement is a kind of, at any remove."""
        wider: set[str] = set()
        left = list(statement.kind_of)
        while left:
            code = left.pop()
            if code not in wider:
                wider.add(code)
                left += self[code].kind_of
        return wider

    def search(self, typed: str, limit: int = 12) -> list[Statement]:
        """Type-ahead: statements whose abbreviation or words begin with what was typed, best first."""
        wanted = _fold(typed).split()
        if not wanted:
            return []
        ranked = []
        for order, s in enumerate(self.statements):
            texts = [_fold(t) for t in (s.abbreviation, s.name, *s.aliases, s.code)]
            words = [w for t in texts for w in t.split()]
            if all(any(w.startswith(part) for w in words) for part in wanted):
                whole = " ".join(wanted)
                rank = 0 if whole == texts[0] else 1 if any(t.startswith(whole) for t in texts) else 2
                ranked.append((rank, order, s))
        return [s for *_, s in sorted(ranked, key=lambda r: r[:2])][:limit]

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
    return Statement(OWN + name, name, name, "own")


def _fold(text: str) -> str:
    return " ".join(text.casefold().replace("-", " ").split())


@cache
def vocabulary(own: tuple[str, ...] = ()) -> Vocabulary:
    """The shipped statements, read once from resources/statements.csv, and those of a project's own, by their codes."""
    if own:
        shipped = vocabulary()
        return Vocabulary(shipped.statements + tuple(shipped[code] for code in own))
    with resource("statements.csv").open(newline="", encoding="utf-8") as file:
        return Vocabulary(
            tuple(
                Statement(
                    code=row["code"],
                    abbreviation=row["abbreviation"],
                    name=row["name"],
                    group=row["group"],
                    also=tuple(row["also"].split()),
                    aliases=tuple(filter(None, row["aliases"].split("|"))),
                    scp=tuple(row["scp"].split()),
                    panel=row["panel"] == "1",
                    kind_of=tuple(row["kind_of"].split()),
                )
                for row in csv.DictReader(file)
            )
        )
