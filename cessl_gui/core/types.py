"""Values that travel between the rooms and between threads: frozen, arrays read-only."""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from cessl_gui.core.scratch import parts
from cessl_gui.core.training.results import TrainingSummary

LEADS_12 = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")

HEADER_READER = "header"  # the name under which a file's own #Dx codes are kept, apart from what people say
SHORT_BYTES = 8 << 20  # of a signal: 12 leads of 5 minutes at 500 Hz
FEW_LEADS = 6  # so many or fewer are named
UNLIKE = 0.01  # a likeness below this: so few ECGs of the kind that a backbone has learned from lie as far away


def rests_on(leads: Sequence[str], likeness: float | None = None) -> str:
    """On which of the twelve leads a prediction rests, in words, e.g. "from 1 of 12 leads (V5)".

    likeness : to the ECGs that the backbone has learned from (see learn.likeness); a doubtful one is said
    """
    if likeness is not None and likeness < UNLIKE:
        return f"{rests_on(leads)}, unlike the ECGs that the model knows"
    if len(leads) == len(LEADS_12):
        return "from all 12 leads"
    lost = ", ".join(lead for lead in LEADS_12 if lead not in leads)
    which = ", ".join(leads) if len(leads) <= FEW_LEADS else f"not {lost}"
    return f"from {len(leads)} of 12 leads ({which})"


class State(enum.StrEnum):
    """What a reader says of one statement. None (no State) is *not assessed* and never a negative."""

    PRESENT = "present"
    ABSENT = "absent"
    UNCERTAIN = "uncertain"


class ReadingState(enum.StrEnum):
    """Where a record stands in the reading queue."""

    NEW = "new"
    IN_PROGRESS = "in progress"
    DEFERRED = "deferred"
    CONFIRMED = "confirmed"
    EXCLUDED = "excluded"


@dataclass(frozen=True)
class Record:
    """One recording as read from its source.

    signal_mv : float32 (leads, samples), mV, NaN where the source has no value; read-only
    leads     : one name per row, spelled as in LEADS_12 where it is one of them
    derived   : names in `leads` that were computed from other limb leads
    patient   : opaque key, or "" when the source names no patient
    patient_alike: keys of other ways to write the same name or number
    patient_bare: key of its letters and digits alone: that of others who may be the same
    patient_next: where the id may stand for nobody, the keys of those before and after it; else None
    statements: raw codes or words of the source's own diagnosis field (#Dx), as written
    device_statements: what the electrocardiograph itself wrote under the ECG, line by line, as written
    guesses   : what the source does not state and a reader guessed; a person confirms it before labels hang on it
    stored_sha256: digest of the samples as the source stores them, whatever its header says; "" where a reader does
                not tell
    files     : every file it was read from, where the source is not the only one
    device    : what the source says its electrocardiograph measured: names as in ecg.measurements, or `qtc` where the
                formula is not named; /min, ms, degrees
    """

    id: str
    name: str
    source: str
    sha256: str
    signal_mv: np.ndarray
    fs_hz: float
    leads: tuple[str, ...]
    derived: tuple[str, ...] = ()
    patient: str = ""
    recorded_at: str = ""
    age: str = ""
    sex: str = ""
    statements: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    format: str = ""
    synthetic: bool = False
    device: Mapping[str, float] = field(default_factory=dict)
    device_statements: tuple[str, ...] = ()
    guesses: tuple[str, ...] = ()
    stored_sha256: str = ""
    patient_alike: tuple[str, ...] = ()
    patient_bare: str = ""
    patient_next: tuple[str, ...] | None = None
    files: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.signal_mv.setflags(write=False)

    @property
    def duration_s(self) -> float:
        return self.signal_mv.shape[1] / self.fs_hz

    @cached_property
    def signal_sha256(self) -> str:
        """Digest of the values in mV: equal for equal signals, whatever file they lie in."""
        return signal_digest(self.signal_mv)

    @property
    def missing(self) -> tuple[str, ...]:
        """The standard leads that this recording lacks."""
        return tuple(lead for lead in LEADS_12 if lead not in self.leads)


def signal_digest(signal_mv: np.ndarray) -> str:
    """SHA-256 of a signal (leads, samples) as float32."""
    signal_mv, digest = np.ascontiguousarray(signal_mv, "<f4"), hashlib.sha256()
    for part in parts(signal_mv):
        digest.update(signal_mv[part].data)
    return digest.hexdigest()


@dataclass(frozen=True)
class RecordInfo:
    """A row of the record list: all of Record but the signal, its header's words and the device's figures."""

    id: str
    name: str
    source: str
    fs_hz: float
    samples: int
    leads: tuple[str, ...]
    derived: tuple[str, ...]
    patient: str
    recorded_at: str
    age: str
    sex: str
    warnings: tuple[str, ...]
    format: str
    synthetic: bool
    reading: ReadingState = ReadingState.NEW

    @property
    def duration_s(self) -> float:
        return self.samples / self.fs_hz

    @property
    def is_short(self) -> bool:
        """Whether its signal is read from the project in some milliseconds."""
        return 4 * self.samples * len(self.leads) <= SHORT_BYTES

    @property
    def moment(self) -> str:
        """`recorded_at` as it sorts by time, 2020-05-15 09:05:00; "" where it has no date.

        Its hours may lack a 0, and seconds need not be stated.
        """
        date, _, time = self.recorded_at.partition(" ")
        time += ":00" if time.count(":") == 1 else ""
        return f"{date} {time.zfill(8) if time else ''}".strip() if date.count("-") == 2 else ""


