"""The earlier ECG of a patient: by dates, by names where there are none, and why there is none."""

from cessl_gui.core.reading.earlier import earlier_of
from cessl_gui.core.types import LEADS_12, RecordInfo


def info(name: str, patient: str, recorded_at: str = "", samples: int = 5000) -> RecordInfo:
    facts = (500.0, samples, LEADS_12, (), patient, recorded_at, "", "", (), "wfdb", False)
    return RecordInfo(name, name, f"/nowhere/{name}.hea", *facts)


def earlier(name: str, *infos: RecordInfo) -> tuple[str | None, str]:
    found, words = earlier_of(next(i for i in infos if i.name == name), infos)
    return found and found.name, words


def test_dates_decide_whatever_their_hours_lack():
    some = (
        info("b", "p1", "2020-05-06 10:00:00"),
        info("c", "p1", "2020-05-07 09:00:00"),
        info("a", "p1", "2021-01-01 08:00:00"),
        info("other", "p2", "2000-01-01 08:00:00"),
    )
    assert earlier("c", *some) == ("b", "")
    assert earlier("a", *some) == ("c", "")
    assert earlier("b", *some) == (None, "There is no earlier ECG of this patient in this project (2 later ones).")
    assert earlier("b", some[0]) == (None, "There is no earlier ECG of this patient in this project.")
    ten = (info("ten", "p", "2024-05-06 10:05:00"), info("nine", "p", "2024-05-06 9:05:00"))
    assert earlier("ten", *ten) == ("nine", "")
    assert earlier("nine", *ten)[0] is None


def test_without_dates_names_decide_which_is_said():
    some = (info("n", "p", "9:00:00"), info("m", "p", "14:00:00"))
    found, words = earlier("n", *some)
    assert found == "m"
    assert "no dates" in words
    found, words = earlier("z", info("z", "p", "2000-01-01 08:00:00"), info("y", "p"))
    assert found == "y"
    assert "no dates" in words


def test_without_a_date_of_its_own_nothing_is_said_to_be_later():
    found, words = earlier("n", info("n", "p"), info("m", "p", "2000-01-01 08:00:00"))
    assert found is None
    assert words == "This file carries no date: whether the other ECG of the patient came before is not known."


def test_dates_that_do_not_tell_are_not_taken_for_an_order():
    first, second = (info(name, "p", "2020-05-06 10:00:00") for name in "ab")
    found, words = earlier("b", second, first)
    assert found == "a"
    assert words == "Both ECGs are of 2020-05-06 10:00:00: the files do not tell which of them is the earlier one."
    found, words = earlier("b", info("a", "p", "2020-05-06"), second)
    assert found == "a"
    assert words.startswith("Both ECGs are of 2020-05-06:")
    assert earlier("b", info("a", "p", "2020-05-06 09:00:00"), second) == ("a", "")


def test_nobody_is_taken_for_another_and_what_is_too_long_is_not_compared():
    assert "names no patient" in earlier("a", info("a", ""), info("b", ""))[1]
    found, words = earlier("b", info("a", "p", samples=10_000_000), info("b", "p"))
    assert found is None
    assert words == "The earlier recording, a, is too long to be compared."
