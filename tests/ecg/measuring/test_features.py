"""Measurements as numbers for a model: known figures, doubtful ones left out, beyond a bound counted from it."""

import math

import numpy as np
import pytest

from cessl_gui.core.measurements import Measurements
from cessl_gui.ecg.measuring.features import NAMES, features


def row(measured: Measurements) -> dict[str, float]:
    return dict(zip(NAMES, features(measured), strict=True))


def test_figures_and_what_lies_beyond_their_bounds():
    values = {"rate": 120.0, "pr": 220.0, "qrs": 90.0, "qtc_fridericia": 400.0, "qrs_axis": -50.0}
    found = row(Measurements("r", values=values, peaks_s=(0.0, 0.5, 1.0)))
    assert (found["rate"], found["rate above 100"], found["rate below 60"]) == (120.0, 20.0, 0.0)
    assert (found["PR above 190"], found["QRS above 105"], found["QTc above 440"]) == (30.0, 0.0, 0.0)
    assert (found["QRS axis below -20"], found["QRS axis above 80"]) == (30.0, 0.0)


def test_a_doubtful_figure_and_what_rests_on_it_are_not_known():
    found = row(Measurements("r", values={"rate": 120.0}, doubtful={"rate": "why"}, peaks_s=(0.0, 0.5, 1.0)))
    assert math.isnan(found["rate"])
    assert math.isnan(found["rate above 100"])


@pytest.mark.parametrize(("values", "said"), [({}, 1.0), ({"p": 100.0, "pr": 160.0}, 0.0)])
def test_without_p_wave_it_is_said(values, said):
    found = row(Measurements("r", values=values, peaks_s=(0.0, 0.5, 1.0)))
    assert (found["no P"], found["no PR"]) == (said, said)


def test_where_no_beat_was_found_nothing_is_known():
    assert np.isnan(features(Measurements("r"))).all()


def test_the_rhythm_is_read_from_the_r_peaks():
    found = row(Measurements("r", peaks_s=(0.0, 1.0, 1.6, 3.0, 4.0), alike_s=(0.0, 1.0, 3.0, 4.0)))
    assert found["shortest RR"] == pytest.approx(0.6)
    assert found["longest RR"] == pytest.approx(1.4)
    assert found["early beats"] == 0.25
    assert found["alike beats"] == pytest.approx(0.8)
    assert found["RMSSD"] == pytest.approx(math.sqrt((400**2 + 800**2 + 400**2) / 3))
