"""Kept measurements are made again when the code that measures changes: its words on some ECGs belong to a version."""

import hashlib
import json
from dataclasses import replace

import numpy as np

from cessl_gui.core.measurements import MEASURING_VERSION, Measurements
from cessl_gui.core.types import Record
from cessl_gui.ecg.measuring.measurements import measure
from cessl_gui.ecg.synthetic import demo_records
from tests.ecg.measuring.test_measurements import made

# Of what 2 to 6 changed these ECGs have nothing.
OF_VERSION = dict.fromkeys(range(1, 12), "56b618fce2161989")


def ecgs() -> list[Record]:
    usual = made()
    flat = replace(usual, signal_mv=np.zeros_like(usual.signal_mv))
    return [usual, made(rr_s=0.45), made(p=0.0), flat, *demo_records(4)]


def words(m: Measurements) -> dict:
    # To 4 units: another processor's last digits move no figure so far but by chance.
    figures = {name: round(value / 4) for name, value in sorted(m.values.items())}
    return {"figures": figures, "missing": sorted(m.missing.items()), "doubtful": sorted(m.doubtful.items())}


def test_whoever_changes_what_is_measured_raises_the_version():
    said = json.dumps([words(measure(record)) for record in ecgs()])
    digest = hashlib.sha256(said.encode()).hexdigest()[:16]
    assert OF_VERSION.get(MEASURING_VERSION) == digest, (
        "Figures or sentences differ: raise MEASURING_VERSION in core/measurements.py, so that kept measurements are"
        f' made again, and write {{{MEASURING_VERSION} + 1: "{digest}"}} here.'
    )
