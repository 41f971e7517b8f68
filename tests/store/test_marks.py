"""A reader's marks are events: the latest holds, none is lost."""

import pytest


@pytest.fixture
def marks(with_record):
    return with_record.marks


def test_the_latest_word_holds_and_the_trail_stays(marks):
    marks.set("r1", {"t_offset": 372.0}, "dr a")
    marks.set("r1", {"t_offset": 380.0, "qrs_onset": -42.0}, "dr b")
    assert marks.current("r1") == {"t_offset": 380.0, "qrs_onset": -42.0}
    marks.set("r1", {"t_offset": None}, "dr b", "undo")
    assert marks.current("r1") == {"qrs_onset": -42.0}
    trail = [(e["mark"], e["value_ms"], e["reader"], e["kind"]) for e in marks.history("r1")]
    assert trail[0] == ("t_offset", 372.0, "dr a", "set")
    assert trail[-1] == ("t_offset", None, "dr b", "undo")
    assert [(row["record_id"], row["mark"], row["reader"]) for row in marks.all_current()] == [
        ("r1", "qrs_onset", "dr b")
    ]
    assert marks.current("r2") == {}
