"""Recordings of several segments are joined by the names, units and lengths that each segment's own header gives."""

import numpy as np
import pytest
from scipy.io import savemat

from cessl_gui.core.task import Task
from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg.readers import find_recordings, read_recording, search
from cessl_gui.store.project import Project
from cessl_gui.tasks.recordings.importing import import_paths
from tests.ecg.recordings import noise, refusal


def rows(record):
    return dict(zip(record.leads, record.signal_mv, strict=True))


def segment(folder, name, signal, leads, gain=200, unit="mV", rate="250", length=True, storage="16"):
    """A segment of 16-bit samples. signal: mV; gain: per unit."""
    per_mv = gain * {"mV": 1, "uV": 1000, "µV": 1000, "V": 1e-3}[unit]
    np.round(np.asarray(signal) * per_mv).astype("<i2").T.tofile(folder / f"{name}.dat")
    lines = [f"{name}.dat {storage} {gain}(0)/{unit} 16 0 0 0 0 {lead}" for lead in leads]
    count = np.shape(signal)[1] if length else ""
    (folder / f"{name}.hea").write_text("\n".join([f"{name} {len(leads)} {rate} {count}", *lines]), encoding="latin-1")


def whole(folder, parts, signals=12, total=None, words="", rate="250"):
    counts = [int(part.split()[1]) for part in parts]
    first = f"m/{len(parts)} {signals} {rate} {sum(counts) if total is None else total} {words}".strip()
    first = first if rate else f"m/{len(parts)} {signals}"
    (folder / "m.hea").write_text("\n".join([first, *parts]))
    return folder / "m.hea"


def test_leads_in_another_order_are_joined_by_name(cessl_data):
    folder = cessl_data / "faults" / "segments"
    record = read_recording(folder / "order_differs.hea")
    wanted = read_recording(folder / "reference.hea")
    assert record.leads == wanted.leads
    assert np.array_equal(record.signal_mv, wanted.signal_mv)


def test_a_layout_and_segments_that_lack_leads(cessl_data):
    folder = cessl_data / "faults" / "segments"
    record = read_recording(folder / "variable_layout.hea")
    wanted = rows(read_recording(folder / "reference.hea"))
    assert (record.fs_hz, record.signal_mv.shape, record.leads) == (250.0, (12, 1000), LEADS_12)
    for lead, row in rows(record).items():
        assert np.allclose(row[:500], wanted[lead][:500], atol=1e-6)
        if lead in ("V1", "II"):
            assert np.abs(row[500:] - wanted[lead][500:]).max() <= 1 / 200
        else:
            assert np.isnan(row[500:]).all()


def test_a_gap_has_no_values(cessl_data):
    folder = cessl_data / "faults" / "segments"
    record = read_recording(folder / "gap.hea")
    wanted = read_recording(folder / "reference.hea").signal_mv
    assert record.signal_mv.shape == (12, 1250)
    assert np.array_equal(record.signal_mv[:, :500], wanted[:, :500])
    assert np.isnan(record.signal_mv[:, 500:750]).all()
    assert np.array_equal(record.signal_mv[:, 750:], wanted[:, 500:])


def test_a_date_with_its_month_in_letters(cessl_data):
    record = read_recording(cessl_data / "faults" / "segments" / "month_in_letters.hea")
    assert record.signal_mv.shape == (12, 1000)
    assert record.recorded_at == "2020-05-05 10:00:00"


def test_each_segment_has_units_of_its_own(cessl_data):
    folder = cessl_data / "faults" / "units"
    record = read_recording(folder / "segments_mv_uv.hea")
    assert np.allclose(record.signal_mv, read_recording(folder / "reference.hea").signal_mv, atol=1e-6)


def test_importing_the_folder_takes_each_whole_once(cessl_data, tmp_path):
    folder = cessl_data / "faults" / "segments"
    names = [path.stem for path in find_recordings([folder])]
    assert names == ["gap", "month_in_letters", "order_differs", "reference", "variable_layout"]
    with Project.open(tmp_path / "p.cessl") as project:
        result = import_paths(project, [folder], Task())
    assert result.quarantined == []
    assert len(result.ids) == 5


def test_a_segment_that_is_named_itself_is_opened(cessl_data):
    path = cessl_data / "faults" / "segments" / "a.hea"
    assert find_recordings([path]) == [path]
    assert read_recording(path).signal_mv.shape == (12, 500)


@pytest.mark.parametrize("unit", ["uV", "µV", "V"])
@pytest.mark.parametrize("storage", ["16", "16x1:0"])
def test_other_units_orders_and_forms_of_a_second_segment(tmp_path, unit, storage):
    signal = noise(3, 400)
    segment(tmp_path, "a", signal[:, :150], ["I", "V1", "V2"])
    segment(tmp_path, "b", signal[::-1, 150:], ["C2", "v 1", "DI"], 1 if unit != "V" else 1e6, unit, storage=storage)
    record = read_recording(whole(tmp_path, ["a 150", "b 250"], 3))
    assert record.leads == ("I", "V1", "V2")
    assert np.abs(record.signal_mv - signal).max() < 1 / 200


