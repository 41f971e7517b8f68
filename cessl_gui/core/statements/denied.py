"""Words that name a statement and may deny or doubt it: -MI, MI (-), no AF. They are never taken as one."""

from __future__ import annotations

import re

from cessl_gui.core.statements.vocabulary import OWN, Vocabulary

_SIGN = re.compile(r"[-+~!?¬±*/\\^=<>\u2010-\u2015\u2212\ufe58\ufe63\uff0b\uff0d]")
_BEGIN = re.compile(
    r"^(no|not|non|none( of)?|neither|nor|without|w/o|denies|denied|absence of|absent|negative( for)?|neg|excluded?"
    r"|rule[ds]? out|r/o|kein(e[mnrs]?)?|nicht|ohne|ausschluss( von)?|weder|noch|sans|pas|absence"
    r"|possibl[ey]|probabl[ey]|suspected|suspicion|query|verdacht( auf)?|v\.\s?a|fragliche?s?|m[öo]gliche?s?"
    r"|aucune?|ni|exclut|sin|sem|senza|nessuna?|nenhuma?|ningún|ninguna?)\b[\s.:]*"
    r"((evidence|signs?|known|history|hinweise?|zeichen|signe|anzeichen|evidencia|signos?)\b\s*)?"
    r"((of|for|auf|von|für|de|du|des|di)\b\s*|d')?",
    re.IGNORECASE,
)
_NAMED_SO = r"(?![\s-]*(?:specific|sustained|conducted|spezifisch|sp[ée]cifique|espec[ií]fic|soutenu|sostenid))"
_DENIES = re.compile(  # anywhere in a word
    rf"\b(?:non{_NAMED_SO}|no|nos|not|none|neither|nor|without|w/o|denie[sd]|absent|absence|negative|neg|excluded?"
    r"|rule[ds]?[\s-]out|r/o|false|unlikely|nein|kein(?:e[mnrs]?)?|nicht|ohne|weder|ausgeschlossen|ausschluss|fehlend\w*"
    r"|fehlt|negativ\w*|sans|pas|absente?s?|aucune?|exclue?s?|sin|sem|senza|ning[uú]n[ao]?|nessun[ao]?|ausente?s?|assente"
    r"|descartad[ao]s?|exclu[ií]d[ao]s?|esclus[ao]|nenhuma?)\b"
    r"|(?:(?:^|[\s:=(])(?:0(?:[.,]0+)?|-|\u2212|\u2013)|[:=(]\s*n)[\s)\].]*$",
    re.IGNORECASE,
)
_OF_ALL = re.compile(
    r"\b(both|all|either|neither|none|nor|beides?|alles?|weder|tou(?:te)?s|ambos|ambas|todos|todas|ni)\b", re.IGNORECASE
)
_END = re.compile(
    r"(?<![\s:])[\s:]+(no|not|absent|negative|neg|excluded|denied|nein|ausgeschlossen|exclue?|non|0)$", re.IGNORECASE
)
AROUND = " ()[]{}\"'.:"
_CODE = re.compile(r"[0-9]{6,18}", re.ASCII)
_LIST = re.compile(r"([,;|])")


def may_be_denied(word: str, known: Vocabulary) -> bool:
    """Whether it is open if who wrote a word means that a statement is present: it has a sign before or after it or
    between two statements, or a word such as "no". What is itself the name of a statement is none of these.
    """
    word = word.strip(AROUND)
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
    if any(rest != word and _names(known, part) for rest in rests for part in rest.split(" or ")):
        return True
    return " or " in word and _DENIES.search(word) is not None and any(_names(known, w) for w in word.split(" or "))


def denies(text: str) -> re.Match | None:
    """The first word, or sign at the end, that denies what it is said of."""
    return _DENIES.search(text)


def listed(text: str, known: Vocabulary) -> list[str]:
    """The words of a list. What may be denied by another word stays with it: no AF, MI is "no AF or MI".

    A denial before a statement may be said of those after it too, one behind a statement of those before it, as far as
    commas reach; one that stands for itself, or says that it is of all, of the whole list.
    """
    parts = [part.strip() for part in _LIST.split(text)]
    words, begins, is_of_all = parts[:1], 0, _is_of_all(parts[0], known)  # words[begins:] have commas between them
    for mark, word in zip(parts[1::2], parts[2::2], strict=True):
        before = words[-1]
        begins = begins if mark == "," else len(words)
        is_of_all = is_of_all or _is_of_all(word, known)
        rest = _BEGIN.sub("", before, count=1) if before and not known.find(before) else before
        if rest != before and not rest and word:
            words[-1] = f"{before} {word}"
        elif rest != before and mark == "," and word and all(_names(known, part) for part in rest.split(" or ")):
            words[-1] = f"{before} or {word}"
        elif _denies_those_before(word, known):
            words[begins:] = [" or ".join([*filter(None, words[begins:]), word])]
        else:
            words.append(word)
    words = [word for word in words if word]
    return [" or ".join(words)] if is_of_all and len(words) > 1 else words


def _denies_those_before(word: str, known: Vocabulary) -> bool:
    """Whether a word of a list has a denial that may be said of the words before it, too: LBBB: no."""
    if not word or known.find(word) or not (denial := _DENIES.search(word)):
        return False
    after = word[denial.end() :]
    begun = _BEGIN.match(word)
    return not (begun and word[begun.end() :].strip(AROUND)) and not _names(known, after)


def _is_of_all(word: str, known: Vocabulary) -> bool:
    """Whether a word of a list denies without saying what, or all of what is listed."""
    denial = None if not word or known.find(word) else _DENIES.search(word)
    if denial is None:
        return False
    rest = f"{word[: denial.start()]}{word[denial.end() :]}".strip(AROUND + "-=")
    return _OF_ALL.search(word) is not None or not rest


def _names(known: Vocabulary, word: str) -> bool:
    word = word.strip(AROUND)
    return bool(_CODE.fullmatch(word) or known.find(word))
