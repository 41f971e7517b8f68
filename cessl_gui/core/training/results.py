"""What a training brought, as values: answers out of fold, the comparison, and how the new version was made."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from functools import cached_property
from typing import Any, get_args, get_origin, get_type_hints

import numpy as np

Interval = tuple[float | None, float | None]  # low, high; None where too few patients allow no claim
NO_INTERVAL: Interval = (None, None)


@dataclass(frozen=True)
class StatementComparison:
    """One statement on the test patients, before and after.

    ap_before, ap_after : average precision
    interval            : 95 % interval of the difference in AUC
    """

    n_positive: int = 0
    n_negative: int = 0
    auc_before: float | None = None
    auc_after: float | None = None
    ap_before: float | None = None
    ap_after: float | None = None
    interval: Interval = NO_INTERVAL


@dataclass(frozen=True)
class Comparison:
    """Two models on records that the new one was not adapted to.

    macro_over     : the statements that the macro figures are over; None: all, as earlier versions had it
    interval       : 95 % interval of the difference in macro AUC
    better         : True or False where the interval excludes 0, else None
    unknown_before : statements that the earlier model did not know
    holdout        : record id -> code -> (label, probability before, probability after)
    """

    n: int = 0
    n_patients: int = 0
    per_class: Mapping[str, StatementComparison] = field(default_factory=dict)
    macro_over: tuple[str, ...] | None = None
    macro_auc_before: float | None = None
    macro_auc_after: float | None = None
    difference: float | None = None
    interval: Interval = NO_INTERVAL
    better: bool | None = None
    verdict: str = ""
    unknown_before: tuple[str, ...] = ()
    holdout: Mapping[str, Mapping[str, tuple[int, float, float]]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class OutOfFold:
    """What two models say of labelled records, each judged by a fit that saw neither its patient nor a relative.

    ids, patients : one a record; records of one patient lie in one fold
    statements    : codes, the columns
    targets       : float32 (records, statements) 1, 0 or NaN (not assessed)
    before, after : float32 (records, statements) probabilities; NaN where that model does not know the statement.
                    Where the model before was itself taught by the patient, `before` is its own out-of-fold answer
    folds         : int64 (records,) 0 .. n-1, the same where the same thresholds judged
    cuts_before   : float32 (statements,) thresholds of the model before; (folds, statements) where they differ by fold
    cuts_after    : float32 (folds, statements) thresholds, each chosen without the records that it judges
    base          : as `before`, of the backbone as it is: what forgetting is measured by. None: it is the model before
    Arrays are read-only. raises : ValueError where the shapes do not belong together
    """

    ids: tuple[str, ...]
    patients: tuple[str, ...]
    statements: tuple[str, ...]
    targets: np.ndarray
    before: np.ndarray
    after: np.ndarray
    folds: np.ndarray
    cuts_before: np.ndarray
    cuts_after: np.ndarray
    base: np.ndarray | None = None

    def __post_init__(self) -> None:
        n, columns = len(self.ids), len(self.statements)
        for name, dtype in {**dict.fromkeys(FLOATS, np.float32), "folds": np.int64}.items():
            value = getattr(self, name)
            if value is not None:
                value = np.array(value, dtype)
                value.setflags(write=False)
                object.__setattr__(self, name, value)
        tables = [self.targets, self.before, self.after, *([] if self.base is None else [self.base])]
        if len(self.patients) != n or any(table.shape != (n, columns) for table in tables):
            raise ValueError("tables of records and statements differ in shape")
        if self.folds.shape != (n,) or self.cuts_before.shape not in ((columns,), self.cuts_after.shape):
            raise ValueError("folds or thresholds are not one a record or a statement")
        if self.cuts_after.shape[1:] != (columns,) or (n and not 0 <= self.folds.min() <= self.folds.max()):
            raise ValueError("thresholds by fold do not fit the statements")
        if n and self.folds.max() >= len(self.cuts_after):
            raise ValueError("a record lies in a fold that has no thresholds")

    @cached_property
    def cuts(self) -> np.ndarray:
        """float32 (records, statements): the new model's threshold that judged each record."""
        return self.cuts_after[self.folds] if len(self.ids) else np.zeros((0, len(self.statements)), np.float32)

    @cached_property
    def old_cuts(self) -> np.ndarray:
        """float32 (records, statements): the thresholds of the model before."""
        cuts = self.cuts_before
        return cuts[self.folds] if cuts.ndim == 2 and len(self.ids) else np.broadcast_to(cuts, self.before.shape)

    def rows(self, where: np.ndarray) -> OutOfFold:
        """The same for some of the records. where : bool (records,) or row numbers"""
        at = np.arange(len(self.ids))[where]
        return replace(
            self,
            ids=tuple(self.ids[i] for i in at),
            patients=tuple(self.patients[i] for i in at),
            **{name: getattr(self, name)[at] for name in ("targets", "before", "after", "folds")},
            base=None if self.base is None else self.base[at],
        )


