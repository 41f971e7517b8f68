"""An export from the window: where it goes, what is written, what is said."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog

from cessl_gui.core.types import State
from cessl_gui.tasks.exporting import ExportResult
from cessl_gui.ui.worklist.export_words import FORMATS, ask_where, said_of_export
from tests.ui.conftest import SB


def chosen(monkeypatch, place: str, format_: str) -> None:
    how = next(words for words, name in FORMATS.items() if name == format_)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (place, how))


@pytest.mark.parametrize(("place", "format_", "out"), [("/x/a", "csv", "/x/a.csv"), ("/x/a.json", "json", "/x/a.json")])
def test_a_file_gets_the_ending_of_its_format(monkeypatch, place, format_, out):
    chosen(monkeypatch, place, format_)
    assert ask_where(None) == (Path(out), format_)


def test_a_folder_of_recordings_keeps_its_name(monkeypatch):
    chosen(monkeypatch, "/x/ward", "wfdb")
    assert ask_where(None) == (Path("/x/ward"), "wfdb")


def test_nothing_is_exported_where_no_place_was_given(monkeypatch):
    chosen(monkeypatch, "", "csv")
    assert ask_where(None) is None


def test_the_menu_writes_the_labels_that_were_given(window, session, qtbot, tmp_path, monkeypatch):
    session.set_label("r1", SB, State.PRESENT)
    chosen(monkeypatch, str(tmp_path / "labels"), "csv")
    window.menus.actions["export"].trigger()
    qtbot.waitUntil(lambda: "Exported" in window.toasts.text.text(), timeout=20_000)
    assert "r1,ECG 1,in progress" in (tmp_path / "labels.csv").read_text()


def test_an_export_onto_another_file_is_refused_in_a_sentence(window, qtbot, tmp_path, monkeypatch):
    (tmp_path / "letter.csv").write_text("Dear colleague")
    chosen(monkeypatch, str(tmp_path / "letter.csv"), "csv")
    window.menus.actions["export"].trigger()
    qtbot.waitUntil(lambda: "is no earlier export" in window.toasts.text.text(), timeout=20_000)
    assert (tmp_path / "letter.csv").read_text() == "Dear colleague"


def test_recordings_that_were_left_out_are_named():
    result = ExportResult(3, "recording", [("r1", "ECG 1", "It is gone.")])
    assert said_of_export(result) == "Exported: 3 recordings. 1 recording left out: ECG 1 (It is gone.)"
