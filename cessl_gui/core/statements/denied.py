"""Words that name a statement and may deny it: -MI, MI (-), no AF. They are no statement, and never taken as one."""

from __future__ import annotations

import re

from cessl_gui.core.statements.vocabulary import OWN, Vocabulary

_SIGN = re.compile(r"[-+~!?¬±*/\\^=<>\u2010-\u2015\u2212\ufe58\ufe63\uff0b\uff0d]")
_BEGIN = re.compile(
    r"^(no|not|non|without|w/o|denies|denied|absence of|absent|negative( for)?|neg|excluded?|rule[ds]? out|r/o"
    r"|kein(e[mnrs]?)?|nicht|ohne|ausschluss( von)?|sans|pas|aucune?|sin|sem|senza|nessuna?|ningún|ninguna?)\b[\s.:]*"
    r"((evidence|signs?|known|history|hinweis|zeichen|signe|anzeichen)\b\s*)?((of|for|auf|von|für|de|du|des|di)\b\s*|d')?",
    re.IGNORECASE,
)
_END = re.compile(
    r"(?<![\s:])[\s:]+(no|not|absent|negative|neg|excluded|denied|nein|ausgeschlossen|exclue?|non|0)$", re.IGNORECASE
)
_AROUND = " ()[]{}\"'.:"
_CODE = re.compile(r"[0-9]{6,18}", re.ASCII)
_LIST = re.compile(r"([,;|])")


def may_be_denied(word: str, known: Vocabulary) -> bool:
    """Whether it is open if who wrote a word means that a statement is present: it has a sign before or after it or
    between two statements, or a word such as "no". What is itself the name of a statement is none of these.
    """
    word = word.strip(_AROUND)
    if not word or word.startswith(OWN) or known.find(word):
        return False
    if _SIGN.match(word) or _SIGN.match(word[-1]):
        return True
    if any(_SIGN.match(part) and _names(known, part[1:]) for part in word.split()):
        return True
    between = _SIGN.split(word)
    if len(between) > 1 and all(_names(known, part) for part in between):
        return True
    rests = _BEGIN.sub("", word, count=1), _END.sub("", word)
    return any(rest != word and _names(known, part) for rest in rests for part in rest.split(" or "))


def listed(text: str, known: Vocabulary) -> list[str]:
    """The words of a list. What may still be denied stays with the word before it: no AF, MI is "no AF or MI"."""
    parts = [part.strip() for part in _LIST.split(text)]
    words = parts[:1]
    for mark, word in zip(parts[1::2], parts[2::2], strict=True):
        before = words[-1]
        rest = _BEGIN.sub("", before, count=1) if before and not known.find(before) else before
        if rest != before and not rest and word:
            words[-1] = f"{before} {word}"
        elif rest != before and mark == "," and word and all(_names(known, part) for part in rest.split(" or ")):
            words[-1] = f"{before} or {word}"
        else:
            words.append(word)
    return [word for word in words if word]


def _names(known: Vocabulary, word: str) -> bool:
    word = word.strip(_AROUND)
    return bool(_CODE.fullmatch(word) or known.find(word))
