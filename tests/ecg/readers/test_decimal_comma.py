"""A comma that could end a column or begin decimals is understood by what the file says, and asked about otherwise."""

import numpy as np
import pytest

from cessl_gui.ecg.readers import read_recording
from cessl_gui.ecg.readers.given import Given, hertz
from cessl_gui.ecg.readers.tables.column_names import bare, unit_in
from cessl_gui.ecg.readers.tables.decimal_comma import comma_separates, marked_thousands
from tests.ecg.recordings import refusal

RATE = "# Sampling rate: 250\n"
BOTH = "taken for a decimal point"


def written(folder, head, rows):
    path = folder / "t.csv"
    path.write_text(head + "\n".join(rows) + "\n")
    return path


def counts():
    """Two leads of an analogue-digital converter: whole numbers without a sign."""
    return np.random.default_rng(0).integers(100, 900, (2, 1000))


def pairs():
    return [f"{one},{two}" for one, two in counts().T]


@pytest.mark.parametrize(
    "head",
    [
        "I (uV),II (uV)\n", "# Unit: uV\nI,II\n", "I,II\nuV,uV\n", "I_uV,II/uV\n", "# Unit: uV\nECG 1,ECG 2\n",
        "I (uV),II (uV)\n# Site: ward 3\n", "Left [uV],Right [uV]\n", "V1,-aVR\n",
    ],
)  # fmt: skip
def test_a_heading_with_a_comma_names_two_columns(tmp_path, head):
    record = read_recording(written(tmp_path, RATE + head, pairs()), Given(step_mv=1e-3))
    assert np.allclose(record.signal_mv[:2], counts() * 1e-3)
    assert not any(BOTH in guess for guess in record.guesses)


@pytest.mark.parametrize("head", ["ECG (mV)\n", "Voltage, mV\n", "# Unit: mV\n# Lead: II\n", "II\nmV\n"])
def test_a_heading_without_one_names_one_column(tmp_path, head):
    record = read_recording(written(tmp_path, RATE + head, pairs()), Given(step_mv=1.0))
    assert np.allclose(record.signal_mv[0], counts()[0] + counts()[1] / 1000)
    assert record.guesses == ()


@pytest.mark.parametrize("head", ["# Unit: uV\n", "# Unit: uV\nbed,ward\n"])
def test_without_a_heading_it_is_asked(tmp_path, head):
    path = written(tmp_path, RATE + head, pairs())
    assert any(BOTH in guess for guess in read_recording(path).guesses)
    two = read_recording(path, Given(leads=("I", "II")))
    assert np.allclose(two.signal_mv[:2], counts() * 1e-3)
    assert two.guesses == ()
    one = read_recording(path, Given(leads=("I",)))
    assert len(one.leads) == 1
    assert one.guesses == ()


@pytest.mark.parametrize(("separator", "mark"), [(";", ","), ("\t", ","), (";", "."), (",", ".")])
def test_marks_of_thousands_are_refused(tmp_path, separator, mark):
    rows = [f"{one}{separator}{-two * 3:,}".replace(",", mark) for one, two in counts().T]
    if separator == ",":
        rows = [f"{one},{f'{-two * 3:,}'.replace(',', mark)}" for one, two in counts().T]
    path = written(tmp_path, RATE + f"V1 (uV){separator}V2 (uV)\n", rows)
    assert "may be a thousand times as much" in refusal(path)


@pytest.mark.parametrize("form", ["{:.3f}", "{:.6g}", "{:.2f}", "{:.0f}"])
def test_decimals_are_no_marks_of_thousands(tmp_path, form):
    rows = [";".join([str(i), form.format(one / 8), form.format(two / 8)]) for i, (one, two) in enumerate(counts().T)]
    record = read_recording(written(tmp_path, RATE + "sample;V1 (uV);V2 (uV)\n", rows))
    assert np.allclose(record.signal_mv, counts() / 8000, atol=1e-3)


def test_marks_of_thousands_are_looked_for_in_the_first_whole_lines(monkeypatch):
    monkeypatch.setattr("cessl_gui.ecg.readers.tables.decimal_comma.LARGEST_LOOK", 15)
    assert marked_thousands("512;1\n1,024;2\n1,030;3", ";") == "1,024"
    assert marked_thousands("512;1\n514;2\n1,030;3", ";") == ""


