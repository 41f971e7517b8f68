"""Commands on labels and numbers: what they print, where, and the exit status."""

import pytest

from cessl_gui.core.types import State
from cessl_gui.store.project import Project
from tests.cli.conftest import AF


@pytest.fixture
def labels_file(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("EKG,code,state\none,Flimmern,1\ntwo,SR,0\nfour,SR,0\n")
    return path


NAMED = ("--column", "record=EKG", "--word", "Flimmern=AF")


def test_labels_of_a_file_are_taken_in(cessl, folder, labels_file, tmp_path):
    cessl("import", tmp_path / "ward.cessl", folder)
    _, rows, _ = cessl("import-labels", tmp_path / "ward.cessl", labels_file, *NAMED)
    assert (rows[0]["written"], rows[0]["unmatched"]) == (2, 1)


def test_a_preview_of_labels_writes_none(cessl, folder, labels_file, tmp_path):
    cessl("import", tmp_path / "ward.cessl", folder)
    cessl("import-labels", tmp_path / "ward.cessl", labels_file, *NAMED, "--preview")
    with Project.open(tmp_path / "ward.cessl") as project:
        assert project.labels.all_current() == {}


def test_labels_that_do_not_match_are_written_to_the_report(cessl, folder, labels_file, tmp_path):
    cessl("import", tmp_path / "ward.cessl", folder)
    cessl("import-labels", tmp_path / "ward.cessl", labels_file, *NAMED, "--report", tmp_path / "report.csv")
    assert "four" in (tmp_path / "report.csv").read_text()


def test_a_column_that_the_file_lacks_is_named(cessl, folder, labels_file, tmp_path):
    cessl("import", tmp_path / "ward.cessl", folder)
    _, rows, _ = cessl("import-labels", tmp_path / "ward.cessl", labels_file, "--column", "record=ECG")
    assert "no column ECG" in rows[0]["error"]


def test_the_numbers_of_a_project_are_printed(cessl, folder, tmp_path):
    cessl("import", tmp_path / "ward.cessl", folder)
    with Project.open(tmp_path / "ward.cessl") as project:
        for info in project.records.all():
            project.labels.set(info.id, AF, State.ABSENT, "dr a")
    _, rows, _ = cessl("numbers", tmp_path / "ward.cessl", "--reader", "dr a")
    assert next(row for row in rows if row.get("code") == AF)["absent"] == 2


def test_a_missing_annotation_file_is_named(cessl, folder, tmp_path):
    cessl("import", tmp_path / "ward.cessl", folder)
    status, _, said = cessl("import-marks", tmp_path / "ward.cessl", tmp_path / "nine.atr", "--reader", " header")
    assert (status, "no name for a reader" in said) == (1, True)
    status, rows, _ = cessl("import-marks", tmp_path / "ward.cessl", tmp_path / "nine.atr")
    assert (status, rows[0]["left_out"]) == (1, 1)
