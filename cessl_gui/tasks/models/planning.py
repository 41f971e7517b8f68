"""What a training would learn from, before the click: counts per statement, what is missing, time and memory."""

from __future__ import annotations

from collections.abc import Mapping

from cessl_gui.core.training.evidence import ENOUGH
from cessl_gui.core.training.plan import Counted, Plan
from cessl_gui.core.training.training_job import Mode
from cessl_gui.learn.readiness import MIN_PATIENTS, takes_time_for

UNLABELLED_MOST = 1024  # no more are drawn: learn.trainer
INPUT_MB, FEATURES_MB, BASE_MB = 0.3, 0.4, 700  # of one ECG as it is read and as it is kept, and of torch itself


Counts = Mapping[str, tuple[int, int]]  # code -> present, absent


def plan(
    ecgs: Counts,
    patients: Counts,
    totals: tuple[int, int, int],
    names: tuple[str, str],
    *,
    mode: Mode,
    pace: Mapping[str, float],
) -> Plan:
    """What a training would learn from.

    ecgs, patients : per code, with it present and with it absent
    totals         : labelled ECGs, their patients, all ECGs that a training may take
    names          : of the base model that it starts from, and of the version it is compared with; "": that one
    mode           : what was asked for
    pace           : what a training is for -> seconds per ECG of the last such one on this machine
    """
    statements = []
    for code in sorted(ecgs, key=lambda code: -ecgs[code][0]):
        with_it, without = patients.get(code, (0, 0))
        more, more_absent = (max(0, MIN_PATIENTS - count) for count in (with_it, without))
        statements.append(Counted(code, *ecgs[code], with_it, without, more, more_absent))
    n_labelled, n_patients, n_records = totals
    unlabelled = min(n_records - n_labelled, UNLABELLED_MOST)
    kind = takes_time_for(mode, n_labelled)
    read = n_labelled + (0 if kind == Mode.OUTPUT else unlabelled)
    return Plan(
        start=names[0],
        statements=tuple(statements),
        n_labelled=n_labelled,
        n_patients=n_patients,
        n_unlabelled=unlabelled,
        n_read=read,
        kind=kind,
        seconds=pace[kind] * read if kind in pace else None,
        megabytes=round(BASE_MB + read * (INPUT_MB + FEATURES_MB)),
        enough=ENOUGH,
        against=names[1],
    )
