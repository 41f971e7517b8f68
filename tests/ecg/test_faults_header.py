"""Odd headers are read as they are meant, or refused with the field that cannot be read; frames keep all samples."""

import numpy as np
import pytest

from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg.readers import read_recording
from tests.ecg.recordings import noise, refusal, with_record_line, write


@pytest.mark.parametrize(
    ("case", "step_mv"),
    [("length_zero", 0), ("baseline_float", 0), ("gain_comma", 1 / 204.8), ("gain_space", 0), ("folder_in_name", 0)],
)
def test_the_shared_cases_hold_the_reference(cessl_data, case, step_mv):
    folder = cessl_data / "faults" / "header"
    wanted = read_recording(folder / "reference.hea")
    record = read_recording(folder / f"{case}.hea")
    assert record.leads == wanted.leads
    assert record.signal_mv.shape == wanted.signal_mv.shape
    assert np.abs(record.signal_mv - wanted.signal_mv).max() <= step_mv + 1e-6
    assert record.warnings == ()


@pytest.mark.parametrize("case", ["one_hz_x250", "quarter_62_5_x4"])
def test_shared_cases_of_several_samples_per_frame(cessl_data, case):
    folder = cessl_data / "faults" / "frames"
    wanted = read_recording(folder / "reference.hea")
    record = read_recording(folder / f"{case}.hea")
    assert record.fs_hz == 250.0
    assert record.leads == wanted.leads
    assert np.array_equal(record.signal_mv, wanted.signal_mv)


def one_lead(folder, fields, adu=None, samples=600):
    """A recording of lead II whose fields after the storage format are given."""
    adu = np.arange(samples) % 300 - 100 if adu is None else adu
    np.asarray(adu, "<i2").tofile(folder / "x.dat")
    (folder / "x.hea").write_text(f"x 1 250 {len(adu)}\nx.dat 16 {fields}\n")
    return folder / "x.hea", np.asarray(adu, float)


@pytest.mark.parametrize(
    ("gain", "factor", "baseline"),
    [
        ("200(10)/mV", 200, 10), ("200.5(-10)/mV", 200.5, -10), ("200,5(10)/mV", 200.5, 10),
        ("4,88(0)/mV", 4.88, 0), ("0,500/mV", 0.5, 0), ("2e2/mV", 200, 0), ("2.048E+02(0)/mV", 204.8, 0),
        ("200(512.0)/mV", 200, 512), ("200(512,0)/mV", 200, 512), ("200(512.)/mV", 200, 512),
        ("200 (10)/mV", 200, 10), ("200( 10 )/mV", 200, 10), ("200 (10) / mV", 200, 10), ("200(10) /mV", 200, 10),
        ("200/ mV", 200, 0), ("+200(+10)/mV", 200, 10), ("200(10)", 200, 10), ("200", 200, 0), ("-200/mV", -200, 0),
    ],
)  # fmt: skip
def test_gains_that_can_mean_but_one_thing(tmp_path, gain, factor, baseline):
    path, adu = one_lead(tmp_path, f"{gain} 16 0 0 0 0 II")
    record = read_recording(path)
    assert record.leads == ("II",)
    assert np.allclose(record.signal_mv[0], (adu - baseline) / factor, rtol=1e-6)


@pytest.mark.parametrize(
    "gain",
    [
        "1,000(0)/mV", "1.000,5(0)/mV", "1000(abc)/mV", "1000 (abc)/mV", "1000(1,024)/mV", "abc/mV", "abc(0)/mV",
        "1000(0/mV", "1000)0(/mV", "0x200/mV", "1e999/mV", "200;5/mV", "1 000(0)/mV", "nan/mV", "200(0)(0)/mV",
    ],
)  # fmt: skip
def test_a_gain_that_cannot_be_read_is_refused_with_the_field(tmp_path, gain):
    path, _ = one_lead(tmp_path, f"{gain} 16 0 0 0 0 II")
    said = refusal(path)
    assert "cannot be read" in said
    assert any(part in said for part in gain.split())


def test_more_signals_than_announced_are_refused(tmp_path):
    """Read as eleven leads, the samples of twelve would mix: each lead would show parts of all."""
    path = write(tmp_path, noise())
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0].replace(" 12 ", " 11 "), *lines[1:]]))
    assert refusal(path) == "r1.hea announces 11 signals and describes 12."


