"""What goes out of a project besides labels: measurements, effects of leads, copies, predictions of a folder."""

import csv

import numpy as np
import pytest

from cessl_gui.core.errors import CesslError, NotWritten
from cessl_gui.core.measurements import Measurements
from cessl_gui.core.task import NOBODY_WAITS
from cessl_gui.core.types import ModelInfo, PerLead, State
from cessl_gui.ecg.readers import find_recordings, read_recording
from cessl_gui.ecg.synthetic import synthetic_record
from cessl_gui.tasks.export.taking_out import take_out
from cessl_gui.tasks.models import predicting

AF = "164889003"


@pytest.fixture
def ward(project):
    """Two synthetic ECGs; ids in the order of import."""
    for number in (1, 2):
        record = synthetic_record("sinus rhythm", number)
        project.records.add(record)
        project.waveforms.write(record)
    return project


def rows(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_measurements_have_value_unit_and_doubt(ward, tmp_path):
    first, second = ward.records.ids()
    ward.measurements.keep(
        [(Measurements(first, values={"rate": 71.0}, doubtful={"rate": "few beats"}, missing={"pr": "no P"}), 0)]
    )
    take_out(ward, tmp_path / "m.csv", "measurements", [first], NOBODY_WAITS)
    written = {row["quantity"]: row for row in rows(tmp_path / "m.csv")}
    assert (written["rate"]["value"], written["rate"]["unit"]) == ("71.0", "/min")
    assert written["rate"]["why_doubtful_or_missing"] == "few beats"
    assert (written["pr"]["value"], written["pr"]["why_doubtful_or_missing"]) == ("", "no P")
    assert second not in {row["record"] for row in written.values()}


def test_what_is_not_measured_yet_is_measured_for_the_export(ward, tmp_path):
    take_out(ward, tmp_path / "m.csv", "measurements", [], NOBODY_WAITS)
    assert {row["record"] for row in rows(tmp_path / "m.csv")} == set(ward.records.ids())


def test_the_effect_of_each_lead_is_written_with_and_without_it(ward, tmp_path, monkeypatch):
    ward.models.add(ModelInfo("m", "m", "tiny", "0" * 64, (AF,), {}, "", "base", "2026"), {})
    ward.models.activate("m")
    table = np.full((12, 1), 0.25, np.float32)
    monkeypatch.setattr(
        predicting, "per_lead", lambda project, i, model: PerLead(i, "m", (AF,), np.float32([0.5]), table, table)
    )
    result = take_out(ward, tmp_path / "leads.csv", "leads", ward.records.ids()[:1], NOBODY_WAITS)
    written = rows(tmp_path / "leads.csv")
    assert result.written == len(written) == 12
    assert (written[6]["lead"], written[6]["without_lead"]) == ("V1", "0.25000")


def test_without_a_model_there_is_no_effect_to_write(ward, tmp_path):
    with pytest.raises(CesslError, match="no model yet"):
        take_out(ward, tmp_path / "leads.csv", "leads", [], NOBODY_WAITS)


@pytest.mark.parametrize("kind", ["wfdb", "edf", "hdf5", "csv-signal", "dicom"])
def test_a_copy_has_the_signal_and_is_called_by_the_id(ward, tmp_path, kind):
    first = ward.records.ids()[0]
    assert take_out(ward, tmp_path / "out", kind, [first], NOBODY_WAITS).written == 1
    (path,) = [path for path in (tmp_path / "out").iterdir() if path.suffix != ".dat"]
    assert path.stem == first
    again, before = read_recording(find_recordings([path])[0]), ward.waveforms.read(first)
    assert again.leads == before.leads
    assert np.allclose(again.signal_mv, before.signal_mv, atol=0.003)


def test_de_identified_copies_have_a_key_next_to_their_folder(ward, tmp_path):
    first = ward.records.ids()[0]
    take_out(ward, tmp_path / "out", "wfdb", [first], NOBODY_WAITS, deidentify=True)
    (key,) = rows(tmp_path / "out_key.csv")
    assert key["record"] == first
    assert (tmp_path / "out" / f"{key['copy']}.hea").exists()
    assert first not in (tmp_path / "out" / f"{key['copy']}.hea").read_text()


def test_a_copy_replaces_nothing(ward, tmp_path):
    first = ward.records.ids()[0]
    (tmp_path / f"{first}.edf").write_text("mine")
    result = take_out(ward, tmp_path, "edf", [first], NOBODY_WAITS)
    assert (result.written, len(result.left_out)) == (0, 1)
    assert (tmp_path / f"{first}.edf").read_text() == "mine"


def test_a_table_replaces_no_other_file(ward, tmp_path):
    (tmp_path / "letter.csv").write_text("Dear colleague")
    with pytest.raises(NotWritten, match="no earlier export"):
        take_out(ward, tmp_path / "letter.csv", "measurements", [], NOBODY_WAITS)


@pytest.mark.parametrize("kind", ["csv", "csv-wide", "json", "fhir", "wfdb-labels"])
def test_labels_go_out_of_the_chosen_records_alone(ward, tmp_path, kind):
    first, second = ward.records.ids()
    for record_id in (first, second):
        ward.labels.set(record_id, AF, State.PRESENT, "a")
    take_out(ward, tmp_path / "out", kind, [first], NOBODY_WAITS)
    out = tmp_path / "out"
    written = "".join(path.name for path in out.iterdir()) if out.is_dir() else out.read_text()
    assert first in written
    assert second not in written
