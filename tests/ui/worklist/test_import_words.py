"""What the window says of an import: nothing that became of a file is left out."""

import pytest

from cessl_gui.bridge.worklist import Column
from cessl_gui.core.types import Ending, Outcome
from cessl_gui.tasks.recordings.importing import ImportResult
from cessl_gui.ui.worklist.columns import section_of
from cessl_gui.ui.worklist.import_words import said_of_import


def test_what_an_import_passed_over_is_named():
    result = ImportResult(added=1, passed_over={".pdf": 3, "": 1})
    assert said_of_import(result) == "Imported 1 new ECG. No recordings: 3 .pdf files, 1 file without extension."


def test_files_of_rarer_kinds_are_counted_rather_than_left_out():
    result = ImportResult(passed_over={f".k{i}": 20 - i for i in range(10)})
    assert result.passed_over_words.endswith("13 .k7 files, 23 files of other kinds")


def test_possible_duplicates_are_said():
    result = ImportResult(added=2, notes=["Possibly one ECG twice, by equal samples, and not merged: a = b."])
    assert said_of_import(result).endswith("not merged: a = b.")


def test_revised_recordings_are_said():
    assert "; 2 revised," in said_of_import(ImportResult(revised=2))


def test_the_window_says_what_a_folder_held_beside_recordings(window, session):
    result = ImportResult(added=1, passed_over={".docx": 2})
    session._on_ended("import", Outcome("job", Ending.FINISHED, result=(result, session._read_records(), {})))
    assert "No recordings: 2 .docx files." in window.toasts.text.text()


def test_the_heading_of_the_findings_is_not_cut_off(window, qapp):
    header = window.worklist.grid.horizontalHeader()
    section = section_of(Column.FINDING)
    assert header.sectionSize(section) >= header.sectionSizeFromContents(section).width()


@pytest.mark.parametrize(
    ("reasons", "offer"),
    [
        (("no unit is stated. Say it by --set and import it again.",), "Preview"),
        (("no unit is stated. Say it by --set and import it again.", "The file is empty."), "See why"),
    ],
)
def test_a_preview_is_offered_where_files_do_not_say_all(window, session, reasons, offer):
    result = ImportResult(quarantined=[(f"/x/{i}.csv", reason) for i, reason in enumerate(reasons)])
    session._on_ended("import", Outcome("job", Ending.FINISHED, result=(result, session._read_records(), {})))
    assert window.toasts.action.text() == offer