def base_name(backbone: str) -> str:
    """What the version is called that a backbone is by itself."""
    return f"Base model ({backbone})"


NAMED = 3  # recordings that a sentence names
FLOATS = ("targets", "before", "after", "cuts_before", "cuts_after", "base")  # arrays of OutOfFold


@dataclass(frozen=True)
class TrainingSummary:
    """How a version was made and what it brought. JSON-able, flat, as projects of every version keep it.

    mode, why : which layers were trained, and the reason as text
    computed  : on what, and how precisely, as text; "" in earlier versions, whose `why` ends with it
    skipped   : statement code -> why it was not trained
    left_out  : names of records that could not be read
    no_ecg    : name -> why, of records that are no ECG a model can judge
    curve     : a dict per check: step, loss, validation
    compared_with, thresholds_before : name and thresholds of the model before
    parent    : id of the version it was compared with; "" in earlier versions. It began at that one's base model
    method    : what was adapted, see training_job.Method; "" where no folds chose it
    pull      : how strongly the output layer was held to where it started; None where it is the start
    folds, repeats : choices were made by so many folds by patient, drawn so often; 0: none were made
    candidates: what the folds compared: a dict each with `method`, `score` (mean average precision, 0..1) and what else
                tells it from the others (`pull`, `batch_norm`, `measured`)
    measured  : names of the measurements that the output layer reads beside the network's features
    threads   : with how many it was computed: on one machine the same number gives the same bits
    made_with : versions of program and libraries, and the machine; empty in earlier versions
    sensitivities : statement code -> share, 0..1, of those who have it that its threshold was to find; the others have
                the threshold with the best F2. None in earlier versions
    labels_from : which labels were learned where several readers read, as text; "" where they were given otherwise
    """

    comparison: Comparison = field(default_factory=Comparison)
    backbone: str = ""
    backbone_sha256: str = ""
    statements: tuple[str, ...] = ()
    thresholds: Mapping[str, float] = field(default_factory=dict)
    ranks: tuple[int, ...] = ()
    deactivation: float = 0.0
    frozen_blocks: int = 0
    mode: str = ""
    why: str = ""
    computed: str = ""
    n_labelled: int = 0
    n_unlabelled: int = 0
    steps: int = 0
    seconds: float | None = None
    seed: int = 0
    stopped_early_by_person: bool = False
    skipped: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    no_ecg: Mapping[str, str] = field(default_factory=dict)
    curve: tuple[Mapping[str, float], ...] = ()
    compared_with: str = ""
    thresholds_before: Mapping[str, float] | None = None
    parent: str = ""
    method: str = ""
    pull: float | None = None
    folds: int = 0
    repeats: int = 0
    candidates: tuple[Mapping[str, Any], ...] = ()
    measured: tuple[str, ...] = ()
    threads: int = 0
    made_with: Mapping[str, str] = field(default_factory=dict)
    labels_from: str = ""
    sensitivities: Mapping[str, float] | None = None

    @property
    def began_at(self) -> str:
        """The name of the base model from which it learned all labels; of earlier versions of what is known."""
        return base_name(self.backbone) if self.backbone else self.compared_with or "base model"

    @property
    def against(self) -> str:
        """The version that it was compared with where that is not the base model; else \"\"."""
        return self.compared_with if self.compared_with != self.began_at else ""

    @property
    def not_used(self) -> str:
        """Which recordings a training could not use, and why, in a sentence; "" where it could use all."""
        gone = [f"{name} (cannot be read)" for name in self.left_out]
        names = gone + [f"{name} ({reason})" for name, reason in self.no_ecg.items()]
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        return f"Not used: {', '.join(names[:NAMED])}{more}." if names else ""

    def rule(self, code: str) -> str:
        """How the threshold of a trained statement was chosen, in words; "" where that is not known."""
        if self.sensitivities is None or code not in self.statements:
            return ""
        share = self.sensitivities.get(code)
        return "best F2" if share is None else f"to find {100 * share:g} % of those who have it"

    def to_json(self) -> dict[str, Any]:
        """Return one flat dict: the comparison's keys next to those of the training."""
        flat = asdict(self)
        return {**flat.pop("comparison"), **flat}

    def misfits(self) -> list[str]:
        """The fields that do not hold what they are declared to: a stranger's file may have put anything there."""
        return [*_misfits(self.comparison), *_misfits(self)]

    @classmethod
    def from_json(cls, flat: Mapping[str, Any]) -> TrainingSummary | None:
        """Return the summary that `to_json` made, in this version or an earlier one; None where there is nothing.

        What an earlier version did not keep has its default; what this version does not know is left out.
        """
        if not flat:
            return None
        statements = flat.get("per_class") or {}
        compared = {
            **_known(Comparison, flat),
            "per_class": {code: _statement(given) for code, given in statements.items()},
            "interval": _interval(flat.get("interval")),
            "holdout": {
                record_id: {code: (int(y), float(old), float(new)) for code, (y, old, new) in answers.items()}
                for record_id, answers in (flat.get("holdout") or {}).items()
            },
        }
        return cls(Comparison(**compared), **_known(cls, flat))


