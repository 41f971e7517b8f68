"""Which column of a file of labels holds what: found by their names, or said by a person."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from cessl_gui.core.statements.statement_index import fold
from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.core.types import State
from cessl_gui.tasks.export.wide import DECIDED
from cessl_gui.tasks.labels.label_cells import WORDS, Likelihoods, words_of
from cessl_gui.tasks.labels.label_tables import LabelsFileError, Table

# What columns are called, in the order in which they are looked for; compared in lower case without signs and accents.
NAMES = {
    "record": (
        *("record", "recordid", "ecgid", "ecg", "id", "filename", "file", "name", "path", "studyid", "recording"),
        *("ekg", "aufnahme", "datei", "dateiname", "enregistrement", "fichier", "registro", "archivo", "nombre", "nom"),
    ),
    "code": (
        *("code", "statement", "diagnosis", "dx", "finding", "label", "labels", "scpcodes", "headerdx", "statements"),
        *("diagnoses", "findings", "diagnose", "diagnosen", "befund", "befunde", "diagnostic", "diagnostics"),
        *("diagnostico", "diagnosticos", "hallazgo", "hallazgos"),
    ),
    "state": ("state", "value", "status", "answer", "zustand", "etat", "estado"),
    "certainty": (
        *("certainty", "confidence", "likelihood", "sureness", "certaintylevel", "confidencelevel", "sicherheit"),
        *("gewissheit", "konfidenz", "wahrscheinlichkeit", "certitude", "confiance", "vraisemblance", "certeza"),
        *("confianza", "verosimilitud"),
    ),
    "reader": (
        *("reader", "annotator", "author", "cardiologist", "labelledby", "befunder", "kardiologe", "arzt"),
        *("lecteur", "cardiologue", "medecin", "lector", "cardiologo", "medico"),
    ),
}
# Columns that may tell which of the listed statements are absent, and those that hold yes and no for another reason.
_DENIES = re.compile(
    r"negat|polarity|assertion|absent$|absence|denied|ruledout|exclud|ausgeschlossen|descartad|negier|verneint|^nie$|negad[oa]"
)
_MAY_DENY = re.compile(rf"{_DENIES.pattern}|certainty|present$|presence|probability|likel|confidence")
_NO_STATE = re.compile(r"sex|gender|geschlecht|male|valid|fold|split|train|test")


@dataclass(frozen=True)
class Columns:
    """Which column holds what.

    state       : "" where a statement that is listed is present, and nothing is said of others
    certainty   : how sure it is what the row says
    statements  : column -> code, where each statement has a column of its own
    certainties : column of a statement -> column that tells how sure it is, where each has one
    doubt       : a column that may tell the states, where none is known to
    """

    record: str
    code: str = ""
    state: str = ""
    reader: str = ""
    doubt: str = ""
    certainty: str = ""
    statements: Mapping[str, str] = field(default_factory=dict)
    certainties: Mapping[str, str] = field(default_factory=dict)


def guess(
    table: Table, named: Mapping[str, str] = MappingProxyType({}), words: Mapping[str, str] = MappingProxyType({})
) -> Columns:
    """Return which column holds what, by their names: a row per label, or a column per statement.

    named  : what a person has said of it: record, code, state, certainty, reader -> column; "": no column does
    words  : as in `preview`; a column can be such a word
    raises : LabelsFileError where no column names the records, or none a statement
    """
    known, is_said, no_certainty = vocabulary(), "state" in named, named.get("certainty") == ""
    folded = {"".join(fold(column)): column for column in reversed(table.columns)}
    for what, column in named.items():
        if what not in NAMES or column not in ("", *table.columns):
            raise LabelsFileError(f"The file has no column {column} for {what}.", f"Name one of {', '.join(NAMES)}.")
    named = {what: next((folded[n] for n in names if n in folded), "") for what, names in NAMES.items()} | dict(named)
    if not named["record"]:
        raise LabelsFileError("No column of the file names the ECGs.", "Say which does (--column record=NAME).")
    others = [c for c in table.columns if c not in named.values() and not c.startswith(DECIDED)]
    if named["code"]:
        has_states = bool(named["state"]) or bool(Likelihoods(table, named["code"]))
        doubt = "" if is_said else next((c for c in others if _may_deny(table, c, has_states)), "")
        return Columns(named["record"], named["code"], named["state"], named["reader"], doubt, named["certainty"])
    found = {column: known.find(column) for column in table.columns if column not in named.values()}
    statements = {column: statement.code for column, statement in found.items() if statement}
    statements |= {c: known[c].code for c in table.columns if c.startswith("local:")}
    statements |= {c: code for c in found if (code := words.get(c) or words.get(c.casefold()))}
    if not statements:
        raise LabelsFileError("No column of the file names a statement.", "Say which does (--column code=NAME).")
    others = [column for column in others if column not in statements]
    return Columns(
        named["record"],
        reader=named["reader"],
        certainty=named["certainty"],
        doubt="" if is_said else next((c for c in others if _may_deny(table, c, True)), ""),
        statements=statements,
        certainties={} if no_certainty else _certainties(statements, others),
    )


def _certainties(statements: Iterable[str], others: Iterable[str]) -> dict[str, str]:
    """Column of a statement -> the column that tells how sure it is: AF -> AF_certainty."""
    by_name = {"".join(fold(column)): column for column in statements}
    found: dict[str, str] = {}
    for column in others:
        name = "".join(fold(column))
        for word in NAMES["certainty"]:
            statement = by_name.get(name.removesuffix(word) if name.endswith(word) else name.removeprefix(word))
            if statement is not None and name != "".join(fold(statement)):
                found[statement] = column
    return found


def _may_deny(table: Table, column: str, has_states: bool) -> bool:
    """Whether a column may tell that statements are absent: by its name, or by cells that are nothing but states.

    has_states : the file tells the states elsewhere; then a name must say that it denies
    """
    name = "".join(fold(column))
    cells = words_of(row.get(column, "") for _, row in table.rows)
    if (_DENIES if has_states else _MAY_DENY).search(name):
        return bool(cells)
    means = {WORDS.get(cell) for cell in cells}
    return not has_states and not _NO_STATE.search(name) and None not in means and bool(means - {State.PRESENT})