def test_signals_without_names_are_joined_by_number(tmp_path):
    signal = noise(2, 300)
    segment(tmp_path, "a", signal[:, :100], ["", ""])
    segment(tmp_path, "b", signal[:, 100:], ["", ""])
    record = read_recording(whole(tmp_path, ["a 100", "b 200"], 2))
    assert record.leads == ("channel 1", "channel 2")
    assert np.abs(record.signal_mv - signal).max() < 1 / 200


def test_a_modified_lead_of_one_segment_is_not_joined_to_the_true_one_of_another(tmp_path):
    segment(tmp_path, "a", noise(2, 100), ["II", "V1"])
    segment(tmp_path, "b", noise(2, 100) + 1, ["MLII", "V1"])
    record = read_recording(whole(tmp_path, ["a 100", "b 100"], 2))
    assert record.leads == ("II", "V1", "MLII")
    assert np.isnan(rows(record)["II"][100:]).all()


def test_limb_leads_are_derived_where_a_segment_has_two_of_them(tmp_path):
    segment(tmp_path, "a", noise(2, 100), ["I", "II"])
    segment(tmp_path, "b", noise(1, 100), ["II"])
    record = read_recording(whole(tmp_path, ["a 100", "b 100"], 2))
    assert record.derived == ("III", "aVR", "aVL", "aVF")
    assert np.isfinite(rows(record)["III"][:100]).all()
    assert np.isnan(rows(record)["III"][100:]).all()


def test_gaps_first_and_last_and_a_total_that_is_not_told(tmp_path):
    segment(tmp_path, "a", noise(2, 100), ["II", "V1"])
    record = read_recording(whole(tmp_path, ["~ 50", "a 100", "~ 25"], 2, total=0))
    assert record.signal_mv.shape == (2, 175)
    assert np.isnan(record.signal_mv[:, :50]).all()
    assert np.isnan(record.signal_mv[:, 150:]).all()
    assert np.isfinite(record.signal_mv[:, 50:150]).all()
    assert record.warnings == ()


def test_a_total_that_is_not_the_sum_of_the_segments_is_said(tmp_path):
    segment(tmp_path, "a", noise(2, 100), ["II", "V1"])
    record = read_recording(whole(tmp_path, ["a 100", "a 100"], 2, total=300))
    assert record.warnings == ("the header announces 300 samples, its segments hold 200",)


def test_several_samples_per_frame_in_segments(tmp_path):
    signal = noise(1, 800)
    segment(tmp_path, "a", signal[:, :400], ["II"], storage="16x4")
    segment(tmp_path, "b", signal[:, 400:], ["II"], storage="16x4")
    for name in "ab":
        path = tmp_path / f"{name}.hea"
        path.write_text(path.read_text().replace("1 250 400", "1 250 100"))
    record = read_recording(whole(tmp_path, ["a 100", "b 100"], 1))
    assert (record.fs_hz, record.signal_mv.shape) == (1000.0, (1, 800))
    assert np.abs(record.signal_mv - signal).max() < 1 / 200


@pytest.mark.parametrize("length", [True, False])
def test_a_segment_may_leave_its_length_to_the_whole(tmp_path, length):
    segment(tmp_path, "a", noise(2, 100), ["II", "V1"], length=length)
    assert read_recording(whole(tmp_path, ["a 100"], 2)).signal_mv.shape == (2, 100)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"rate": "500"}, "has a rate of its own: 500 Hz and not 250 Hz"),
        ({"signal": noise(2, 90)}, "counts 100 samples of its segment b.hea, which counts 90"),
        ({"signal": noise(2, 90), "length": False}, "cut off"),
        ({"leads": ["ABP", "PLETH"], "unit": "mV"}, ""),
    ],
)
def test_segments_that_do_not_fit_together(tmp_path, change, words):
    segment(tmp_path, "a", noise(2, 100), ["II", "V1"])
    segment(tmp_path, "b", **({"signal": noise(2, 100), "leads": ["II", "V1"]} | change))
    path = whole(tmp_path, ["a 100", "b 100"], 2)
    assert words in refusal(path) if words else read_recording(path).leads == ("II", "V1", "ABP", "PLETH")


@pytest.mark.parametrize("other", ["500", ""])
def test_the_rate_of_the_segments_holds_where_the_whole_states_none(tmp_path, other):
    segment(tmp_path, "a", noise(2, 100), ["II", "V1"], rate="500")
    segment(tmp_path, "b", noise(2, 100), ["II", "V1"], rate=other, length=bool(other))
    record = read_recording(whole(tmp_path, ["~ 20", "b 100", "a 100"], 2, rate=""))
    assert record.fs_hz == 500
    assert record.warnings == ("the header gives no sampling rate: that of its segments taken, 500 Hz",)


