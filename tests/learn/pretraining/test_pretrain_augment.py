"""Changes made to inputs in pre-training: each does what it says and leaves the padding alone."""

import dataclasses

import numpy as np
import pytest

from cessl_gui.core.types import LEADS_12
from cessl_gui.learn.pretraining.augment import SHORTEST, SWAPS, Changes, change

NONE = Changes(**{f.name: 0.0 for f in dataclasses.fields(Changes)})
END = 5000


def batch(n=32, seed=0):
    x = np.random.default_rng(seed).standard_normal((n, 12, 6144)).astype(np.float32)
    x[:, :, END:] = 0
    return x


def changed(seed=1, n=32, **on):
    x = batch(n)
    return x, change(x.copy(), np.full(n, END), dataclasses.replace(NONE, **on), np.random.default_rng(seed))


def test_without_changes_the_inputs_stay_as_they_are():
    x, y = changed()
    np.testing.assert_array_equal(x, y)


def test_the_same_generator_gives_the_same_batch():
    x, lengths = batch(), np.full(32, END)
    one, two = (change(x.copy(), lengths, Changes(), np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("on", [{"noise": 0.5}, {"wander": 0.5}, {"gain": 0.5}, {"swapped": 1.0}])
def test_what_lies_behind_the_end_stays_zero(on):
    x, y = changed(**on)
    assert not y[:, :, END:].any()
    assert not np.array_equal(x, y)


def test_a_cut_ecg_begins_at_zero_and_keeps_five_seconds():
    x, y = changed(short=1.0)
    for before, after in zip(x, y, strict=True):
        kept = int(np.flatnonzero(after.any(0))[-1]) + 1
        assert SHORTEST <= kept <= END
        start = np.flatnonzero(before[0] == after[0, 0])[0]
        np.testing.assert_array_equal(after[:, :kept], before[:, start : start + kept])


def test_rows_after_the_leads_are_cut_with_them_and_nothing_else():
    x, lengths = batch(), np.full(32, END)
    more = np.tile(np.arange(6144, dtype=np.float32), (32, 1, 1))
    leads = change(x.copy(), lengths, Changes(), np.random.default_rng(3))
    both = change(np.concatenate([x, more], 1), lengths, Changes(), np.random.default_rng(3))
    np.testing.assert_array_equal(both[:, :12], leads)
    for one in both[:, 12]:
        kept = int(np.flatnonzero(one)[-1]) + 1
        np.testing.assert_array_equal(one[:kept], one[0] + np.arange(kept))


def test_some_leads_always_stay_and_single_leads_occur():
    _, y = changed(n=200, few_leads=0.5, lead_dropout=0.3)
    left = y.any(2).sum(1)
    assert left.min() >= 1
    assert (left == 1).any()
    assert (left > 6).any()
    _, y = changed(n=20, lead_dropout=1.0)
    assert (y.any(2).sum(1) == 12).all()  # never all leads gone


@pytest.mark.parametrize("swap", SWAPS)
def test_swapped_electrodes_leave_the_limb_leads_consistent(swap):
    ra, la, ll, v1, v2 = np.random.default_rng(0).standard_normal((5, 50))

    def leads(ra, la, ll, v1, v2):
        centre = (ra + la + ll) / 3
        values = {"I": la - ra, "II": ll - ra, "III": ll - la, "V1": v1 - centre, "V2": v2 - centre}
        return values | {"aVR": (ra - centre) * 1.5, "aVL": (la - centre) * 1.5, "aVF": (ll - centre) * 1.5}

    right = leads(ra, la, ll, v1, v2)
    exchanged = {
        "LA and RA": leads(la, ra, ll, v1, v2),
        "LA and LL": leads(ra, ll, la, v1, v2),
        "RA and LL": leads(ll, la, ra, v1, v2),
        "V1 and V2": leads(ra, la, ll, v2, v1),
    }[swap]
    for lead, wanted in exchanged.items():
        source, sign = SWAPS[swap].get(lead, (lead, 1))
        np.testing.assert_allclose(sign * right[source], wanted)
    assert set(SWAPS[swap]) <= set(LEADS_12)
