"""Notes and marked beats in every export, and the labels that come in again next to them."""

import csv
import json

import pytest

from cessl_gui.core.annotations import Annotation
from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.core.task import Task
from cessl_gui.core.types import State
from cessl_gui.store.tables.annotations import IMPORTED
from cessl_gui.tasks.export.exporting import export
from tests.tasks.export.test_round_trips import SUFFIX, of_type, said, there_and_back, ward

AF, PVC = "164889003", "427172004"
NOTE = '=SUM(A1) "P waves"; doubtful,\nask Dr. Weiß\x0bagain\u2028'
BEAT, STRETCH = Annotation("b", PVC, 2.31, None, "V1"), Annotation("s", AF, 3.0, 8.5)


@pytest.fixture
def noted(tmp_path):
    """An ECG with a label, a note and marks of one reader; one that has nothing but a note of another."""
    with ward(tmp_path / "ward.cessl") as project:
        project.labels.set("r1", AF, State.PRESENT, "dr a")
        project.notes.set("r1", NOTE, "dr a")
        project.annotations.set("r1", {"b": BEAT, "s": STRETCH}, "dr a")
        project.annotations.set("r1", {"f": Annotation("f", PVC, 4.0)}, "dr a", IMPORTED)
        project.notes.set("r2", "only a note", "dr b")
        yield project


def table(path) -> list[dict]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def measured(noted, tmp_path) -> dict[str, list[dict]]:
    """Kind -> rows of the file beside the labels."""
    export(noted, tmp_path / "out.csv", "csv", Task())
    rows: dict[str, list[dict]] = {}
    for row in table(tmp_path / "out_measured.csv"):
        rows.setdefault(row["kind"], []).append(row)
    return rows


def test_csv_has_notes_whole_and_guarded_against_spreadsheets(measured):
    assert [row["text"] for row in measured["note"]] == [f"'{NOTE}", "only a note"]


def test_csv_says_whose_a_note_is(measured):
    assert [(row["record"], row["reader"]) for row in measured["note"]] == [("r1", "dr a"), ("r2", "dr b")]


def test_csv_has_a_marked_stretch_with_its_statement_and_times(measured):
    (row,) = measured["stretch"]
    assert [row[c] for c in ("code", "lead", "start_s", "end_s", "from_file")] == [AF, "", "3.0", "8.5", "0"]


def test_csv_tells_marks_of_files_from_a_readers(measured):
    assert [row["from_file"] for row in measured["beat"]] == ["0", "1"]


@pytest.fixture
def wide(noted, tmp_path) -> list[dict]:
    export(noted, tmp_path / "wide.csv", "csv-wide", Task())
    return table(tmp_path / "wide.csv")


def test_the_wide_table_has_the_note_of_each_reader(wide):
    assert [row["note"] for row in wide] == [f"'{NOTE}", "only a note"]


def test_the_wide_table_has_the_readers_own_marks_in_words(wide):
    short = vocabulary()[PVC].abbreviation
    assert wide[0]["marks"] == f"{short} at 2.31 s in V1; AF 3.00 to 8.50 s in all leads"


def test_a_reader_with_nothing_but_a_note_has_assessed_nothing(wide):
    assert wide[1][vocabulary()[AF].name] == ""


@pytest.fixture
def bundle(noted, tmp_path) -> dict:
    export(noted, tmp_path / "out.json", "fhir", Task())
    return json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))


def test_a_note_is_the_conclusion_of_its_fhir_report(bundle):
    first, second = of_type(bundle, "DiagnosticReport")
    assert first["conclusion"] == NOTE.replace("\x0b", " ")
    assert second["conclusion"] == "only a note"


def test_a_fhir_report_has_no_empty_list(bundle):
    _, second = of_type(bundle, "DiagnosticReport")
    assert not {"result", "conclusionCode"} & second.keys()


def test_a_marked_beat_is_an_observation_without_a_value(bundle):
    marks = [each for each in of_type(bundle, "Observation") if "component" in each]
    assert [each["code"]["coding"][0]["code"] for each in marks] == [PVC, AF]
    assert not any("valueCodeableConcept" in each for each in marks)


def test_a_marked_beat_says_when_and_where(bundle):
    beat = next(each for each in of_type(bundle, "Observation") if "component" in each)
    start, lead = beat["component"]
    assert start["valueQuantity"] == {"value": 2.31, "unit": "s", "system": "http://unitsofmeasure.org", "code": "s"}
    assert lead["valueString"] == "V1"


def test_json_has_notes_and_marks(noted, tmp_path):
    export(noted, tmp_path / "out.json", "json", Task())
    document = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert [row["note"] for row in document["notes"]] == [NOTE, "only a note"]
    assert [(row["annotation"], row["how"]) for row in document["annotations"]] == [
        ("b", "set"),
        ("s", "set"),
        ("f", "imported"),
    ]


@pytest.mark.parametrize("format_", SUFFIX)
def test_labels_next_to_notes_and_marks_come_in_as_they_were(noted, tmp_path, format_):
    with ward(tmp_path / "other.cessl") as other:
        out = tmp_path / f"labels.{SUFFIX[format_]}"
        assert there_and_back(noted, out, format_, other) == said(noted)
