"""Labels from a file into a project: looked at first, taken in then, and what did not match said line by line."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from cessl_gui.core.plural import counted
from cessl_gui.core.reading.people import known_as
from cessl_gui.core.statements.denied import listed
from cessl_gui.core.statements.taken_back import is_taken_back, may_take_back, with_remarks
from cessl_gui.core.statements.vocabulary import Vocabulary, vocabulary
from cessl_gui.core.task import NOBODY_WAITS, Task
from cessl_gui.core.types import HEADER_READER, ReadingState, RecordInfo, State
from cessl_gui.store.project import Project
from cessl_gui.store.tables.readers import APART as READERS_APART
from cessl_gui.tasks.labels.label_cells import Likelihoods, Meaning, Said, bare_list, denial_beside, pairs, scale_of
from cessl_gui.tasks.labels.label_columns import Columns
from cessl_gui.tasks.labels.label_tables import Table
from cessl_gui.tasks.named_ecgs import NamedEcgs

OFTEN = 500  # rows, between two looks whether to stop
# Readings that no label changes, and why it is not taken in.
CLOSED = {
    ReadingState.CONFIRMED: "the reading is confirmed, and changes only after Reopen",
    ReadingState.EXCLUDED: "the ECG is excluded",
}


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
    note      : how numbers beside statements are read
    """

    columns: Columns
    new: tuple[Label, ...]
    same: tuple[Label, ...]
    differing: tuple[Label, ...]
    unmatched: tuple[Unmatched, ...]
    statements: Mapping[str, int] = field(default_factory=dict)
    states: Mapping[str, int] = field(default_factory=dict)
    note: str = ""

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
        return f"{', '.join(parts)}. {self.note}".strip()


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
    infos, readers = project.records.all(), project.readers.names()
    ecgs = NamedEcgs(infos, (row.get(columns.record, "") for _, row in table.rows))
    likelihoods = Likelihoods(table, columns.code)
    scales = {column: scale_of(table, column) for column in (columns.certainty, *columns.certainties.values())}
    known = vocabulary(tuple(project.settings.get("statements", [])))
    meaning = Meaning(known, words, states, likelihoods.meanings)
    is_list = not columns.state and not columns.statements  # what it names is present: nothing else tells the state
    told = (columns.record, columns.code, columns.reader, columns.certainty, columns.doubt, columns.state)
    remarks = [c for c in table.columns if c not in (*told, *columns.statements, *columns.certainties.values())]
    labels: list[Label] = []
    unmatched: list[Unmatched] = []
    beside: dict[str, list[Unmatched]] = {}  # of each ECG
    steps = task.steps("Comparing with the project", len(table.rows))
    for number, (line, row) in enumerate(table.rows):
        if number % OFTEN == 0:
            task.check()
            steps.done(number)
        record, by = row.get(columns.record, ""), _by(row, columns, reader, readers)
        found, why = ecgs.find(record)
        against = denial_beside(row, remarks, known) if is_list else ""
        denials = [cell for c in remarks if (cell := row.get(c, "")) and may_take_back(cell)]
        for said in _said(row, columns, scales, likelihoods):
            code, meant, unclear = meaning.of(said)
            if not unclear and meant is None:
                continue
            reason = why or _why_not(row, by) or unclear or _open(row, columns.doubt)
            if not reason and meant == State.PRESENT and (back := against or _taken_back(denials, code, known)):
                reason = f"another column says {back[:40]!r}"
            if reason or meant is None:
                unmatched.append(Unmatched(line, record, said.word, said.state, by, reason))
                beside.setdefault(found, []).append(unmatched[-1])
            else:
                labels.append(Label(line, found, code, meant, by))
    used = (*columns.statements, columns.record, columns.reader, columns.certainty, *columns.certainties.values())
    if columns.statements:
        meaning.statements.update({column: len(table.rows) for column in table.columns if column not in used})
    labels, taken_back = _without_taken_back(labels, beside, known)
    unmatched += taken_back
    agreed, contradicting = _without_contradictions(labels)
    closed = _closed(project, infos)
    seen = _against_project(project, columns, agreed, [*unmatched, *contradicting], closed)
    note = likelihoods.sentence if not columns.state else ""
    return replace(seen, statements=dict(meaning.statements), states=dict(meaning.states), note=note)


def _by(row: Mapping[str, str], columns: Columns, reader: str, readers: Sequence[str]) -> str:
    """Whose a row is, as the name is spelled here. reader : whose it is where it does not say"""
    return known_as(known_as(row.get(columns.reader, ""), (reader,)) or reader, readers)


def _said(
    row: Mapping[str, str], columns: Columns, scales: Mapping[str, float], likelihoods: Likelihoods
) -> list[Said]:
    """What a row says. scales : largest number of each column of certainties"""
    sure = row.get(columns.certainty, "") if columns.certainty else ""
    scale = scales.get(columns.certainty, 1.0)
    if columns.statements:
        said = []
        for column, code in columns.statements.items():
            own = columns.certainties.get(column, "")
            certainty, largest = (row.get(own, ""), scales[own]) if own else (sure, scale)
            said.append(Said(code, row.get(column, ""), certainty, largest))
        return said
    cell = row.get(columns.code, "")
    if columns.state:
        return [Said(cell, row.get(columns.state, ""), sure, scale)]
    found = pairs(cell)
    if found is not None:
        return [Said(word, likelihoods.state(value), sure, scale) for word, value in found]
    words = with_remarks(listed(bare_list(cell), vocabulary()), (), vocabulary())
    return [Said(word, str(State.PRESENT), sure, scale, is_stated=False) for word in words]


def _why_not(row: Mapping[str, str], reader: str) -> str:
    if row.get("reading") == ReadingState.EXCLUDED:
        return "the ECG was excluded there"
    return f"{HEADER_READER} is the name for files' own diagnoses" if reader == HEADER_READER else ""


def _open(row: Mapping[str, str], column: str) -> str:
    if not column or not row.get(column):
        return ""
    return f"it is open whether the column {column[:40]} tells the state: name the column of the state, or none"


def _taken_back(remarks: Iterable[str], code: str, known: Vocabulary) -> str:
    """The remark that takes a statement back; "" where none does."""
    return next((remark for remark in remarks if is_taken_back(remark, code, known)), "")


def _without_taken_back(
    labels: Sequence[Label], beside: Mapping[str, Sequence[Unmatched]], known: Vocabulary
) -> tuple[list[Label], list[Unmatched]]:
    """Labels without those that another line of the same ECG takes back: AF, and below it "AF ruled out".

    beside : id of an ECG -> what of its lines is not matched
    """
    kept, back = [], []
    for label in labels:
        said = beside.get(label.record_id, ()) if label.state == State.PRESENT else ()
        against = next((each for each in said if is_taken_back(each.statement, label.code, known)), None)
        if against is None:
            kept.append(label)
        else:
            reason = f"line {against.line} says {against.statement[:40]!r}"
            back.append(Unmatched(label.line, label.record_id, label.code, str(label.state), label.reader, reason))
    return kept, back


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
