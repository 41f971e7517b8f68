"""Calipers are events: the latest of each holds, none is lost, and each reader has their own."""

from dataclasses import replace

import pytest

from cessl_gui.core.types import Caliper

FIRST, SECOND = Caliper("a", "II", 0.8, 1.6, 0.0, 0.1), Caliper("b", "V1", 2.0, 2.5, -0.2, 0.4, True)


@pytest.fixture
def calipers(with_record):
    return with_record.calipers


def test_the_latest_word_holds_in_the_order_of_setting_and_the_trail_stays(calipers):
    calipers.set("r1", {"a": FIRST}, "dr a")
    calipers.set("r1", {"b": SECOND}, "dr a")
    moved = replace(FIRST, end_s=1.7)
    calipers.set("r1", {"a": moved}, "dr a")
    assert calipers.current("r1", "dr a") == (moved, SECOND)
    calipers.set("r1", {"a": None}, "dr a")
    assert calipers.current("r1", "dr a") == (SECOND,)
    calipers.set("r1", {"a": moved}, "dr a", "undo")
    assert calipers.current("r1", "dr a") == (moved, SECOND)
    trail = [(e["caliper"], e["end_s"], e["kind"]) for e in calipers.history("r1")]
    assert trail == [("a", 1.6, "set"), ("b", 2.5, "set"), ("a", 1.7, "set"), ("a", None, "set"), ("a", 1.7, "undo")]


def test_each_reader_has_their_own(calipers):
    calipers.set("r1", {"a": FIRST}, "dr a")
    calipers.set("r1", {"b": SECOND}, "dr b")
    assert calipers.current("r1", "dr a") == (FIRST,)
    assert calipers.current("r1", "dr b") == (SECOND,)
    assert [(row["caliper"], row["reader"]) for row in calipers.all_current()] == [("a", "dr a"), ("b", "dr b")]
