"""What holds where several readers have read one ECG: adjudicated, else agreed, else the chosen reader's word.

What somebody says who reads an ECG once more (core.people.again) measures the reader and changes no label.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TypeVar

from cessl_gui.core.plural import counted
from cessl_gui.core.reading.people import is_again
from cessl_gui.core.types import ReadingState, State
from cessl_gui.store.log import counting_as
from cessl_gui.store.project import Project

Labels = Mapping[str, Mapping[str, State]]  # record id -> code -> state; not assessed is not there
ByReader = Mapping[str, Mapping[str, Mapping[str, State]]]  # record id -> reader -> code -> state
T = TypeVar("T")
NOTHING: Mapping[str, Mapping[str, State]] = {}


class Basis(enum.StrEnum):
    """Why a label holds."""

    ADJUDICATED = "adjudicated"
    AGREED = "agreed by two or more readers"
    ONE_READER = "of one reader"
    CHOSEN = "of the chosen reader, where readers differ"


@dataclass(frozen=True)
class Conflict:
    """One statement of one ECG of which readers say different things.

    said        : reader -> state, in the order of the readers' names
    adjudicated : the state that was decided; None: open
    """

    record_id: str
    code: str
    said: Mapping[str, State]
    adjudicated: State | None = None


@dataclass(frozen=True)
class Consensus:
    """The labels that hold, why, and what is left out.

    labels  : record id -> code -> state
    counts  : how many labels hold on each basis
    open    : where readers differ, nothing was decided, and the chosen reader, if there is one, says nothing
    chosen  : the reader whose word holds where readers differ; "": nobody
    """

    labels: Labels
    counts: Mapping[Basis, int]
    open: tuple[Conflict, ...] = ()
    chosen: str = ""

    @property
    def sentence(self) -> str:
        """What was learned from, for a person: "Labels: 4 adjudicated, 210 of one reader; 3 left out ..."."""
        parts = [f"{self.counts[basis]:,} {self._word(basis)}" for basis in Basis if self.counts.get(basis)]
        text = f"Labels: {', '.join(parts) or 'none'}"
        if self.open:
            text += f"; {counted(len(self.open), 'label')} left out because readers differ"
        return f"{text}."

    def _word(self, basis: Basis) -> str:
        return f"of {self.chosen}, where readers differ" if basis == Basis.CHOSEN else str(basis)


def consensus(by_reader: ByReader, adjudicated: Labels = NOTHING, chosen: str = "") -> Consensus:
    """Return the labels that hold.

    chosen : the reader whose word holds where readers differ and nobody has decided; "": such labels are left out
    """
    labels: dict[str, dict[str, State]] = {}
    counts: Counter[Basis] = Counter()
    unsettled: list[Conflict] = []
    for record_id in sorted(by_reader.keys() | adjudicated.keys()):
        decided = adjudicated.get(record_id, {})
        said = _by_code(by_reader.get(record_id, {}))
        for code in sorted(said.keys() | decided.keys()):
            state, basis = _holds(said.get(code, {}), decided.get(code), chosen)
            if state is None:
                unsettled.append(Conflict(record_id, code, said[code]))
            else:
                labels.setdefault(record_id, {})[code] = state
                counts[basis] += 1
    return Consensus(labels, counts, tuple(unsettled), chosen)


def project_consensus(project: Project, chosen: str = "") -> Consensus:
    """Return the labels of a project that hold now; see `consensus`. Those of excluded ECGs do not count."""
    out = excluded(project)
    return consensus(
        without(out, project.readers.by_reader()), without(out, project.adjudications.all_current()), chosen
    )


def excluded(project: Project) -> frozenset[str]:
    """Ids of the ECGs of which nothing that is said counts."""
    standings = project.records.standings()
    return frozenset(record_id for record_id, state in standings.items() if state == ReadingState.EXCLUDED)


def without(out: Collection[str], of_records: Mapping[str, T]) -> dict[str, T]:
    """What is said of other records than these."""
    return {record_id: said for record_id, said in of_records.items() if record_id not in out}


def conflicts(by_reader: ByReader, adjudicated: Labels = NOTHING) -> list[Conflict]:
    """Return every statement of which readers say different things, open ones first; adjudication is kept beside."""
    found = []
    for record_id in sorted(by_reader):
        for code, said in sorted(_by_code(by_reader[record_id]).items()):
            if len(set(said.values())) > 1:
                found.append(Conflict(record_id, code, said, adjudicated.get(record_id, {}).get(code)))
    return sorted(found, key=lambda conflict: conflict.adjudicated is not None)


def project_conflicts(project: Project) -> list[Conflict]:
    """Return where the readers of a project differ, of what counts: not of excluded ECGs, and of merged statements only
    what they are merged into."""
    merged = {code for code, _ in map(counting_as.pair, project.settings.get(counting_as.SETTING, []))}
    said = without(excluded(project), project.readers.by_reader())
    found = conflicts(said, project.adjudications.all_current())
    return [each for each in found if each.code not in merged]


def _by_code(readers: Mapping[str, Mapping[str, State]]) -> dict[str, dict[str, State]]:
    said: dict[str, dict[str, State]] = {}
    for reader in sorted(name for name in readers if not is_again(name)):
        for code, state in readers[reader].items():
            said.setdefault(code, {})[reader] = state
    return said


def _holds(said: Mapping[str, State], decided: State | None, chosen: str) -> tuple[State | None, Basis]:
    if decided is not None:
        return decided, Basis.ADJUDICATED
    states = set(said.values())
    if len(states) == 1:
        return states.pop(), Basis.AGREED if len(said) > 1 else Basis.ONE_READER
    return said.get(chosen), Basis.CHOSEN
