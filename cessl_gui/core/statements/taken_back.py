"""Remarks that take back what is stated elsewhere: AF, and beside it "no AF after all". Then AF is never present."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from cessl_gui.core.statements.denied import AROUND, denies
from cessl_gui.core.statements.vocabulary import Vocabulary

LONGEST = 1000  # characters that are looked at
LONGEST_NAME = 6  # words
# Said of a diagnosis, whatever else stands beside them.
_TAKES_BACK = re.compile(
    r"\b(?:ruled[\s-]out|with(?:drawn|drew)|retract(?:ed|ion)|revoked|rescinded|taken back|(?:not|un)[\s-]?confirmed"
    r"|disprove[dn]|refuted|misdiagnos\w+|misread|entered in error|in error|by mistake|false[\s-]positive|overruled"
    r"|ausgeschlossen|zur[üu]ckgenommen|zur[üu]ckgezogen|widerrufen|widerlegt|verworfen|(?:nicht|un)\s?best[äa]tigt"
    r"|fehldiagnosen?|irrt[üu]mlich\w*|f[äa]lschlich\w*|aus versehen|storniert|hinf[äa]llig"
    r"|[ée]cart[ée]e?s?|infirm[ée]e?s?|non confirm[ée]e?s?|d[ée]menti[es]*|r[ée]fut[ée]e?s?|exclue?s?|par erreur"
    r"|descartad[ao]s?|no confirmad[ao]s?|desmentid[ao]s?|refutad[ao]s?|excluid[ao]s?|por error)(?!\w)",
    re.IGNORECASE,
)
# The same of one that they name, or alone.
_OF_WHAT_IT_NAMES = re.compile(
    r"\b(?:no longer|(?:any|no) ?more|after all|rejected|dismissed|discarded|cancell?ed|annulled|deleted|removed|struck"
    r"|crossed out|resolved|gone|ended|disappeared|wrong(?:ly)?|incorrect(?:ly)?|erroneous(?:ly)?|mistaken(?:ly)?|error"
    r"|invalid|void|corrected|correction|revised|instead|turned out|disregard|ignore|history of|old|terminated"
    r"|converted|former(?:ly)?|previous(?:ly)?|was"
    r"|mehr|doch|falsch\w*|fehler\w*|korrigiert|korrektur|statt|anstelle|gestrichen|gel[öo]scht|entf[äa]llt|aufgehoben"
    r"|annulliert|ung[üu]ltig|fr[üu]her\w*|vorbei|war"
    r"|n'est plus|plus d['e]|finalement|annul[ée]e?s?|retir[ée]e?s?|rejet[ée]e?s?|supprim[ée]e?s?|[ée]limin[ée]e?s?"
    r"|disparue?s?|corrig[ée]e?s?|erron[ée]e?s?|fau(?:x|sse)s?|erreur|au lieu|[ée]tait"
    r"|ya no|al final|finalmente|retirad[ao]s?|anulad[ao]s?|cancelad[ao]s?|rechazad[ao]s?|borrad[ao]s?|eliminad[ao]s?"
    r"|corregid[ao]s?|err[óo]ne[ao]s?|fals[ao]s?|en lugar|era)(?!\w)",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[;|\n]|[.!?](?=\s|$)|\s(?:but|aber|jedoch|mais|pero)\s")
_LETTERS = re.compile(r"[^\W\d_]{2}")
_WORD = re.compile(r"[^\s,:()\[\]{}\"]+")


@lru_cache(1 << 12)  # asked for each cell of a file of labels
def may_take_back(remark: str) -> bool:
    """Whether a remark denies anything, or takes it back."""
    return _LETTERS.search(remark) is not None and _denial(remark[:LONGEST]) is not None


def is_taken_back(remark: str, stated: str, known: Vocabulary) -> bool:
    """Whether a remark may take a stated statement back: no AF after all, AF ruled out, withdrawn.

    stated : a word or a code that stands elsewhere. What the remark says of statements of another kind is none.
    """
    if not may_take_back(remark):
        return False
    remark = remark[:LONGEST]
    seen: list[list[str]] = []
    for sentence in _SENTENCE.split(remark):
        parts = [part.strip(AROUND) for part in sentence.split(",")]
        carried = False  # no LBBB, AF may deny AF
        for part in filter(None, parts):
            names, denial = _named(part, known), _denial(part)
            is_meant = any(known.may_be(name, stated) for name in names)
            if denial and (is_meant or (not names and _is_alone(part, denial, seen, stated, known))):
                return True
            is_name = known.find(part) is not None
            if carried and is_name and is_meant:
                return True
            carried = bool(names) and (bool(denial) or (carried and is_name))
            seen.append(names)
    return False


def with_remarks(words: Sequence[str], remarks: Iterable[str], known: Vocabulary) -> list[str]:
    """Stated words; one that a remark or another word takes back is "AF or not", which names no statement."""
    others = [other for other in (*words, *remarks) if may_take_back(other)]
    return [
        f"{word} or not"
        if known.find(word) and any(other != word and is_taken_back(other, word, known) for other in others)
        else word
        for word in words
    ]


def _denial(text: str) -> re.Match | None:
    return _TAKES_BACK.search(text) or _OF_WHAT_IT_NAMES.search(text) or denies(text)


def _is_alone(part: str, denial: re.Match, seen: list[list[str]], stated: str, known: Vocabulary) -> bool:
    """Whether a denial that names nothing is said of what stands elsewhere, or of what was named before it."""
    if _TAKES_BACK.search(part):
        return True
    rest = f"{part[: denial.start()]}{part[denial.end() :]}".strip(AROUND + "-= ")
    if rest:
        return False
    before = [name for names in seen for name in names]
    return any(known.may_be(name, stated) for name in before) or (
        not before and _OF_WHAT_IT_NAMES.fullmatch(part) is not None
    )


def _named(part: str, known: Vocabulary) -> list[str]:
    """The statements that stand anywhere in some words."""
    words = _WORD.findall(part)
    spans = ((i, j) for i in range(len(words)) for j in range(i + 1, min(i + LONGEST_NAME, len(words)) + 1))
    texts = [" ".join(words[i:j]).strip(AROUND) for i, j in spans]
    found = [statement.code for text in texts if (statement := known.find(text))]
    typed = _typed(known)
    return list(dict.fromkeys(found + [typed[text] for text in map(str.casefold, texts) if text in typed]))


@lru_cache(4)
def _typed(known: Vocabulary) -> dict[str, str]:
    """The other words for statements, in four languages, and their codes."""
    return {word.casefold(): statement.code for statement in known.statements for word in statement.typed}
