"""Values that travel between threads cannot be changed on the way."""

import dataclasses

import numpy as np
import pytest

from cessl_gui.core.errors import CesslError
from cessl_gui.core.types import Record


def record():
    signal = np.zeros((2, 500), np.float32)
    return Record("id", "name", "source", "hash", signal, 250.0, ("I", "V1"))


def test_a_record_and_its_signal_are_read_only():
    with pytest.raises(dataclasses.FrozenInstanceError):
        record().name = "other"
    with pytest.raises(ValueError, match="read-only"):
        record().signal_mv[0, 0] = 1.0


def test_a_record_knows_its_length_and_what_it_lacks():
    assert record().duration_s == 2.0
    assert record().missing == ("II", "III", "aVR", "aVL", "aVF", "V2", "V3", "V4", "V5", "V6")


def test_an_error_says_what_and_what_to_do():
    error = CesslError("The disk is full.", "Free some space.")
    assert str(error) == "The disk is full. Free some space."
