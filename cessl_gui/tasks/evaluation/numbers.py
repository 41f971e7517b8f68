"""A project's numbers: how labels are balanced, what is missing for a verdict, who agrees with whom, the pace."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import combinations, pairwise
from pathlib import PurePath
from statistics import median
from types import MappingProxyType

from cessl_gui.core.reading.agreement import Agreement, per_statement
from cessl_gui.core.reading.people import again, is_again
from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.core.task import Task
from cessl_gui.core.training.evidence import ENOUGH
from cessl_gui.core.types import Prediction, ReadingState, State
from cessl_gui.store.project import Project
from cessl_gui.tasks.consensus import consensus, excluded, without
from cessl_gui.tasks.models.modelling import trained_patients
from cessl_gui.tasks.patients import project_groups

PAUSE_S = 600  # between two confirmations; a longer one is a break and no reading

Labels = Mapping[str, Mapping[str, State]]
NO_FOLDERS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Balance:
    """One statement in the labels that hold.

    present, absent, uncertain, not_assessed : ECGs; the last among those with any label
    patients_present, patients_absent        : patients with it in some ECG, and with it absent in some: a verdict
                                               counts who has both as both
    more_present, more_absent : patients missing until a comparison of models says anything about it
    """

    code: str
    present: int
    absent: int
    uncertain: int
    not_assessed: int
    patients_present: int
    patients_absent: int

    @property
    def more_present(self) -> int:
        return max(ENOUGH - self.patients_present, 0)

    @property
    def more_absent(self) -> int:
        return max(ENOUGH - self.patients_absent, 0)


@dataclass(frozen=True)
class Pace:
    """What a reader confirmed on one day. seconds : median from one to the next, breaks left out; None without any"""

    day: str
    reader: str
    confirmed: int
    seconds: float | None


@dataclass(frozen=True)
class Numbers:
    """All of them.

    records, read : ECGs of the project that are not excluded, and those confirmed, by whomever
    sentence      : which labels hold, see tasks.consensus
    with_model    : {} without a model
    hidden        : labelled ECGs that are not compared with model and file, as what these say is still hidden
    """

    records: int
    read: int
    sentence: str
    balance: tuple[Balance, ...]
    with_model: Mapping[str, Agreement]
    with_file: Mapping[str, Agreement]
    between: Mapping[tuple[str, str], Mapping[str, Agreement]]
    pace: tuple[Pace, ...]
    hidden: int = 0


def project_numbers(
    project: Project, reader: str, task: Task, is_shown: Callable[[str], bool] = lambda record_id: True
) -> Numbers:
    """Return the numbers of a project.

    Labels of excluded ECGs are in none of them: no training learns from them. Who reads apart is told of the own alone.
    reader   : whose word holds where readers differ; the model and the files are compared with what this reader says
    is_shown : whether the reader may see what model and file say of a record: a few of them would tell it
    raises   : Cancelled, ModelMismatch
    """
    groups, states = project_groups(project), [*project.records.standings().values()]
    out = excluded(project)
    task.check()
    labelled, model = without(out, project.readers.labels_of(reader)), project.models.active()
    if project.apart:
        by_reader, held = {}, consensus({i: {reader: said} for i, said in labelled.items()}, chosen=reader)
    else:
        by_reader = without(out, project.readers.by_reader())
        held = consensus(by_reader, without(out, project.adjudications.all_current()), reader)
    own = {record_id: said for record_id, said in labelled.items() if is_shown(record_id)}
    agreed = {}
    if model is not None:
        taught = trained_patients(project, model)
        agreed = with_model(own, project.predictions.all(model.id), model.thresholds, taught, groups)
    task.check()
    folders: dict[str, str] = {}
    for record_id, source in project.records.places():
        folders.setdefault(record_id, str(PurePath(source).parent))
    return Numbers(
        len(states) - states.count(ReadingState.EXCLUDED),
        states.count(ReadingState.CONFIRMED),
        held.sentence,
        balance(held.labels, groups, project.settings.panel()),
        agreed,
        with_file(own, project.labels.header_all(), groups, folders),
        between_readers(by_reader, groups),
        pace(project.records.reading_events()),
        len(labelled) - len(own),
    )


def balance(labels: Labels, groups: Mapping[str, str], codes: Sequence[str]) -> tuple[Balance, ...]:
    """Return the balance of each of these statements. groups : record id -> patient"""
    rows = []
    for code in codes:
        of: dict[State | None, list[str]] = {}
        for record_id, states in labels.items():
            if states:
                of.setdefault(states.get(code), []).append(groups.get(record_id, record_id))
        present, absent = set(of.get(State.PRESENT, ())), set(of.get(State.ABSENT, ()))
        counts = {state: len(of.get(state, ())) for state in (*State, None)}
        rows.append(
            Balance(
                code,
                counts[State.PRESENT],
                counts[State.ABSENT],
                counts[State.UNCERTAIN],
                counts[None],
                len(present),
                len(absent),
            )
        )
    return tuple(rows)


def with_model(
    labels: Labels,
    predictions: Mapping[str, Prediction],
    thresholds: Mapping[str, float],
    taught: Iterable[str],
    groups: Mapping[str, str],
) -> dict[str, Agreement]:
    """Return the agreement of readers with the model, by code, on ECGs of patients that it has not learned from.

    taught : those patients
    The model says present from its threshold on, and absent below; where readers are uncertain it cannot agree.
    """
    known = set(taught)
    said = {
        record_id: {
            code: State.PRESENT if p >= thresholds.get(code, 0.5) else State.ABSENT
            for code, p in prediction.probabilities.items()
        }
        for record_id, prediction in predictions.items()
        if groups.get(record_id, record_id) not in known
    }
    return per_statement(labels, said, groups)


def with_file(
    labels: Labels, header: Labels, groups: Mapping[str, str], folders: Mapping[str, str] = NO_FOLDERS
) -> dict[str, Agreement]:
    """Return the agreement of readers with the files' own diagnoses, by code.

    A statement that a file does not name is absent there if another file of its folder names it, this one names any,
    and none that may mean it; otherwise the file says nothing of it, as where headers are accepted as labels.
    folders : record id -> folder
    """
    known, used = vocabulary(), dict[str, set[str]]()
    for record_id, states in header.items():
        used.setdefault(folders.get(record_id, ""), set()).update(known[word].code for word in states)
    told = cache(lambda folder, words: known.told(words, sorted(used[folder])))  # many files say the same
    said = {
        record_id: {
            **told(folders.get(record_id, ""), frozenset(states)),
            **{known[word].code: state for word, state in states.items()},
        }
        for record_id, states in header.items()
        if states and record_id in labels
    }
    return per_statement(labels, said, groups)


def between_readers(
    by_reader: Mapping[str, Mapping[str, Mapping[str, State]]], groups: Mapping[str, str]
) -> dict[tuple[str, str], dict[str, Agreement]]:
    """Return the agreement of each two readers who have read some ECG both, by code.

    by_reader : record id -> reader -> code -> state. Whoever has read ECGs once more is compared with the own first
                reading alone: agreement within a reader
    """
    of: dict[str, dict[str, Mapping[str, State]]] = {}
    for record_id, readers in by_reader.items():
        for reader, states in readers.items():
            of.setdefault(reader, {})[record_id] = states
    pairs = {
        (one, other): per_statement(of[one], of[other], groups)
        for one, other in combinations(sorted(of), 2)
        if other == again(one) or not (is_again(one) or is_again(other))
    }
    return {readers: found for readers, found in pairs.items() if found}


def pace(events: Mapping[str, Sequence[Mapping[str, str]]]) -> tuple[Pace, ...]:
    """Return what each reader confirmed on each day (UTC), the newest day first.

    Each ECG counts once a day, by its last confirmation, and not where that was undone.
    events : as Records.reading_events()
    """
    at: dict[tuple[str, str], list[datetime]] = {}
    for moves in events.values():
        last = {(moment.date().isoformat(), who): moment for who, moment in _confirmations(moves)}
        for day_and_reader, moment in last.items():
            at.setdefault(day_and_reader, []).append(moment)
    rows = []
    for (day, reader), moments in at.items():
        moments.sort()
        steps = [(b - a).total_seconds() for a, b in pairwise(moments)]
        worked = [step for step in steps if step <= PAUSE_S]
        rows.append(Pace(day, reader, len(moments), median(worked) if worked else None))
    return tuple(sorted(rows, key=lambda row: (row.day, row.reader), reverse=True))


def _confirmations(moves: Sequence[Mapping[str, str]]) -> list[tuple[str, datetime]]:
    """Reader and time of each confirmation of one ECG that was not undone. moves : oldest first"""
    held: list[tuple[str, datetime]] = []
    undone: list[tuple[str, datetime]] = []
    before = ""
    for move in moves:
        is_confirmed, how, who = move["state"] == ReadingState.CONFIRMED, move["kind"], move["reader"]
        if how == "undo" and before == ReadingState.CONFIRMED and not is_confirmed and held and held[-1][0] == who:
            undone.append(held.pop())
        elif how == "redo" and is_confirmed and undone and undone[-1][0] == who:
            held.append(undone.pop())
        elif how not in ("undo", "redo") and is_confirmed and (moment := _moment(move["at_utc"])):
            held.append((who, moment))
        before = move["state"]
    return held


def _moment(at_utc: str) -> datetime | None:
    try:
        return datetime.fromisoformat(at_utc)
    except ValueError:  # of a project that another program has written into
        return None
