"""Which ECG of a patient came before another."""

from __future__ import annotations

from collections.abc import Iterable

from cessl_gui.core.types import RecordInfo


def earlier_ones(info: RecordInfo, infos: Iterable[RecordInfo]) -> list[RecordInfo]:
    """The ECGs of the same patient before this one that can be compared with it, the last one first."""
    if not info.patient:
        return []
    same = sorted((other for other in infos if other.patient == info.patient), key=lambda i: (i.moment, i.name))
    return [other for other in reversed(same[: same.index(info)]) if other.is_short]


def earlier_of(info: RecordInfo, infos: Iterable[RecordInfo], chosen: str = "") -> tuple[RecordInfo | None, str]:
    """The ECG of the same patient before this one, and what is to be said of it; without one, why there is none.

    Where the files' dates do not tell, that is said.
    chosen : id of the earlier one that is meant; "": the last one before
    """
    if not info.patient:
        return None, "The file names no patient, so no earlier ECG can be found."
    same = sorted((other for other in infos if other.patient == info.patient), key=lambda i: (i.moment, i.name))
    before = same[: same.index(info)]
    if not before:
        later = len(same) - 1
        if later and not info.moment:
            others = f"the {later} other ECGs" if later > 1 else "the other ECG"
            return None, f"This file carries no date: whether {others} of the patient came before is not known."
        more = f" ({later} later one{'s' * (later > 1)})" if later else ""
        return None, f"There is no earlier ECG of this patient in this project{more}."
    other = next((one for one in before if one.id == chosen), before[-1])
    if not other.is_short:
        return None, f"The earlier recording, {other.name}, is too long to be compared."
    if not info.moment or not other.moment:
        return other, "The files carry no dates: which ECG is the earlier one is taken from their names."
    if info.moment.startswith(other.moment):  # the same, or the same day without a time
        return other, f"Both ECGs are of {other.moment}: the files do not tell which of them is the earlier one."
    return other, ""