def _statement(given: Mapping[str, Any]) -> StatementComparison:
    return StatementComparison(**{**_known(StatementComparison, given), "interval": _interval(given.get("interval"))})


def _known(kind: type, flat: Mapping[str, Any]) -> dict[str, Any]:
    """The entries that a class has fields for; lists become tuples."""
    names = {f.name for f in fields(kind)} & flat.keys()
    return {name: tuple(flat[name]) if isinstance(flat[name], list) else flat[name] for name in names}


def _interval(given: Any) -> Interval:
    low, high = given or NO_INTERVAL
    return low, high


LONGEST_TEXT = 10_000  # of a stranger's; our longest sentences have some 700 letters


def _misfits(values: Any) -> list[str]:
    """The fields of a dataclass whose values are not of the declared kind."""
    return [name for name, kind in get_type_hints(type(values)).items() if not _fits(getattr(values, name), kind)]


def _fits(value: Any, kind: Any) -> bool:
    """Whether a value is of a kind, all the way down. Texts are printable and bounded, numbers finite."""
    if is_dataclass(kind):
        return type(value) is kind and not _misfits(value)
    match get_origin(kind), get_args(kind):
        case (origin, (one, rest)) if origin is tuple and rest is ...:
            return isinstance(value, tuple) and all(_fits(item, one) for item in value)
        case (origin, kinds) if origin is tuple:
            return isinstance(value, tuple) and len(value) == len(kinds) and all(map(_fits, value, kinds))
        case (origin, (of_key, of_value)) if origin is Mapping:
            items = value.items() if isinstance(value, Mapping) else [(None, None)]
            return all(_fits(key, of_key) and _fits(item, of_value) for key, item in items)
        case (_, kinds) if kinds:
            return any(_fits(value, one) for one in kinds)
    if kind is Any:
        return value is None or isinstance(value, bool | int | float) or _fits(value, str)
    if kind is str:
        return isinstance(value, str) and len(value) <= LONGEST_TEXT and value.isprintable()
    if isinstance(value, bool):
        return kind is bool
    if kind is float:
        return isinstance(value, int | float) and math.isfinite(value)
    return isinstance(value, kind)
