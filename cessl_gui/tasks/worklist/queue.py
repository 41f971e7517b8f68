"""The next ECGs to read, each with its reason.

A fixed share of patients, drawn at random, is never chosen for a reason: their ECGs come as controls, and what is
measured on them holds for the whole collection, however the others were chosen.
"""

from __future__ import annotations

import enum
import hashlib
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import TypeVar

import numpy as np

from cessl_gui.core.types import Prediction, State
from cessl_gui.tasks.worklist import queue_reasons as reasons
from cessl_gui.tasks.worklist.queue_reasons import Candidate

BLOCK = 3  # of so many ECGs one is a control: benchmarks.projects.queue shows no gain that would pay for fewer
CONTROL_SHARE = 1 / BLOCK  # of the patients
LATER = 500  # places that ECGs of another reader's part lose: beyond a queue of 200, and not for good
CHOICE = 25  # best candidates of a reason, of which the one least like those before it is taken

Labels = Mapping[str, Mapping[str, State]]
T = TypeVar("T")


class Reason(enum.StrEnum):
    """Why an ECG is next."""

    UNCERTAIN = "most uncertain"
    AGAINST_FILE = "model against file"
    READERS = "readers disagree"
    RARE = "rare statement"
    SIGNAL = "doubtful signal"
    UNLIKE = "unlike what the model knows"
    CONTROL = "random control"
    REPEAT = "repeat of your own"
    ORDER = "in order"


# Of the ECGs that are no controls. A reason without candidates leaves its part to the others.
SHARES = {
    Reason.UNCERTAIN: 0.30,
    Reason.AGAINST_FILE: 0.15,
    Reason.READERS: 0.15,
    Reason.RARE: 0.15,
    Reason.SIGNAL: 0.05,
    Reason.UNLIKE: 0.10,
    Reason.REPEAT: 0.10,
}


@dataclass(frozen=True)
class Next:
    """One place of the queue. detail : what the reason rests on, e.g. "AF 0.52"; "" where it says all"""

    record_id: str
    reason: Reason
    detail: str = ""


@dataclass(frozen=True)
class Material:
    """What the queue is made from, a snapshot.

    unread     : ECGs that this reader has not read, in the order of the project
    groups     : record id -> patient
    panel      : codes of the statements that are read
    found      : statement -> in how many ECGs it was found so far
    disagreed  : record id -> the statements that readers differ on, as text
    doubts     : record id -> what is doubtful about its signal
    repeatable : ECGs that this reader read long enough ago, oldest first
    begun      : how many places were there before: the share of controls goes on where it was
    reader     : whose queue it is
    readers    : all among whom the ECGs are shared out; empty where each is to read all of them
    """

    unread: Sequence[str]
    groups: Mapping[str, str] = field(default_factory=dict)
    panel: Sequence[str] = ()
    predictions: Mapping[str, Prediction] = field(default_factory=dict)
    thresholds: Mapping[str, float] = field(default_factory=dict)
    header: Labels = field(default_factory=dict)
    found: Mapping[str, int] = field(default_factory=dict)
    disagreed: Mapping[str, str] = field(default_factory=dict)
    doubts: Mapping[str, str] = field(default_factory=dict)
    repeatable: Sequence[str] = ()
    begun: int = 0
    reader: str = ""
    readers: Collection[str] = ()


def is_control(patient: str, seed: int) -> bool:
    """Return whether the ECGs of a patient are controls: the same answer for the same seed, whatever comes later."""
    return _draw(seed, "control", patient) < CONTROL_SHARE


def queue(material: Material, limit: int = 200, seed: int = 0) -> tuple[Next, ...]:
    """Return the next ECGs, each once, the first one first.

    limit : how many at most
    seed  : of the project, kept with it: it decides who the controls are

    Readers who do not hear of each other until they sync begin with different ECGs: each patient is of one of them by
    chance, and comes later to the others. Who the controls are is the same for all.
    """
    patient = {record_id: material.groups.get(record_id, record_id) for record_id in material.unread}
    controls = sorted(
        (record_id for record_id in material.unread if is_control(patient[record_id], seed)),
        key=lambda record_id: _draw(seed, "order", record_id),
    )
    held_back = set(controls)
    free = [record_id for record_id in material.unread if record_id not in held_back]
    own_first = partial(_own_first, is_own=_owner(material, patient, seed))
    pools = {
        reason: list(own_first(pool, id_of=lambda candidate: candidate.record_id))
        for reason, pool in _pools(material, free, seed).items()
    }
    chosen = _Chosen(cache(partial(reasons.profile, material.predictions, material.panel)), patient)
    credit = dict.fromkeys(pools, 0.0)
    left_controls, in_order = own_first(controls, id_of=str), own_first(free, id_of=str)
    while len(chosen.places) < limit:
        block, at = divmod(material.begun + len(chosen.places), BLOCK)
        if at == int(_draw(seed, "place", str(block)) * BLOCK) and chosen.take(next(left_controls, ""), Reason.CONTROL):
            continue
        if _take_for_a_reason(chosen, pools, credit) or chosen.take_first(in_order, Reason.ORDER):
            continue
        if not chosen.take_first(left_controls, Reason.CONTROL):
            break
    return tuple(chosen.places)


