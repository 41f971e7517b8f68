"""Finding statements by what a person types: begun, misspelt, abbreviated, in English, German, French or Spanish."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from cessl_gui.core.statements.vocabulary import Statement

FILLERS = frozenset("a an the of in with de del du des la le les l el los der die das des im".split())  # noqa: SIM905
# A shorter word has no room for a mistake: AF and AT are one letter apart.
ONE_MISTAKE_FROM, TWO_MISTAKES_FROM = 4, 7
LONGEST = 80  # characters that are looked at


@dataclass(frozen=True)
class _Term:
    """One of the texts that stand for a statement, folded. is_own : a name of it, in any language, or its code"""

    place: int
    words: tuple[str, ...]
    is_own: bool


class _Match(NamedTuple):
    """How well a term answers what was typed; the smallest is the best."""

    is_partly: bool  # it has more than was typed, or in another order
    mistakes: int
    words_begun: int  # rather than typed in whole
    is_inside: bool  # rather than at the beginning of the term
    words_left: int  # of the term, that were not typed
    is_synonym: bool
    place: int


class StatementIndex:
    """Statements in their order, by all texts that stand for them."""

    def __init__(self, statements: Sequence[Statement]) -> None:
        self._statements = statements
        self._terms = [
            _Term(place, words, is_own)
            for place, s in enumerate(statements)
            for texts, is_own in (((s.abbreviation, s.name, *s.aliases, *s.names, s.code), True), (s.typed, False))
            for words in dict.fromkeys(tuple(fold(text)) for text in texts)
            if words
        ]
        self._words = sorted({word for term in self._terms for word in term.words})
        self._together = _together(self._terms)

    def search(self, typed: str) -> list[Statement]:
        """All that may be meant, best first: what reads as typed, or else what is spelt nearly so."""
        words = fold(typed[:LONGEST])
        words = [word for word in words if word not in FILLERS] or words
        if not words:
            return []
        begun = [{w: 0 for w in self._words if w.startswith(word)} for word in words]
        matches = self._whole("".join(words)) + _by_words(self._terms, words, begun)
        matches = matches or _by_words(self._together, words, begun)
        if not matches:  # a word that is spelt wrongly may begin another one
            nearly = [self._nearly(word) | found for word, found in zip(words, begun, strict=True)]
            matches = _by_words(self._terms, words, nearly) or _by_words(self._together, words, nearly)
        best: dict[int, _Match] = {}
        for match in sorted(matches):
            best.setdefault(match.place, match)
        return [self._statements[place] for place in best]

    def _whole(self, squeezed: str) -> list[_Match]:
        """The terms that are what was typed, wherever the spaces are."""
        terms = [term for term in self._terms if "".join(_telling(term.words)) == squeezed]
        return [_Match(False, 0, 0, False, 0, not term.is_own, term.place) for term in terms]

    def _nearly(self, typed: str) -> dict[str, int]:
        """The words that begin nearly as typed, and the letters by which they differ."""
        from rapidfuzz.distance import OSA  # 20 ms to load, on the first mistake

        most = 0 if len(typed) < ONE_MISTAKE_FROM else 1 if len(typed) < TWO_MISTAKES_FROM else 2
        near = {}
        for word in self._words:
            cuts = {word, word[: len(typed)], word[: len(typed) + 1]}
            apart = min(OSA.distance(typed, cut, score_cutoff=most) for cut in cuts)
            if most > 0 and apart <= most:
                near[word] = apart
        return near


def _together(terms: Iterable[_Term]) -> list[_Term]:
    """All words of each statement as one text: "inferior STEMI" has words of two."""
    words: dict[int, dict[str, None]] = {}
    for term in terms:
        words.setdefault(term.place, {}).update(dict.fromkeys(term.words))
    return [_Term(place, tuple(of), is_own=False) for place, of in words.items()]


def _by_words(terms: Iterable[_Term], typed: list[str], meant: list[dict[str, int]]) -> list[_Match]:
    """The terms that have each typed word. meant : per typed word, what it may mean, and the mistakes in it"""
    matches = []
    for term in terms:
        found = [[(of[w], w != one, w) for w in term.words if w in of] for one, of in zip(typed, meant, strict=True)]
        if not all(found):
            continue
        chosen = [min(words) for words in found]
        matches.append(
            _Match(
                is_partly=True,
                mistakes=sum(mistakes for mistakes, _, _ in chosen),
                words_begun=sum(is_begun for _, is_begun, _ in chosen),
                is_inside=term.words[0] != chosen[0][2],
                words_left=max(0, len(_telling(term.words)) - len(typed)),
                is_synonym=not term.is_own,
                place=term.place,
            )
        )
    return matches


def fold(text: str) -> list[str]:
    """The words of a text without case, accents and signs; ä and ae, ischaemia and ischemia are one."""
    text = text.casefold().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue").replace("œ", "oe")
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return re.findall(r"[a-z0-9]+", bare.replace("ae", "e").replace("oe", "e"))


def _telling(words: Iterable[str]) -> list[str]:
    words = list(words)
    return [word for word in words if word not in FILLERS] or words
