"""Who did what and when: filtered, page by page, and as a table."""

import csv
import uuid

import pytest

from benchmarks.attack.tampering import CODES, made
from cessl_gui.core.errors import Cancelled, NotWritten
from cessl_gui.core.task import Stop, Task
from cessl_gui.store.log import history
from cessl_gui.store.log.steps import new_step
from cessl_gui.store.project import Project
from cessl_gui.tasks.export.history_table import COLUMNS, export_history


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    with Project.open(made(tmp_path_factory.mktemp("outer") / "ward.cessl")) as project:
        yield project


def test_pages_follow_each_other_and_make_the_whole(opened):
    pages, before = [], ""
    while page := opened.history.page(before, limit=7):
        pages += page
        before = page[-1].id
    assert [entry.id for entry in pages] == [entry.id for entry in opened.history.all()][::-1]
    assert len(pages) == opened.history.count() > 30


def test_an_act_is_told_whole(opened):
    entry = next(opened.history.all(record_id="r1", code=CODES[0], reader="bob"))
    assert (entry.kind, entry.how, entry.what, entry.name) == ("label", "set", CODES[0], "ECG 1")
    assert (entry.old, entry.new, entry.reader) == ("present", "present", "bob")
    assert entry.prediction_visible == 0
    assert entry.file_visible is None
    assert entry.holds


@pytest.mark.parametrize(
    ("which", "fits"),
    [
        ({"record_id": "r2"}, lambda entry: entry.record == "r2"),
        ({"reader": "bob"}, lambda entry: entry.reader == "bob"),
        ({"kinds": ("note", "mark")}, lambda entry: entry.kind in ("note", "mark")),
        ({"code": CODES[1]}, lambda entry: entry.what == CODES[1]),
        ({"since": "2999"}, lambda entry: False),
        ({"until": "2999"}, lambda entry: True),
    ],
)
def test_each_filter_gives_what_fits_and_nothing_else(opened, which, fits):
    everything = list(opened.history.all())
    assert list(opened.history.all(**which)) == [entry for entry in everything if fits(entry)]
    assert opened.history.count(**which) == sum(map(fits, everything))


def test_what_was_undone_does_not_hold_and_is_told(opened):
    undone = [entry for entry in opened.history.all() if entry.how == "undo"]
    assert undone
    taken = {entry.takes_back for entry in undone}
    assert {entry.id for entry in opened.history.all() if not entry.holds} == taken


def test_who_reads_apart_is_told_nothing_of_others(opened):
    opened.read_apart("bob")
    try:
        assert {entry.reader for entry in opened.history.all()} == {"bob"}
        assert opened.history.count(reader="ann") == 0
    finally:
        opened.read_apart("")


def test_the_table_has_a_row_for_each_act(opened, tmp_path):
    out = tmp_path / "history.csv"
    count = export_history(opened, out, Task())
    with out.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == count == opened.history.count()
    row = next(row for row in rows if row["what"] == CODES[0] and row["reader"] == "bob")
    assert (row["statement"], row["new"], row["file_visible"]) == ("Atrial fibrillation", "present", "")
    export_history(opened, out, Task())  # over an earlier one
    out.write_text("Dear colleague,")
    with pytest.raises(NotWritten, match="no earlier export"):
        export_history(opened, out, Task())


def test_of_a_removed_recording_the_bare_acts_are_told(tmp_path):
    with Project.open(made(tmp_path / "ward.cessl")) as project:
        project.remove(["r1"], "ann", "consent withdrawn")
        told = [entry for entry in project.history.all() if entry.record == "r1"]
    assert {(entry.is_erased, entry.new) for entry in told[:-1]} == {(True, None)}
    assert (told[-1].kind, told[-1].new, told[-1].name) == ("removal", "consent withdrawn", "")


@pytest.fixture
def twenty(project, monkeypatch):
    """A project with twenty acts, every seventh of dr b, that are looked through three at a time."""
    monkeypatch.setattr(history, "STEP", 3)
    for number in range(20):
        project.settings.set("panel", [f"local:{number}"], "dr a" if number % 7 else "dr b")
    return project


def test_acts_that_lie_far_apart_come_on_one_page(twenty):
    assert [entry.new for entry in twenty.history.page(reader="dr b")] == [["local:14"], ["local:7"], ["local:0"]]


def test_a_long_search_can_be_ended(twenty):
    with pytest.raises(Cancelled):
        twenty.history.page(check=Task(stop_requested=lambda: Stop.CANCEL).check, reader="dr b")


def test_the_undo_of_an_import_is_told_from_the_import(project):
    project.steps.note_import("label", uuid.uuid4().hex, 3, "dr test", new_step())
    project.steps.undo("dr test")
    project.steps.redo("dr test")
    told = [(entry.how, entry.old, entry.new) for entry in project.history.page(kinds=("import",))]
    assert told == [("redo", None, 3), ("undo", 3, None), ("set", None, 3)]