def _owner(material: Material, patient: Mapping[str, str], seed: int) -> Callable[[str], bool]:
    """Return whether an ECG is of this reader's part: of that of the reader whose draw for its patient is the highest.

    So somebody who joins takes some from each, and nobody else's ECGs change hands.
    """
    others = {*material.readers} - {material.reader}

    @cache
    def is_own(name: str) -> bool:
        own = _draw(seed, f"reader {material.reader}", name)
        return all(_draw(seed, f"reader {other}", name) < own for other in others)

    return lambda record_id: is_own(patient.get(record_id, record_id))


def _own_first(items: Iterable[T], is_own: Callable[[str], bool], id_of: Callable[[T], str]) -> Iterator[T]:
    """The same things, those of ECGs that are not the reader's own LATER places behind."""
    waiting: deque[tuple[int, T]] = deque()
    for place, one in enumerate(items):
        while waiting and waiting[0][0] <= place:
            yield waiting.popleft()[1]
        if is_own(id_of(one)):
            yield one
        else:
            waiting.append((place + LATER, one))
    yield from (one for _, one in waiting)


def _pools(material: Material, free: Sequence[str], seed: int) -> dict[Reason, list[Candidate]]:
    table = reasons.Table.of(material.predictions, free, material.panel, material.thresholds)
    pools = {
        Reason.UNCERTAIN: reasons.uncertain(table),
        Reason.AGAINST_FILE: reasons.against_file(table, material.header),
        Reason.READERS: [Candidate(i, material.disagreed[i]) for i in free if i in material.disagreed],
        Reason.RARE: reasons.rare(table, material.found),
        Reason.SIGNAL: [Candidate(i, material.doubts[i]) for i in free if i in material.doubts],
        Reason.UNLIKE: reasons.unlike(table),
        Reason.REPEAT: [Candidate(i, "") for i in material.repeatable],
    }
    for reason in (Reason.READERS, Reason.SIGNAL, Reason.REPEAT):  # none is better than another
        pools[reason].sort(key=lambda candidate: _draw(seed, str(reason), candidate.record_id))
    return {reason: pool for reason, pool in pools.items() if pool}


def _take_for_a_reason(chosen: _Chosen, pools: dict[Reason, list[Candidate]], credit: dict[Reason, float]) -> bool:
    """Take one ECG for the reason whose turn it is, or the next one that has any; False where none has."""
    for reason in pools:
        credit[reason] += SHARES[reason]
    for reason in sorted(pools, key=lambda one: -credit[one]):
        if chosen.take_least_alike(pools[reason], reason):
            credit[reason] -= sum(SHARES[one] for one in pools)
            return True
        del pools[reason]
    return False


class _Chosen:
    """The places given so far, and what their ECGs look like to the model."""

    def __init__(self, profile: Callable[[str], np.ndarray | None], patient: Mapping[str, str]) -> None:
        self.places: list[Next] = []
        self._profile, self._patient = profile, patient
        self._ids: set[str] = set()
        self._patients: set[str] = set()
        self._seen: list[np.ndarray] = []

    def take(self, record_id: str, reason: Reason, detail: str = "") -> bool:
        if not record_id or record_id in self._ids:
            return False
        self.places.append(Next(record_id, reason, detail))
        self._ids.add(record_id)
        self._patients.add(self._patient.get(record_id, record_id))
        profile = self._profile(record_id)
        if profile is not None:
            self._seen.append(profile)
        return True

    def take_first(self, ids: Iterator[str], reason: Reason) -> bool:
        """Take the first ECG of an iterator that has no place yet."""
        return any(self.take(record_id, reason) for record_id in ids)

    def take_least_alike(self, pool: list[Candidate], reason: Reason) -> bool:
        """Take, of the best candidates, the one that is least like those chosen before; patients once, if possible."""
        self._drop_taken(pool)
        best = [c for c in pool if self._patient.get(c.record_id) not in self._patients][:CHOICE] or pool[:CHOICE]
        if not best:
            return False
        taken = max(best, key=lambda candidate: self._distance(candidate.record_id))  # of equal ones the first
        return self.take(taken.record_id, reason, taken.detail)

    def _drop_taken(self, pool: list[Candidate]) -> None:
        if any(candidate.record_id in self._ids for candidate in pool[:CHOICE]):
            pool[:] = [candidate for candidate in pool if candidate.record_id not in self._ids]

    def _distance(self, record_id: str) -> float:
        own = self._profile(record_id)
        if own is None or not self._seen:
            return 0.0
        return float(np.abs(np.stack(self._seen) - own).sum(1).min())


def _draw(seed: int, what: str, name: str) -> float:
    """A number in [0, 1) that the same words always give."""
    digest = hashlib.sha256(f"{seed}:{what}:{name}".encode()).digest()
    return int.from_bytes(digest[:7], "big") / 2**56


def controls(groups: Mapping[str, str], seed: int) -> Collection[str]:
    """Return the records that are controls, of these. groups : record id -> patient"""
    return {record_id for record_id, patient in groups.items() if is_control(patient, seed)}