def test_words_after_the_signals_are_no_signals(tmp_path):
    path = write(tmp_path, noise())
    path.write_text(path.read_text() + "Bed 16 of ward 3\n")
    assert read_recording(path).leads == LEADS_12


@pytest.mark.parametrize(
    ("rest", "lead"),
    [
        ("16 0 0 0 0 II", "II"), ("16 0 0 0 0 ECG lead II", "II"), ("16 0 II", "II"), ("II", "II"), ("16 II", "II"),
        ("16 0 0 0 0", "channel 1"), ("", "channel 1"), ("16 0 0 0 0 12 lead", "12 lead"), ("12 0.0 -5 0 0 II", "II"),
    ],
)  # fmt: skip
def test_fields_that_are_left_out(tmp_path, rest, lead):
    path, adu = one_lead(tmp_path, f"200/mV {rest}")
    record = read_recording(path)
    assert record.leads == (lead,)
    assert np.allclose(record.signal_mv[0], adu / 200)


@pytest.mark.parametrize("rest", ["16 0.5 0 0 0 II", "16 a 0 0 0 0 II", "16 0 0 0,5 0 II", "16bit 0 0 0 0 II"])
def test_a_field_after_the_gain_that_cannot_be_read_is_not_taken_for_a_name(tmp_path, rest):
    assert "cannot be read" in refusal(one_lead(tmp_path, f"200/mV {rest}")[0])


def test_the_zero_of_the_converter_is_the_baseline_where_none_is_given(tmp_path):
    path, adu = one_lead(tmp_path, "200/mV 11 1024 0 0 0 II")
    assert np.allclose(read_recording(path).signal_mv[0], (adu - 1024) / 200)


@pytest.mark.parametrize("name", ["beats/x.dat", "a/b/x.dat", "beats\\x.dat", "./x.dat", "/data/x.dat", "../x.dat"])
def test_of_a_path_the_file_of_that_name_beside_the_header_is_meant(tmp_path, name):
    path, adu = one_lead(tmp_path, "200/mV 16 0 0 0 0 II")
    path.write_text(path.read_text().replace("x.dat", name))
    assert np.allclose(read_recording(path).signal_mv[0], adu / 200)


def test_a_path_that_could_mean_two_files_is_refused(tmp_path):
    path, adu = one_lead(tmp_path, "200/mV 16 0 0 0 0 II")
    (tmp_path / "beats").mkdir()
    (adu + 1).astype("<i2").tofile(tmp_path / "beats" / "x.dat")
    path.write_text(path.read_text().replace("x.dat", "beats/x.dat"))
    assert "outside its own folder" in refusal(path)


@pytest.mark.parametrize("record_name", ["beats/x", "beats/100", "a/b/7"])
def test_a_record_name_may_be_a_path_that_ends_in_a_number(tmp_path, record_name):
    path, adu = one_lead(tmp_path, "200/mV 16 0 0 0 0 II")
    assert np.allclose(read_recording(with_record_line(path, f"{record_name} 1 250 600")).signal_mv[0], adu / 200)


@pytest.mark.parametrize("rate", ["62,5", "62.5", "6.25e1", "62.5/1000", "62.5/360(0)"])
def test_spellings_of_a_rate(tmp_path, rate):
    path = write(tmp_path, noise())
    assert read_recording(with_record_line(path, f"r1 12 {rate} 1000")).fs_hz == 62.5


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("10:00:00 05-May-2020", "2020-05-05 10:00:00"), ("05-May-2020 10:00:00", "2020-05-05 10:00:00"),
        ("10:00:00 5-MAY-2020", "2020-05-05 10:00:00"), ("10:00:00 05/05/2020", "2020-05-05 10:00:00"),
        ("10:00:00 05.05.2020", "2020-05-05 10:00:00"), ("10:00:00 2020-05-05", "2020-05-05 10:00:00"),
        ("2020-05-05T10:00:00", "2020-05-05 10:00:00"), ("10:00:00.250 2020/05/05", "2020-05-05 10:00:00.250"),
        ("10:00:00 5 May 2020", "2020-05-05 10:00:00"), ("25:00:00 05/05/2020", "2020-05-05"),
        ("10:00:00 05-Xyz-2020", ""), ("10:00:00 2020-13-05", ""), ("10:00:00 05/05/20", ""),
    ],
)  # fmt: skip
def test_dates_in_any_form(tmp_path, words, wanted):
    path = write(tmp_path, noise())
    assert read_recording(with_record_line(path, f"r1 12 500 1000 {words}")).recorded_at == wanted


