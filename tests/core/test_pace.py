"""How long a training still takes: learned from earlier ones, and falling unless the machine is much slower now."""

import pytest

from cessl_gui.core.training.pace import Ahead, Pace, time_left
from cessl_gui.core.types import Progress

LEARNED = {"Reading": 0.1, "Fitting": 0.2, "Comparing": 0.1}


def at(phase: str, fraction=None, seconds_left=None) -> Progress:
    return Progress("", phase, fraction, seconds_left)


FIRST = {"Measuring": 0.02, "Fitting": 0.01, "Training": 0.04, "Judging": 0.01}  # as of a machine twice as fast


def first(*reports: tuple[float, Progress]) -> Pace:
    """The first training on a machine: 100 ECGs, and what it has reported at these times. Returns it."""
    pace = Pace({}, 100, 0.0, typical=FIRST)
    for now, progress in reports:
        pace.at(progress, now)
    return pace


def test_the_first_training_on_a_machine_promises_nothing_before_it_has_measured_itself():
    pace = first((0.0, at("Reading")))
    assert pace.at(at("Reading"), 3.0) == Ahead(None, None)
    assert pace.phases == ("Reading", *FIRST)
    assert not any(pace.expected(phase) for phase in FIRST), "no seconds of another machine are shown"


def test_how_long_what_differs_between_processors_takes_is_told_by_itself_alone():
    pace = first((0.0, at("Measuring")), (2.0, at("Measuring", 0.5)), (4.0, at("Fitting")))
    assert pace.at(at("Training", 0.0), 6.0).seconds_left is None
    assert pace.at(at("Training", 0.04), 6.5).seconds_left is None, "its first steps are slower"
    assert pace.at(at("Training", 0.25), 10.0).seconds_left == pytest.approx(12 + 1 * (4 + 2 + 16) / (2 + 1 + 4))


def test_the_first_training_tells_its_time_by_its_own_pace():
    typical = {phase: each for phase, each in FIRST.items() if phase != "Training"}
    pace = Pace({}, 100, 0.0, typical=typical)
    assert pace.at(at("Measuring", 0.0), 0.0).seconds_left is None
    ahead = pace.at(at("Measuring", 0.5), 2.0)
    assert ahead.seconds_left == pytest.approx(2 + 2 * (1 + 1)), "it takes twice what is typical"
    assert ahead.share == pytest.approx(2 / 8)
    assert pace.at(at("Fitting"), 4.0).seconds_left == pytest.approx(2 * (1 + 1))


def test_what_had_been_measured_before_the_first_training_tells_nothing_of_the_machine():
    typical = {phase: each for phase, each in FIRST.items() if phase != "Training"}
    pace = Pace({}, 100, 0.0, typical=typical)
    pace.at(at("Measuring", 1.0), 0.0)
    assert pace.at(at("Fitting"), 0.1).seconds_left is None
    assert pace.at(at("Judging"), 3.1).seconds_left == pytest.approx(3)


def test_a_first_training_that_slows_down_says_so():
    pace = Pace({}, 100, 0.0, typical=FIRST)
    pace.at(at("Training", 0.5), 10.0)
    assert pace.at(at("Training", 0.51), 40.0).seconds_left > 38


def test_the_time_left_counts_the_phases_to_come():
    assert Pace(LEARNED, 100, 0.0).at(at("Reading"), 0.0).seconds_left == pytest.approx(10 + 20 + 10)


def test_the_time_left_never_rises_though_a_phase_drags_on():
    pace = Pace(LEARNED, 100, 0.0)
    told = [pace.at(at("Fitting", share), now).seconds_left for share, now in ((0.1, 1), (0.11, 20), (0.12, 60))]
    assert told == sorted(told, reverse=True)


def test_on_a_machine_that_is_busier_than_before_the_phases_to_come_take_longer_too():
    pace = Pace(LEARNED, 100, 0.0)
    pace.at(at("Reading"), 0.0)
    slower = pace.at(at("Fitting"), 30.0)  # three times the 10 s that it took
    assert slower.seconds_left == pytest.approx(3 * (20 + 10))
    assert pace.at(at("Fitting", 0.5), 60.0).seconds_left == pytest.approx(30 + 3 * 10)


def test_what_was_done_before_the_last_training_and_not_before_this_one_slows_nothing_to_come():
    pace = Pace({"Reading": 0.1, "Measuring": 0.001, "Fitting": 0.2}, 100, 0.0)
    for phase, now in (("Reading", 0.0), ("Measuring", 10.0)):
        pace.at(at(phase), now)
    assert pace.at(at("Fitting"), 60.0).seconds_left < 25


def test_the_share_never_falls_and_stays_below_the_whole():
    pace = Pace(LEARNED, 100, 0.0)
    shares = [
        pace.at(at(p), now).share for p, now in (("Reading", 1), ("Reading", 5), ("Fitting", 11), ("Fitting", 12))
    ]
    assert shares == sorted(shares)
    assert shares[-1] < 1


def test_what_one_training_took_is_what_the_next_one_of_twice_the_ecgs_expects():
    pace = Pace({}, 50, 0.0)
    for phase, now in (("Reading", 0.0), ("Fitting", 5.0)):
        pace.at(at(phase), now)
    learned = pace.measured(15.0)
    assert learned == pytest.approx({"Reading": 0.1, "Fitting": 0.2})
    assert Pace(learned, 100, 0.0).at(at("Reading"), 0.0).seconds_left == pytest.approx(30)


def test_phases_stand_in_order_those_to_come_after_those_that_passed():
    pace = Pace(LEARNED, 100, 0.0)
    assert pace.phases == ("Reading", "Fitting", "Comparing")
    pace.at(at("Reading"), 0.0)
    pace.at(at("Something new"), 1.0)
    assert pace.phases[:2] == ("Reading", "Something new")
    assert (pace.share_of("Reading"), pace.took("Reading")) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("seconds", "words"), [(None, ""), (3, "about 5 s left"), (41, "about 40 s left"), (100, "about 2 min left")]
)
def test_words_of_the_time_left(seconds, words):
    assert time_left(seconds) == words