def test_long_runs_of_spaces_take_no_time():
    """Looked through as they are, they would take hours."""
    spaces = " " * 100_000
    assert bare(f"[{spaces}I{spaces}mv_") == f"[{spaces}I{spaces}mv_"
    assert hertz(f"500{spaces}x") == 500
    assert unit_in("II [uV]") == "uV"


def decided(rows):
    return comma_separates(rows, [], lambda cell: False)


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        (["12,5", "11,05", "10,1"], False), (["12,5", "11", "10,1"], False), (["1,25E-02", "3,10E+01"], False),
        (["12,-5", "11,4"], True), (["12,0.5", "11,4"], True), (["12,", "11,4"], True), (["nan,5", "11,4"], True),
        (["0,512", "1,511", "2,530"], True), (["0512,0530", "0511,0099"], None), (["512,530", "511,520"], None),
    ],
)  # fmt: skip
def test_what_the_numbers_themselves_say(rows, wanted):
    assert decided(rows) is wanted


def test_each_column_has_the_unit_in_its_name(tmp_path):
    rows = [f"{a},{b / 1000},{a / 1e6},{b * 1000}" for a, b in counts().T]
    record = read_recording(written(tmp_path, RATE + "V1_uV,V2/mV,V3/V,V4 in nV\n", rows))
    assert record.leads == ("V1", "V2", "V3", "V4")
    assert np.allclose(record.signal_mv, [*counts() * 1e-3, *counts() * 1e-3])
    assert record.warnings == ()


def test_a_column_without_a_unit_is_guessed_alone(tmp_path):
    rows = [f"{a},{b / 1000}" for a, b in counts().T]
    record = read_recording(written(tmp_path, RATE + "V1 [uV],V2\n", rows))
    assert np.allclose(record.signal_mv, counts() * 1e-3)
    assert [guess[:30] for guess in record.guesses] == ["unit of V2 not stated: mV gues"]


@pytest.mark.parametrize(("head", "steps"), [("V1 [uV],V2\n", [1e-3, 0.5]), ("V1,V2\n", [0.5, 0.5])])
def test_a_unit_that_is_said_is_that_of_the_columns_that_state_none(tmp_path, head, steps):
    record = read_recording(written(tmp_path, RATE + head, pairs()), Given(step_mv=0.5))
    assert np.allclose(record.signal_mv, counts() * np.array(steps)[:, None])
    assert record.guesses == ()


def test_a_unit_that_is_said_goes_before_those_of_all_columns(tmp_path):
    record = read_recording(written(tmp_path, RATE + "V1 [uV],V2 [mV]\n", pairs()), Given(step_mv=0.5))
    assert np.allclose(record.signal_mv, counts() * 0.5)


@pytest.mark.parametrize(
    ("said", "hz"),
    [
        ("1 000 Hz", 1000), ("1'000 Hz", 1000), ("1\u2019000", 1000), ("1\u202f000 Hz", 1000), ("1,000.0 Hz", 1000),
        ("10,000 Hz", 10_000), ("10.000,0", 10_000), ("500,000", 500), ("250.000 Hz", 250), ("0.5 kHz", 500),
        ("500 S/s", 500), ("500 s-1", 500), ("62.5", 62.5), ("512.4 hertz", 512.4), ("500 samples/s", 500),
        ("25,000 Hz", None), ("2 ms", None), ("0.004 s", None), ("500 mHz", None), ("250 000 Hz", None),
        ("0.05-150 Hz", None), ("500 250 100", None),
    ],
)  # fmt: skip
def test_thousands_and_units_of_a_rate(said, hz):
    assert hertz(said) == hz


@pytest.mark.parametrize(
    ("line", "hz"), [("Sampling rate: 1'000 Hz", 1000), ("Sampling rate (kHz): 2", 2000), ("fs [Hz]: 250", 250)]
)
def test_the_rate_above_a_table(tmp_path, line, hz):
    assert read_recording(written(tmp_path, f"# {line}\nI (uV),II (uV)\n", pairs())).fs_hz == hz


def test_a_rate_that_is_not_understood_is_asked_about(tmp_path):
    path = written(tmp_path, "# Sampling rate: 2 ms\nI (uV),II (uV)\n", pairs())
    assert any("'2 ms' not understood" in guess for guess in read_recording(path).guesses)
    assert read_recording(path, Given(fs_hz=500.0)).guesses == ()
