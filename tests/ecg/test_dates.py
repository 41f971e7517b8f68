"""Dates as files write them: one meaning or none, and why there is none."""

import pytest

from cessl_gui.ecg import patients
from cessl_gui.ecg.dates import Order, in_seconds, recorded, when
from cessl_gui.ecg.readers.person import when_and_age


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("2020-05-15 09:50:55", "2020-05-15 09:50:55"), ("20200515 095055.000", "2020-05-15 09:50:55"),
        ("20200515095055", "2020-05-15 09:50:55"), ("20200515095055.000+0100", "2020-05-15 09:50:55"),
        ("2020-05-15T09:50:55+02:00", "2020-05-15 09:50:55"), ("2020/05/15 10.30.15", "2020-05-15 10:30:15"),
        ("05-15-2020 09:50:55", "2020-05-15 09:50:55"), ("15/05/2020", "2020-05-15"), ("04/04/2020", "2020-04-04"),
        ("15.05.2020 9:50", "2020-05-15 09:50"), ("03.04.2020", "2020-04-03"), ("15. Mai 1970", "1970-05-15"),
        ("Apr 15, 1970", "1970-04-15"), ("May 5th, 2020 10:00 AM", "2020-05-05 10:00"),
        ("03:15:20 PM 2020-05-05", "2020-05-05 15:15:20"), ("12:05 am 2020-05-05", "2020-05-05 00:05"),
        ("10:00:00.250 2020/05/05", "2020-05-05 10:00:00.250"), ("15-JAN-2020", "2020-01-15"),
        ("", ""), ("00/00/0000", ""), ("0000-00-00 00:00:00", ""), ("unknown", ""), ("9:17:34", ""),
    ],
)  # fmt: skip
def test_a_date_with_one_meaning_is_read_and_its_absence_is_no_doubt(written, at):
    assert when(written) == (at, "")


@pytest.mark.parametrize(
    ("written", "at", "doubt"),
    [
        ("03/04/2020", "", "day or the month"), ("9:17 09-11-1984", "", "day or the month"),
        ("05/05/20", "", "two digits"), ("15.05.20", "", "two digits"), ("2020-15-15", "", "cannot be read"),
        ("31/02/2020 09:17", "", "cannot be read"), ("10:00:00 05-Xyz-2020", "", "cannot be read"),
        ("1589529055", "", "cannot be read"), ("202005", "", "cannot be read"), ("yesterday 09:50", "", "cannot be"),
        ("1970-01-01 00:00:00", "", "stands for none"), ("1899-12-30", "", "stands for none"),
        ("25:00:00 05.05.2020", "2020-05-05", "time of day"), ("2020-05-05 13:00 PM", "2020-05-05", "time of day"),
        ("2020-05-15T09:50:55Z", "2020-05-15 09:50:55", "UTC"),
    ],
)  # fmt: skip
def test_what_is_not_certain_of_a_date_is_said(written, at, doubt):
    found = recorded(written)
    assert found.at == at
    assert doubt in found.doubt


@pytest.mark.parametrize(
    ("order", "written", "at"),
    [
        (Order.DAY, "09:17:34 09/11/1984", "1984-11-09 09:17:34"), (Order.MONTH, "09-11-1984", "1984-09-11"),
        (Order.DAY, "04/13/2020", ""), (Order.MONTH, "13-04-2020", ""), (Order.MONTH, "13.04.2020", "2020-04-13"),
    ],
)  # fmt: skip
def test_a_format_that_lays_down_the_order_is_followed(order, written, at):
    assert when(written, order).at == at


def test_seconds_are_whole():
    assert in_seconds("2020-05-15 09:50") == "2020-05-15 09:50:00"
    assert in_seconds("2020-05-15 09:50:55.250") == "2020-05-15 09:50:55"


@pytest.mark.parametrize(
    ("written", "age", "is_said"),
    [
        ("45", "45", False), ("129 years", "129 years", False), ("300", "over 89", False),
        ("6 months", "6 months", False),
        ("130", "", True), ("999", "", True), ("-1", "", True), ("2000 months", "", True), ("90000 days", "", True),
        ("unknown", "unknown", False), ("", "", False),
    ],
)  # fmt: skip
def test_an_age_that_nobody_has_is_none_and_that_is_said(written, age, is_said):
    found, doubt = patients.age(written)
    assert (found, bool(doubt)) == (age, is_said)


@pytest.mark.parametrize(
    ("age", "birth", "taken", "said"),
    [
        ("", "1960-02-29", "60", []), ("50", "03/04/1970", "50", []),
        ("", "03/04/1970", "", ["the date of birth may begin with the day or the month: none is taken"]),
        ("999", "", "", ["the age in the file is nobody's: none is taken"]),
        ("", "1850-01-01", "", ["the date of birth makes an age that nobody has: none is taken"]),
        ("", "2021-01-01", "", ["the date of birth makes an age that nobody has: none is taken"]),
        ("", "1900-01-01", "", []),
    ],
)  # fmt: skip
def test_an_age_by_the_date_of_birth_says_why_there_is_none(age, birth, taken, said):
    assert when_and_age("20200515", age, birth) == ("2020-05-15", taken, said)
