"""Keys of what a file names its patient by: that may be a name, and goes no further into the program."""

from __future__ import annotations

import hashlib
from typing import Any

from cessl_gui.ecg import patients


def patient_key(written: str) -> str:
    """An opaque key for what may be a name or a number, "" for nobody: only this hash goes further into the program.

    However its accents and digits are encoded, and whatever invisible stands in it, a name has one key.
    """
    named = _named(written)
    return _hash(named) if named else ""


def patient_alike(written: str) -> tuple[str, ...]:
    """The keys of other ways to write the same name or number."""
    return tuple(map(_hash, patients.alike(_named(written))))


def patient_bare(written: str) -> str:
    """The key of a name or number in letters and digits alone; "" for nobody."""
    bare = patients.bare(_named(written))
    return _hash(bare) if bare else ""


def patient_fields(written: str) -> dict[str, Any]:
    """All that a Record tells of its patient, by the names of its fields."""
    next_to = patients.next_to(_named(written))
    return {
        "patient": patient_key(written),
        "patient_alike": patient_alike(written),
        "patient_bare": patient_bare(written),
        "patient_next": None if next_to is None else tuple(map(patient_key, next_to)),
    }


def _named(written: str) -> str:
    return " ".join(patients.named(patients.spelled(written)).split())


def _hash(named: str) -> str:
    return hashlib.sha256(named.encode("utf-8", "backslashreplace")).hexdigest()[:16]
