"""What the comments of a WFDB header say of the patient and the diagnosis."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from cessl_gui.core.statements.denied import denies, listed, may_be_denied
from cessl_gui.core.statements.taken_back import with_remarks
from cessl_gui.core.statements.vocabulary import Vocabulary, vocabulary
from cessl_gui.ecg.units import millivolts

_FIELD = re.compile(r"^\s*([A-Za-z][\w -]*?)\s*[:=]\s*(.*?)\s*$")
# <age>: 25  <sex>: M, several on a line, as older databases write
_BRACKETED = re.compile(r"<([\w -]+)>:\s*(.*?)\s*(?=<|$)")
_DX = re.compile(r"^\s*(Dx)\s+([^:=]*?[^:=\s])\s*$", re.IGNORECASE)  # without its colon
_OTHER_DX = re.compile(r"^\s*(Dx)\b(.*)$", re.IGNORECASE)  # Dx (SNOMED): 164889003
# What else may follow on the line of one of these: Age: 25 Sex: F
_NEXT = re.compile(r"(?<![\s,;])[\s,;]+(?=(?:Age|Sex|Gender|Dx|Rx|Hx|Sx)\s*[:=])", re.IGNORECASE)
_DIAGNOSIS = re.compile(r"((ecg|ekg) )?diagnos[a-zíó]*( codes?)?|dx .+|snomed.*")
_UNITS = re.compile(
    r"((signal|ecg|ekg|leads?|amplitude|voltage|adc|physical) )?(units?|einheit(en)?|unit[ée]s?|unidad(es)?)"
)
_GAINS = re.compile(r"((signal|ecg|ekg|leads?|adc) )?(gain|resolution|lsb|scale( factor)?|sensitivity)")
_UNKNOWN = {"nan", "unknown", "n/a", ""}
_NOTHING = _UNKNOWN | {"none", "no", "not known"}
_WORDS_FOR_PATIENT = ("patient id", "patientid", "patient", "subject", "subject id")
LONGEST_DX = 10_000  # characters: beyond a thousand codes it is no diagnosis, and each becomes a label
AGAIN = " (again)"  # after the name of a field that is there once more and says something else
_SNOMED = re.compile(r"[0-9]{6,18}", re.ASCII)


def fields(comments: Iterable[str]) -> dict[str, str]:
    """The `Name: value` lines, names in lower case; `_` and `-` are spaces. Lines of diagnoses are joined by commas.

    What is written for "not known" is "". What says something else under the same name stands with AGAIN.
    """
    fields_: dict[str, str] = {}
    for comment in comments:
        line = " ".join(comment.split())  # the patterns take time by the square of a run of blanks
        for name, value in _BRACKETED.findall(line) or _pairs(line):
            known = value if value.casefold() not in _UNKNOWN else ""
            name = re.sub(r"[\s_-]+", " ", name).strip().casefold()
            if name == "dx" and _is_too_long(fields_):
                continue
            if name == "dx" and fields_.get(name) and known:
                known = f"{fields_.pop(name)}, {known}"
            if known and fields_.get(name, known) != known:
                fields_.setdefault(f"{name}{AGAIN}", known)
            fields_.setdefault(name, known)
            fields_[name] = fields_[name] or known  # a line that says nothing hides no later one
    return fields_


def _pairs(line: str) -> list[tuple[str, str]]:
    """Name and value, several where a line has several of those that PhysioNet's headers have."""
    parts = _NEXT.split(line) if _NEXT.match(f" {line}") else [line]
    found = [_FIELD.match(part) or _DX.match(part) for part in parts]
    other = [(f"{match[1]} line", match[2]) for part in parts if (match := _OTHER_DX.match(part))]
    return [(match[1], match[2]) for match in found if match] or other


def statements(fields_: Mapping[str, str], comments: Iterable[str] = ()) -> tuple[str, ...]:
    """The codes or words of the diagnosis, each once, as written; between codes there may be nothing but spaces.

    comments : all lines. What one of them takes back, as "no AF after all", is "AF or not": no statement.
    """
    if _is_too_long(fields_):
        return ()
    words = listed(fields_.get("dx", ""), vocabulary())
    codes = [code for word in words for code in _codes(word)]
    codes = list(dict.fromkeys(code for code in codes if code and code.casefold() not in _UNKNOWN))
    remarks = [remark for comment in comments if codes and (remark := _remark(comment))]
    return tuple(with_remarks(codes, remarks, vocabulary()))


def _is_too_long(fields_: Mapping[str, str]) -> bool:
    return len(fields_.get("dx", "")) > LONGEST_DX


def _remark(comment: str) -> str:
    """What a line says of anything but the diagnosis and the patient; without its name, as in `comment: ...`."""
    line = " ".join(comment.split())
    field = _FIELD.match(line)
    name = re.sub(r"[\s_-]+", " ", field[1]).casefold() if field else ""
    if _DX.match(line) or _OTHER_DX.match(line) or name in {"age", "sex", "gender", *_WORDS_FOR_PATIENT}:
        return ""
    is_title = field and not (vocabulary().find(name) or denies(line[: field.start(2)]))
    return field[2] if field and is_title else line  # AF: ruled out


def doubts(fields_: Mapping[str, str], stated: Iterable[str] = ()) -> list[str]:
    """What the header says of diagnoses and is not understood. Their words are not repeated: they may be hidden yet.

    stated : as `statements` gives them
    """
    known = vocabulary()
    said = ["the header's diagnosis is too long to be one: none is taken"] if _is_too_long(fields_) else []
    if any(may_be_denied(word, known) for word in stated):
        said.append("a diagnosis in the header has a sign or a word that may deny it: taken for no statement")
    said += [
        f"the header's {_without_diagnosis(name)[:40]!r} is not taken for statements: only Dx is"
        for name, value in fields_.items()
        if _DIAGNOSIS.fullmatch(name) and value.strip("()-. ").casefold() not in _NOTHING
    ]
    said += [
        f"the header's comment {name[:40]!r} is not applied: unit and gain are those of each signal's line"
        for name, value in fields_.items()
        if (_UNITS.fullmatch(name) and value and millivolts(value) != 1.0)
        or (_GAINS.fullmatch(name) and any(map(str.isdigit, value)))
    ]
    return said


def _without_diagnosis(name: str) -> str:
    """A line's name; of one as `Dx atrial fibrillation: yes`, which holds what is hidden yet, the first word."""
    return f"{name.split()[0]} ..." if re.match(r"dx (?!line$)|snomed.*\d", name) else name


def _codes(word: str) -> list[str]:
    """A word, or the codes that it is made of where it is no statement's name itself."""
    parts = word.split()
    known = vocabulary()
    if len(parts) < 2 or known.find(word) or not all(_is_code(known, part) for part in parts):
        return [word]
    return parts


def _is_code(known: Vocabulary, part: str) -> bool:
    if _SNOMED.fullmatch(part):
        return True
    return part.isupper() and bool(known.find(part) or any(part in statement.scp for statement in known.statements))