def framed(folder, per_frame, units, leads, frame_hz=100, frames=50):
    """A record whose signals have samples of their own number in a frame."""
    rng = np.random.default_rng(5)
    signals = [rng.integers(-500, 500, frames * n) for n in per_frame]
    np.hstack([s.reshape(frames, -1) for s in signals]).astype("<i2").tofile(folder / "x.dat")
    lines = [
        f"x.dat 16x{n} 200/{unit} 16 0 0 0 0 {lead}" for n, unit, lead in zip(per_frame, units, leads, strict=True)
    ]
    (folder / "x.hea").write_text("\n".join([f"x {len(leads)} {frame_hz} {frames}", *lines]))
    return folder / "x.hea", signals


@pytest.mark.parametrize(("frame_hz", "per_frame", "rate"), [(100, 5, 500.0), (0.5, 500, 250.0), (31.25, 16, 500.0)])
def test_the_rate_is_that_of_the_samples_and_not_of_the_frames(tmp_path, frame_hz, per_frame, rate):
    path, signals = framed(tmp_path, [per_frame] * 2, ["mV"] * 2, ["I", "V1"], frame_hz)
    record = read_recording(path)
    assert record.fs_hz == rate
    assert np.allclose(record.signal_mv, np.stack(signals) / 200, atol=1e-6)


def test_of_several_rates_the_ecgs_own_is_the_highest_among_the_voltages(tmp_path):
    path, signals = framed(tmp_path, [5, 1, 10, 5], ["mV", "mV", "mmHg", "uV"], ["II", "V1", "ABP", "V5"])
    record = read_recording(path)
    assert (record.fs_hz, record.leads) == (500.0, ("II", "V5"))
    assert np.allclose(record.signal_mv[0], signals[0] / 200, atol=1e-6)
    assert np.allclose(record.signal_mv[1], signals[3] / 200_000, atol=1e-6)
    assert set(record.warnings) == {
        "channel ABP left out: its unit is mmHg",
        "channel V1 left out: it is sampled at 100 Hz and not 500 Hz",
    }


def test_a_faster_muscle_signal_does_not_push_out_the_leads(tmp_path):
    path, _ = framed(tmp_path, [5, 5, 20], ["mV", "mV", "uV"], ["I", "V2", "EMG"])
    record = read_recording(path)
    assert (record.fs_hz, record.leads) == (500.0, ("I", "V2"))


def test_the_only_signal_is_read_at_its_own_rate(tmp_path):
    path, signals = framed(tmp_path, [4, 1], ["NU", "mV"], ["PLETH", "V"])
    record = read_recording(path)
    assert (record.fs_hz, record.leads) == (100.0, ("V",))
    assert np.allclose(record.signal_mv[0], signals[1] / 200, atol=1e-6)


@pytest.mark.parametrize(
    ("fields", "unit"),
    [
        ("1000 uV I", "uV"), ("1000 (0) uV I", "uV"), ("200 mV", "mV"), ("200 microvolts", "microvolts"),
        ("1000 16 0 0 0 0 uV I", "uV"), ("1000 16 0 0 0 0 I [uV]", "uV"), ("1000 16 0 0 0 0 I uV", "uV"),
        ("1000 I_µV", "µV"), ("1000 I in uV", "uV"), ("1000 I (1 uV/LSB)", "uV"),
        ("1000uV I", "1000uV"), ("uV I", "uV"),
    ],
)  # fmt: skip
def test_a_unit_apart_from_its_gain_is_no_lead_name(tmp_path, fields, unit):
    assert (
        refusal(one_lead(tmp_path, fields)[0]) == f"x.hea has a unit apart from its gain that cannot be read: {unit}."
    )


@pytest.mark.parametrize(
    ("fields", "lead"), [("200 V", "V"), ("200 I (mV)", "I"), ("1000/uV I (mV)", "I"), ("200 V 1", "V1")]
)
def test_lead_v_and_a_unit_that_agrees_or_stands_beside_a_stated_one_are_names(tmp_path, fields, lead):
    assert read_recording(one_lead(tmp_path, fields)[0]).leads == (lead,)


