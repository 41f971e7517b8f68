"""How many ECGs and patients a training would learn of: counted in columns, as it is asked at every label."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cessl_gui.core.types import State
from cessl_gui.store.columns.label_table import BYTES, NOT_ASSESSED, LabelTable
from cessl_gui.store.columns.rows import Rows


def numbered(groups: Mapping[str, str], rows: Rows) -> np.ndarray:
    """int64 (records,): a number for the group of each record, see tasks.patients; one of its own without a group."""
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(groups.get(i, i), len(numbers)) for i in rows.ids], np.int64)


def counts(labels: LabelTable, takes_part: np.ndarray, groups: np.ndarray) -> dict[str, tuple[int, int]]:
    """Per code, groups with it present in some record, and with it absent in some and present in none.

    takes_part : bool (records,): whose labels are learned; records that are still coming have no place in it yet
    """
    takes_part, groups = _together(takes_part, groups)
    most = int(groups.max()) + 1 if len(groups) else 0
    counted = {}
    for code in labels.codes:
        states = labels.column(code)[: len(takes_part)]
        present, absent = np.zeros(most, bool), np.zeros(most, bool)
        present[groups[takes_part & (states == BYTES[State.PRESENT])]] = True
        absent[groups[takes_part & (states == BYTES[State.ABSENT])]] = True
        if (takes_part & (states != NOT_ASSESSED)).any():
            counted[code] = int(present.sum()), int((absent & ~present).sum())
    return counted


def ecgs(labels: LabelTable, takes_part: np.ndarray) -> dict[str, tuple[int, int]]:
    """Per code, records with it present and with it absent."""
    counted = {}
    for code in labels.codes:
        states = labels.column(code)[: len(takes_part)]
        present, absent = (int((takes_part & (states == BYTES[s])).sum()) for s in (State.PRESENT, State.ABSENT))
        if present or absent:
            counted[code] = present, absent
    return counted


def totals(labels: LabelTable, takes_part: np.ndarray, groups: np.ndarray, left_out: State | None) -> tuple[int, int]:
    """How many records have a label that is learned, and of how many groups. left_out : a state that is not learned"""
    states = [state for state in State if state != left_out]
    takes_part, groups = _together(takes_part, groups)
    chosen = takes_part & labels.has(*states)[: len(takes_part)]
    return int(chosen.sum()), len(np.unique(groups[chosen]))


def _together(takes_part: np.ndarray, groups: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both for the records that both know."""
    count = min(len(takes_part), len(groups))
    return takes_part[:count], groups[:count]