@dataclass(frozen=True)
class Caliper:
    """Two points of one lead, in seconds of the recording and mV; `marched` repeats their interval over the page.

    id : the same from its setting to its removal
    """

    id: str
    lead: str
    start_s: float
    end_s: float
    start_mv: float
    end_mv: float
    marched: bool = False


@dataclass(frozen=True)
class LabelSet:
    """The labels one reader gives one record. A code that is not in `states` is not assessed."""

    record_id: str
    reader: str
    states: dict[str, State]
    at_utc: str = ""
    prediction_visible: bool = False


@dataclass(frozen=True)
class Prediction:
    """What one model says of one record: probability per statement code.

    leads    : those of the twelve that it rests on, in the order of LEADS_12
    likeness : share of the ECGs which the backbone knows that are as unusual to it, or more; None where it cannot tell
    """

    record_id: str
    model_id: str
    probabilities: dict[str, float]
    leads: tuple[str, ...] = LEADS_12
    likeness: float | None = None

    @property
    def rests_on(self) -> str:
        return rests_on(self.leads, self.likeness)

    @property
    def is_doubtful(self) -> bool:
        """Whether what it rests on is less than, or unlike, what the model has learned from."""
        return len(self.leads) < len(LEADS_12) or (self.likeness is not None and self.likeness < UNLIKE)


@dataclass(frozen=True)
class PerLead:
    """Influence of one record, lead by lead.

    statements : codes, the columns
    full       : float32 (statements,), probability from all leads
    without    : float32 (12, statements), probability when that lead is left out
    alone      : float32 (12, statements), probability from that lead alone
    left_out   : leads that took no part in any of it, by a person's wish
    """

    record_id: str
    model_id: str
    statements: tuple[str, ...]
    full: np.ndarray
    without: np.ndarray
    alone: np.ndarray
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class LeadCheck:
    """How much the influence per lead is that of random weights too.

    agreement : code -> rank correlation over the leads, -1 to 1; near 1 the picture shows nothing that was learned
    """

    record_id: str
    model_id: str
    agreement: Mapping[str, float]


@dataclass(frozen=True)
class PerWindow:
    """Influence of one record within its leads: time windows masked one at a time in one lead at a time.

    statements : codes, the last axis
    full       : float32 (statements,), probability from the whole ECG
    edges_s    : float64 (windows + 1,), where windows begin and end, in seconds of the record
    masked     : float32 (12, windows, statements), probability when that window of that lead is a straight line
    """

    record_id: str
    model_id: str
    statements: tuple[str, ...]
    full: np.ndarray
    edges_s: np.ndarray
    masked: np.ndarray


class ModelStatus(enum.StrEnum):
    """What became of a model version; which one is active is told apart from it."""

    BASE = "base"  # a starting model: none of the project's labels
    CANDIDATE = "candidate"  # trained, waits for a decision
    ADOPTED = "adopted"
    DISCARDED = "discarded"


@dataclass(frozen=True)
class ModelInfo:
    """One immutable model version of a project. `adopted` models may be active; exactly one is.

    origin  : in words: base model and the labels that made it
    summary : how a training made it and what it brought; None for a base model
    """

    id: str
    name: str
    backbone: str
    backbone_sha256: str
    statements: tuple[str, ...]
    thresholds: dict[str, float]
    origin: str
    status: ModelStatus
    created_utc: str
    summary: TrainingSummary | None = None

    @property
    def is_base(self) -> bool:
        """Whether it learned from none of the project's labels."""
        return self.status == ModelStatus.BASE

    @property
    def may_be_active(self) -> bool:
        """Whether it can be made the active version without being adopted first."""
        return self.status in (ModelStatus.BASE, ModelStatus.ADOPTED)

    @property
    def verdict(self) -> str:
        """What its comparison showed, in a sentence; "" for a model that was not compared."""
        return self.summary.comparison.verdict if self.summary else ""


@dataclass(frozen=True)
class Progress:
    """How far a long task is. `fraction` is None while the length is unknown."""

    job_id: str
    phase: str
    fraction: float | None = None
    seconds_left: float | None = None
    message: str = ""
    step: int = 0
    train_loss: float | None = None
    validation: float | None = None  # mean average precision on the validation patients, 0..1
    best: float | None = None
    ranks: tuple[int, ...] = ()  # given to each layer, in their order; once they are known


class Ending(enum.StrEnum):
    FINISHED = "finished"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True)
class Outcome:
    """How a long task ended, in words for a person. `result` is the task's value when it finished."""

    job_id: str
    ending: Ending
    message: str = ""
    todo: str = ""
    details: str = ""
    result: Any = None