@pytest.mark.parametrize("other", ["./x.dat", "beats/x.dat", ".\\x.dat"])
@pytest.mark.parametrize("length", ["600", ""])
def test_one_file_under_two_spellings_is_one(tmp_path, other, length):
    adu = np.arange(1200).reshape(600, 2)
    adu.astype("<i2").tofile(tmp_path / "x.dat")
    (tmp_path / "x.hea").write_text(
        f"x 2 250 {length}\nx.dat 16 200/mV 16 0 0 0 0 V1\n{other} 16 200/mV 16 0 0 0 0 V2\n"
    )
    assert np.allclose(read_recording(tmp_path / "x.hea").signal_mv, adu.T / 200)


@pytest.mark.parametrize("other", ["../x.dat", "beats/../../x.dat", "..\\x.dat"])
def test_a_file_of_the_same_name_in_a_folder_above_is_another(tmp_path, other):
    np.arange(1200).astype("<i2").tofile(tmp_path / "x.dat")
    (tmp_path / "x.hea").write_text(f"x 2 250\nx.dat 16 200/mV 16 0 0 0 0 V1\n{other} 16 200/mV 16 0 0 0 0 V2\n")
    assert refusal(tmp_path / "x.hea").startswith("x.hea names x.dat in two folders (")


def test_more_signals_under_another_spelling_are_refused(tmp_path):
    path, _ = one_lead(tmp_path, "200/mV 16 0 0 0 0 II")
    path.write_text(path.read_text() + "./x.dat 16 200/mV 16 0 0 0 0 V1\n")
    assert refusal(path) == "x.hea announces 1 signals and describes 2."


@pytest.mark.parametrize("comment", ["Units: microvolts", "unit = uV", "ADC gain: 4000", "Resolution: 4.88 uV"])
def test_a_unit_or_a_gain_in_a_comment_is_said_not_to_be_applied(tmp_path, comment):
    warnings = read_recording(write(tmp_path, noise(), comments=[comment])).warnings
    assert any("is not applied: unit and gain are those" in warning for warning in warnings)


@pytest.mark.parametrize(
    ("comments", "line", "wanted", "said"),
    [
        (["age: 81", "sex: female", "ECG date: 13/10/1990"], "", ("1990-10-13", "81", "Female"), ""),
        (["ECG date: 1990-10-01", "ECG time: 10:22"], "", ("1990-10-01 10:22:00", "", ""), ""),
        (["ECG date: 01/10/1990"], "", ("", "", ""), "may begin with the day or the month"),
        (["Infarction date: 1990-10-01"], "", ("", "", ""), ""),
        (["ECG date: 01/10/1990"], "10:00:00 01/10/1990", ("1990-10-01 10:00:00", "", ""), ""),
        (["Date: 02/11/1991"], "10:00:00 01/10/1990", ("1990-10-01 10:00:00", "", ""), "state another date"),
        (["Recorded on: 2011-04-05", "Date: 2012-01-01"], "", ("", "", ""), "several dates"),
        (["Age: 50", "Age: 60"], "", ("", "", ""), "several ages"),
        (["Age: 50", "Patient age: 50"], "", ("", "50", ""), ""),
        (["Sex: M", "Gender: F"], "", ("", "", ""), "several sexes"),
        (["Patient: 1234", "Patient: 1235"], "", ("", "", ""), "several patients"),
        (["Geschlecht: weiblich", "Alter: 44"], "", ("", "44", "Female"), ""),
        (["Sexo: Mujer", "Sexe: femme"], "", ("", "", "Female"), ""),
        (["Age at diagnosis: 12", "Age at the time of ECG: 44"], "", ("", "44", ""), ""),
        (["DOB: 1950-03-02", "Date: 2010-03-01"], "", ("2010-03-01", "59", ""), ""),
        (["Age: 30", "DOB: 1950-03-02", "Date: 2010-03-05"], "", ("2010-03-05", "30", ""), "makes 60"),
    ],
)
def test_what_comments_say_of_date_age_and_sex(tmp_path, comments, line, wanted, said):
    """A date that the first line does not state was nowhere; one that contradicts it, or two ages, were passed over."""
    path = write(tmp_path, noise(), comments=comments)
    record = read_recording(with_record_line(path, f"r1 12 500 1000 {line}"))
    assert (record.recorded_at, record.age, record.sex) == wanted
    assert said in " ".join(record.warnings)
    assert bool(record.warnings) == bool(said)
