"""Labels from a file into a project: looked at first, taken in then, and what did not match said line by line."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from cessl_gui.core.plural import counted
from cessl_gui.core.statements.denied import listed
from cessl_gui.core.statements.vocabulary import Vocabulary, vocabulary
from cessl_gui.core.task import NOBODY_WAITS, Task
from cessl_gui.core.types import HEADER_READER, ReadingState, RecordInfo, State
from cessl_gui.store.project import Project
from cessl_gui.store.tables.readers import APART as READERS_APART
from cessl_gui.tasks.labels.label_tables import LabelsFileError, Table
from cessl_gui.tasks.named_ecgs import NamedEcgs

# What columns are called, in the order in which they are looked for; compared in lower case without signs.
NAMES = {
    "record": ("record", "recordid", "ecgid", "ecg", "id", "filename", "file", "name", "path", "studyid"),
    "code": ("code", "statement", "diagnosis", "dx", "finding", "label", "labels", "scpcodes", "headerdx"),
    "state": ("state", "value", "status", "answer"),
    "reader": ("reader", "annotator", "author", "cardiologist", "labelledby"),
}
STATES = {
    State.PRESENT: ("present", "1", "1.0", "yes", "y", "true", "positive", "pos", "+", "x", "ja", "oui", "si"),
    State.ABSENT: ("absent", "0", "0.0", "no", "n", "false", "negative", "neg", "-", "nein", "non"),
    State.UNCERTAIN: ("uncertain", "?", "0.5", "possible", "maybe", "unsure", "doubtful"),
}
NOT_ASSESSED = ("", "not assessed", "na", "n/a", "nan", "none", "null", ".")
_WORDS = {word: state for state, words in STATES.items() for word in words}
OFTEN = 500  # rows, between two looks whether to stop
# Columns that may tell which of the listed statements are absent, and those that hold yes and no for another reason.
_MAY_DENY = re.compile(
    r"negat|polarity|assertion|certainty|present$|presence|absent$|absence|probability|likel|confidence|denied|ruledout"
)
_NO_STATE = re.compile(r"sex|gender|geschlecht|male|valid|fold|split|train|test")
# Readings that no label changes, and why it is not taken in.
CLOSED = {
    ReadingState.CONFIRMED: "the reading is confirmed, and changes only after Reopen",
    ReadingState.EXCLUDED: "the ECG is excluded",
}


@dataclass(frozen=True)
class Columns:
    """Which column holds what.

    state      : "" where a statement that is listed is present, and nothing is said of others
    statements : column -> code, where each statement has a column of its own
    doubt      : a column that may tell the states, where none is known to
    """

    record: str
    code: str = ""
    state: str = ""
    reader: str = ""
    doubt: str = ""
    statements: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Label:
    line: int
    record_id: str
    code: str
    state: State
    reader: str


@dataclass(frozen=True)
class Unmatched:
    """What is not taken in. reason : why, for a person"""

    line: int
    record: str
    statement: str
    state: str
    reader: str
    reason: str


@dataclass(frozen=True)
class Preview:
    """What an import would do; nothing has been written.

    new       : labels where the reader has said nothing yet
    same      : labels that the project has already
    differing : labels of which the reader has said something else in the project: kept unless `replace`
    unmatched : what cannot be taken in, in the order of the file
    statements, states : words of the file that mean no statement and no state that we know -> in how many rows
    """

    columns: Columns
    new: tuple[Label, ...]
    same: tuple[Label, ...]
    differing: tuple[Label, ...]
    unmatched: tuple[Unmatched, ...]
    statements: Mapping[str, int] = field(default_factory=dict)
    states: Mapping[str, int] = field(default_factory=dict)

    @property
    def reasons(self) -> dict[str, int]:
        """Reason -> how often, the most frequent first."""
        return dict(Counter(each.reason for each in self.unmatched).most_common())

    @property
    def sentence(self) -> str:
        parts = [f"{counted(len(self.new), 'new label')} of {counted(len({x.record_id for x in self.new}), 'ECG')}"]
        parts += [f"{len(self.same):,} known already"] if self.same else []
        parts += [f"{len(self.differing):,} that differ from what the reader said here"] if self.differing else []
        parts += [f"{len(self.unmatched):,} not matched"] if self.unmatched else []
        return f"{', '.join(parts)}."


def guess(
    table: Table, named: Mapping[str, str] = MappingProxyType({}), words: Mapping[str, str] = MappingProxyType({})
) -> Columns:
    """Return which column holds what, by their names: a row per label, or a column per statement.

    named  : what a person has said of it: record, code, state, reader -> column; "": no column does
    words  : as in `preview`; a column can be such a word
    raises : LabelsFileError where no column names the records, or none a statement
    """
    known, is_said = vocabulary(), "state" in named
    folded = {re.sub(r"[^a-z0-9]", "", column.casefold()): column for column in reversed(table.columns)}
    for what, column in named.items():
        if what not in NAMES or column not in ("", *table.columns):
            raise LabelsFileError(f"The file has no column {column} for {what}.", f"Name one of {', '.join(NAMES)}.")
    named = {what: next((folded[n] for n in names if n in folded), "") for what, names in NAMES.items()} | dict(named)
    if not named["record"]:
        raise LabelsFileError("No column of the file names the ECGs.", "Say which does (--column record=NAME).")
    if named["code"]:
        others = [column for column in table.columns if column not in named.values()]
        doubt = "" if named["state"] or is_said else next((c for c in others if _may_deny(table, c)), "")
        return Columns(named["record"], named["code"], named["state"], named["reader"], doubt)
    found = {column: known.find(column) for column in table.columns if column not in named.values()}
    statements = {column: statement.code for column, statement in found.items() if statement}
    statements |= {c: known[c].code for c in table.columns if c.startswith("local:")}
    statements |= {c: code for c in found if (code := words.get(c) or words.get(c.casefold()))}
    if not statements:
        raise LabelsFileError("No column of the file names a statement.", "Say which does (--column code=NAME).")
    return Columns(named["record"], reader=named["reader"], statements=statements)


def preview(
    project: Project,
    table: Table,
    columns: Columns,
    reader: str,
    words: Mapping[str, str] = MappingProxyType({}),
    *,
    states: Mapping[str, State | None] = MappingProxyType({}),
    task: Task = NOBODY_WAITS,
) -> Preview:
    """Compare a file with the project.

    reader : who the labels are of where the file does not say
    words  : word of the file -> code, for statements that it names otherwise than we do
    states : word of the file -> state, for states that it names otherwise; None: not assessed
    """
    infos = project.records.all()
    ecgs = NamedEcgs(infos, (row.get(columns.record, "") for _, row in table.rows))
    meaning = _Meaning(vocabulary(tuple(project.settings.get("statements", []))), words, states)
    labels: list[Label] = []
    unmatched: list[Unmatched] = []
    steps = task.steps("Comparing with the project", len(table.rows))
    for number, (line, row) in enumerate(table.rows):
        if number % OFTEN == 0:
            task.check()
            steps.done(number)
        record, by = row.get(columns.record, ""), row.get(columns.reader) or reader
        found, why = ecgs.find(record)
        for word, state in _said(row, columns):
            code, meant, unclear = meaning.of(word, state)
            if not unclear and meant is None:
                continue
            reason = why or _why_not(row, by) or unclear or _open(row, columns.doubt)
            if reason or meant is None:
                unmatched.append(Unmatched(line, record, word, state, by, reason))
            else:
                labels.append(Label(line, found, code, meant, by))
    unused = (*columns.statements, columns.record, columns.reader) if columns.statements else table.columns
    meaning.statements.update({column: len(table.rows) for column in table.columns if column not in unused})
    agreed, contradicting = _without_contradictions(labels)
    closed = _closed(project, infos)
    seen = _against_project(project, columns, agreed, [*unmatched, *contradicting], closed)
    return replace(seen, statements=dict(meaning.statements), states=dict(meaning.states))


class _Meaning:
    """What the words of a file mean; counts those that mean nothing to us: statements, states."""

    def __init__(self, known: Vocabulary, words: Mapping[str, str], states: Mapping[str, State | None]) -> None:
        self._known = known
        self._words = {word.casefold(): code for word, code in words.items()}
        self._states = {**_WORDS, **dict.fromkeys(NOT_ASSESSED), **{w.casefold(): s for w, s in states.items()}}
        self.statements, self.states = Counter[str](), Counter[str]()

    def of(self, word: str, state: str) -> tuple[str, State | None, str]:
        """Code and state, None: not assessed; and what is unclear, "" where nothing is."""
        code, folded = self._words.get(word.casefold()) or _code(self._known, word), state.casefold()
        if folded in self._states and self._states[folded] is None:
            return code, None, ""
        if not code:
            self.statements[word] += 1
            return "", None, f"the statement {word[:60]} is not known"
        if folded not in self._states:
            self.states[state] += 1
            return code, None, f"{state[:60]} is no state"
        return self._known[code].code, self._states[folded], ""


def _said(row: Mapping[str, str], columns: Columns) -> Iterable[tuple[str, str]]:
    """(word for a statement, word for its state) of a row."""
    if columns.statements:
        return [(code, row.get(column, "")) for column, code in columns.statements.items()]
    cell = row.get(columns.code, "")
    if columns.state:
        return [(cell, row.get(columns.state, ""))]
    return [(word, str(State.PRESENT)) for word in listed(cell, vocabulary())]


def _why_not(row: Mapping[str, str], reader: str) -> str:
    if row.get("reading") == ReadingState.EXCLUDED:
        return "the ECG was excluded there"
    return f"{HEADER_READER} is the name for files' own diagnoses" if reader == HEADER_READER else ""


def _may_deny(table: Table, column: str) -> bool:
    """Whether a column may tell that statements are absent: by its name, or by cells that are nothing but states."""
    name = re.sub(r"[^a-z]", "", column.casefold())
    cells = {row.get(column, "").casefold() for _, row in table.rows} - {*NOT_ASSESSED}
    if _MAY_DENY.search(name):
        return bool(cells)
    means = {_WORDS.get(cell) for cell in cells}
    return not _NO_STATE.search(name) and None not in means and bool(means - {State.PRESENT})


def _open(row: Mapping[str, str], column: str) -> str:
    if not column or not row.get(column):
        return ""
    return f"it is open whether the column {column[:40]} tells the state: name the column of the state, or none"


def _code(known: Vocabulary, word: str) -> str:
    statement = known.find(word)
    return statement.code if statement else word if word.startswith("local:") and known[word].name else ""


def _without_contradictions(labels: Sequence[Label]) -> tuple[list[Label], list[Unmatched]]:
    """Labels each once; where the file says two things of one statement by one reader, neither is taken."""
    said: dict[tuple[str, str, str], list[Label]] = {}
    for label in labels:
        said.setdefault((label.record_id, label.code, label.reader), []).append(label)
    agreed, contradicting = [], []
    for group in said.values():
        if len({label.state for label in group}) == 1:
            agreed.append(group[0])
        else:
            lines = ", ".join(str(label.line) for label in group[:5])
            reason = f"lines {lines} contradict each other"
            contradicting += [Unmatched(x.line, x.record_id, x.code, str(x.state), x.reader, reason) for x in group]
    return agreed, contradicting


def _closed(project: Project, infos: Sequence[RecordInfo]) -> Callable[[Label], str]:
    """A function that says why a label may not change what is said of its ECG; "" where it may."""
    shown = {info.id: info.reading for info in infos}
    apart = set(project.settings.get(READERS_APART, []))
    own = functools.cache(project.readers.readings_of)

    def why(label: Label) -> str:
        reading = shown[label.record_id]
        if label.reader in apart and reading != ReadingState.EXCLUDED:
            reading = ReadingState.NEW  # others' confirmations do not bind who reads apart from them
        return CLOSED.get(reading, "") or CLOSED.get(own(label.reader).get(label.record_id, ReadingState.NEW), "")

    return why


def _against_project(
    project: Project,
    columns: Columns,
    labels: Sequence[Label],
    unmatched: Sequence[Unmatched],
    closed: Callable[[Label], str],
) -> Preview:
    refused = list(unmatched)
    here: dict[tuple[str, str], Mapping[str, State]] = {}
    sorted_out: dict[str, list[Label]] = {"new": [], "same": [], "differing": []}
    for label in labels:
        key = label.record_id, label.reader
        if key not in here:
            here[key] = project.labels.of_reader(*key).states
        before = here[key].get(label.code)
        which = "new" if before is None else "same" if before == label.state else "differing"
        if which != "same" and (reason := closed(label)):
            state = str(label.state)
            refused.append(Unmatched(label.line, label.record_id, label.code, state, label.reader, reason))
            continue
        sorted_out[which].append(label)
    return Preview(
        columns,
        tuple(sorted_out["new"]),
        tuple(sorted_out["same"]),
        tuple(sorted_out["differing"]),
        tuple(sorted(refused, key=lambda each: each.line)),
    )
