"""What a training brought, as values: the comparison on test patients, and how the new version was made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

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


@dataclass(frozen=True)
class TrainingSummary:
    """How a version was made and what it brought. JSON-able, flat, as projects of every version keep it.

    mode, why : which layers were trained, and the reason as text
    skipped   : statement code -> why it was not trained
    left_out  : names of records that could not be read
    no_ecg    : name -> why, of records that are no ECG a model can judge
    curve     : a dict per check: step, loss, validation
    compared_with, thresholds_before : name and thresholds of the model before
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

    def to_json(self) -> dict[str, Any]:
        """Return one flat dict: the comparison's keys next to those of the training."""
        flat = asdict(self)
        return {**flat.pop("comparison"), **flat}

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
