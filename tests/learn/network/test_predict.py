"""Predictions of an adapted model, lead by lead and window by window."""

import numpy as np
import pytest

from cessl_gui.core.errors import Cancelled
from cessl_gui.core.task import Stop, Task
from cessl_gui.learn.network.predict import Predictor
from tests.learn.adapting import backbone, load, signal


def test_a_statement_only_the_backbone_knows_is_predicted_unchanged(result):
    x = load(["r1", "r2", "r3"])
    plain, new = Predictor(backbone()), Predictor(backbone(), result)
    at = {code: i for i, code in enumerate(plain.statements)}
    assert np.allclose(new.predict(x)[:, 2], plain.predict(x)[:, at["426177001"]], atol=1e-6)


def test_per_lead_is_leaving_out_and_alone(result):
    predictor = Predictor(backbone(), result)
    one = signal("r3")
    full, without, alone = predictor.per_lead(one)
    only_second, no_second = np.zeros_like(one), one.copy()
    only_second[1], no_second[1] = one[1], 0
    assert np.allclose(full, predictor.predict(one[None])[0], atol=1e-2)
    assert np.allclose(alone[1], predictor.predict(only_second[None])[0], atol=1e-2)
    assert np.allclose(without[1], predictor.predict(no_second[None])[0], atol=1e-2)
    assert predictor.predict(np.zeros((0, 12, 6144), np.float32)).shape == (0, 3)


def test_per_window_is_the_whole_network_on_the_masked_signal(result):
    """Computing again only what a window reaches gives what computing everything gives; with frozen blocks shared."""
    predictor = Predictor(backbone(), result)
    one = signal("r3")
    for lead, start, stop in [(0, 0, 40), (11, 2900, 3156), (5, 5900, 6144)]:
        full, masked = predictor.per_window(one, np.array([start, stop]))
        assert masked.shape == (12, 1, 3)
        bridged = one.copy()
        ends = [max(0, start - 1), min(6143, stop)]
        bridged[lead, start:stop] = np.interp(np.arange(start, stop), ends, one[lead, ends])
        whole, expected = predictor.predict(np.stack([one, bridged]))
        assert np.allclose(full, whole, atol=1e-5)
        assert np.allclose(masked[lead, 0], expected, atol=2e-3 if predictor.processor.half else 1e-5)
        assert np.abs(expected - whole).max() > 1e-5


def test_per_window_is_cancelled_between_two_windows(result):
    asked = []

    def stop():
        asked.append(1)
        return Stop.CANCEL if len(asked) == 2 else None

    with pytest.raises(Cancelled):
        Predictor(backbone(), result).per_window(signal("r3"), np.arange(0, 1024, 256), Task(stop_requested=stop))
    assert len(asked) == 2
