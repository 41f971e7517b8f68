"""Marked beats and stretches go out beside WFDB copies, and come in from annotation files."""

import pytest

from cessl_gui.core.annotations import Annotation
from cessl_gui.core.task import Task
from cessl_gui.ecg.wfdb_annotations import Entry, encode
from cessl_gui.store.project import Project
from cessl_gui.tasks.export.annotating import import_marks
from cessl_gui.tasks.export.exporting import export
from tests.records import make_record, noise_mv

PVC, AF = "427172004", "164889003"
BEAT, STRETCH = Annotation("m1", PVC, 1.5, None, "V2"), Annotation("m2", AF, 2.0, 6.0)


@pytest.fixture
def ward(project) -> Project:
    for number in (1, 2):
        record = make_record(noise_mv(number), number)
        project.records.add(record)
        project.waveforms.write(record)
    return project


@pytest.fixture
def atr(tmp_path):
    """An annotation file of another program, with two premature beats in ECG 1."""
    path = tmp_path / "1.atr"
    path.write_bytes(encode([Entry(100, 1), Entry(500, 5), Entry(1500, 5)]))
    return path


def test_marks_come_back_from_a_wfdb_copy(ward, tmp_path):
    ward.annotations.set("r1", {"m1": BEAT, "m2": STRETCH}, "dr a")
    export(ward, tmp_path / "out", "wfdb", Task())
    (tmp_path / "out" / "r1.mark").rename(tmp_path / "1.mark")
    import_marks(ward, [tmp_path / "1.mark"], "dr b")
    assert ward.annotations.current("r1", "dr b") == (BEAT, STRETCH)


def test_what_a_reader_marked_by_hand_is_not_changed_by_the_own_export(ward, tmp_path):
    by_hand = Annotation("m1", PVC, 1.50071, None, "V2")
    ward.annotations.set("r1", {"m1": by_hand}, "dr a")
    export(ward, tmp_path / "out", "wfdb", Task())
    (tmp_path / "out" / "r1.mark").rename(tmp_path / "1.mark")
    import_marks(ward, [tmp_path / "1.mark"], "dr a")
    assert [(one.mark, one.is_imported) for one in ward.annotations.given("r1")] == [(by_hand, False)]


def test_a_wfdb_copy_in_its_own_folder_brings_its_marks(ward, tmp_path):
    ward.annotations.set("r1", {"m1": BEAT}, "dr a")
    export(ward, tmp_path / "out", "wfdb", Task())
    import_marks(ward, [tmp_path / "out" / "r1.mark"], "dr b")
    assert ward.annotations.current("r1", "dr b") == (BEAT,)


def test_a_lead_whose_name_has_blanks_comes_back(project, tmp_path):
    record = make_record(noise_mv(1)[:2], 1, leads=("ECG 1", "+ 5%"))
    project.records.add(record)
    project.waveforms.write(record)
    marks = {"m1": Annotation("m1", PVC, 1.5, None, "ECG 1"), "m2": Annotation("m2", AF, 2.0, 6.0, "+ 5%")}
    project.annotations.set("r1", marks, "dr a")
    export(project, tmp_path / "out", "wfdb", Task())
    import_marks(project, [tmp_path / "out" / "r1.mark"], "dr b")
    assert project.annotations.current("r1", "dr b") == tuple(marks.values())


def test_a_file_goes_to_the_ecg_of_its_folder(project, tmp_path, atr):
    for number in (1, 2):
        project.records.add(make_record(noise_mv(number), number, name="1", source=f"/x/p{number}/1.hea"))
    (tmp_path / "p2").mkdir()
    import_marks(project, [atr.rename(tmp_path / "p2" / "1.atr")], "dr a")
    assert [len(project.annotations.current(record_id, "dr a")) for record_id in ("r1", "r2")] == [0, 2]


def test_a_record_without_marks_gets_no_annotation_file(ward, tmp_path):
    export(ward, tmp_path / "out", "wfdb", Task())
    assert list((tmp_path / "out").glob("*.mark")) == []


def test_beats_of_another_program_become_marks(ward, atr):
    import_marks(ward, [atr], "dr a")
    assert [(mark.code, mark.start_s) for mark in ward.annotations.current("r1", "dr a")] == [(PVC, 1.0), (PVC, 3.0)]


def test_the_same_file_twice_adds_nothing(ward, atr):
    import_marks(ward, [atr], "dr a")
    assert import_marks(ward, [atr], "dr a").marks == 0


def test_a_file_of_no_ecg_is_named(ward, atr):
    other = atr.rename(atr.with_name("7.atr"))
    assert import_marks(ward, [other], "dr a").left_out == [(other, "no ECG of the project has this name")]


def test_a_file_that_is_cut_stops_no_other(ward, atr):
    cut = atr.with_name("2.atr")
    cut.write_bytes(atr.read_bytes()[:-2])
    result = import_marks(ward, [cut, atr], "dr a")
    assert (result.files, [path for path, _ in result.left_out]) == (1, [cut])