def test_segments_of_two_rates_are_not_joined(tmp_path):
    segment(tmp_path, "a", noise(2, 100), ["II", "V1"], rate="500")
    segment(tmp_path, "b", noise(2, 100), ["II", "V1"])
    said = refusal(whole(tmp_path, ["a 100", "b 100"], 2, rate=""))
    assert "has a rate of its own: 250 Hz and not 500 Hz" in said


def test_where_no_header_states_a_rate_the_usual_one_is_assumed(tmp_path):
    segment(tmp_path, "a", noise(2, 100), ["II", "V1"], rate="", length=False)
    record = read_recording(whole(tmp_path, ["a 100"], 2, rate=""))
    assert record.warnings == ("the header gives no sampling rate: 250 Hz assumed",)


def test_a_segment_that_is_missing_is_named(tmp_path):
    segment(tmp_path, "a", noise(2, 100), ["II", "V1"])
    assert "b.hea" in refusal(whole(tmp_path, ["a 100", "b 100"], 2))


@pytest.mark.parametrize("part", ["m 100", "../a 100"])
def test_a_header_cannot_hide_itself_or_headers_elsewhere(tmp_path, part):
    (tmp_path / "inner").mkdir()
    segment(tmp_path, "a", noise(2, 100), ["II", "V1"])
    path = whole(tmp_path / "inner", [part], 2)
    assert find_recordings([tmp_path]) == [tmp_path / "a.hea", path]


def test_a_lead_of_the_layout_that_no_segment_has_is_said(tmp_path):
    segment(tmp_path, "a", noise(2, 100), ["V1", "II"])
    (tmp_path / "l.hea").write_text("l 3 250 0\n" + "".join(f"~ 0 200/mV 16 0 0 0 0 {x}\n" for x in ("II", "V1", "V")))
    record = read_recording(whole(tmp_path, ["l 0", "a 100"], 3))
    assert record.leads == ("II", "V1")
    assert record.warnings == ("V is in no segment",)


def test_comments_and_dates_of_a_first_segment_hold_where_the_whole_has_none(tmp_path):
    segment(tmp_path, "a", noise(2, 100), ["II", "V1"])
    path = tmp_path / "a.hea"
    path.write_text(
        path.read_text().replace("250 100", "250 100 10:00:00 01/02/2020") + "\n# Age: 50\n# Dx: 426783006\n"
    )
    record = read_recording(whole(tmp_path, ["a 100"], 2))
    assert (record.age, record.statements, record.recorded_at) == ("50", ("426783006",), "2020-02-01 10:00:00")


def test_a_layout_that_is_named_itself_is_said_to_be_one(cessl_data):
    assert "layout of a recording of several segments" in refusal(cessl_data / "faults" / "segments" / "layout.hea")


@pytest.mark.parametrize(("began", "said"), [("10:00:02 05-May-2020", False), ("10:00:30 05-May-2020", True)])
def test_a_segment_that_by_its_own_date_begins_elsewhere_is_said(tmp_path, began, said):
    for name, date in (("a", "10:00:00 05-May-2020"), ("b", began)):
        segment(tmp_path, name, noise()[:2, :500], ("I", "II"))
        header = tmp_path / f"{name}.hea"
        header.write_text(header.read_text().replace(" 250 500", f" 250 500 {date}", 1))
    record = read_recording(whole(tmp_path, ["a 500", "b 500"], signals=2))
    assert [warning.startswith("segment b.hea begins at") for warning in record.warnings] == [True] * said


def test_data_called_otherwise_than_its_header_is_no_recording_of_its_own(tmp_path):
    rows = np.random.default_rng(0).integers(-500, 500, (2, 1000), "i2")
    (tmp_path / "a.hea").write_text(
        "a 2 250 1000\n./b.mat 16+24 1000/mV 16 0 0 0 0 I\nb.mat 16+24 1000/mV 16 0 0 0 0 II\n"
    )
    savemat(tmp_path / "b.mat", {"val": rows}, format="4")
    (tmp_path / "c.hea").write_text("c 1 250 1000\nd.dat 16 1000/mV 16 0 0 0 0 II\n")
    (tmp_path / "d.dat").write_bytes(rows[0].tobytes())
    (tmp_path / "e.dat").write_bytes(rows[1].tobytes())
    savemat(tmp_path / "f.mat", {"val": rows})
    found = search([tmp_path])
    assert [path.name for path in found.recordings] == ["a.hea", "c.hea", "f.mat"]
    assert found.passed_over == {".dat": 1}
