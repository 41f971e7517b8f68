"""What readers said goes out in every format and comes in again as it was."""

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cessl_gui.core.errors import NotWritten
from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.core.task import Task
from cessl_gui.core.types import LEADS_12, ReadingState, Record, State
from cessl_gui.store.project import Project
from cessl_gui.tasks.export.exporting import export
from cessl_gui.tasks.labels.label_columns import guess
from cessl_gui.tasks.labels.label_import import preview
from cessl_gui.tasks.labels.label_tables import read_table
from cessl_gui.tasks.labels.taking_labels import take_in

SILENCE = np.zeros((12, 10), np.float32)
OWN = "local:odd beat = artefact?"
CODES = (*(statement.code for statement in vocabulary().statements), OWN)
SOME = (*CODES[:2], *CODES[-2:])
FILES = ("csv", "csv-wide", "json", "fhir")
SUFFIX = {"csv": "csv", "csv-wide": "csv", "json": "json", "fhir": "json"}
LABELS = st.dictionaries(
    st.tuples(st.sampled_from(["r1", "r2"]), st.sampled_from(SOME), st.sampled_from(["dr a", "=dr b"])),
    st.sampled_from(list(State)),
    min_size=1,
    max_size=8,
)


def ward(folder) -> Project:
    project = Project.open(folder)
    for name in ("r1", "r2"):
        project.records.add(Record(name, f"Miller {name}", f"/x/{name}.hea", name * 32, SILENCE, 500.0, LEADS_12))
    return project


def there_and_back(project: Project, out, format_: str, other: Project) -> dict:
    """Labels of another project with the same ECGs, after an export and an import."""
    export(project, out, format_, Task())
    table = read_table(out)
    take_in(other, preview(other, table, guess(table), "nobody"))
    return said(other)


def said(project: Project) -> dict:
    rows = project.labels.of_all_readers()
    return {(row["record_id"], row["code"], row["reader"]): State(row["state"]) for row in rows}


@pytest.mark.parametrize("format_", FILES)
@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(labels=LABELS)
def test_labels_come_back_as_they_were(tmp_path_factory, format_, labels):
    folder = tmp_path_factory.mktemp("there")
    with ward(folder / "a.cessl") as project, ward(folder / "b.cessl") as other:
        for (record_id, code, reader), state in labels.items():
            project.labels.set(record_id, code, state, reader)
        out = folder / f"labels.{SUFFIX[format_]}"
        assert there_and_back(project, out, format_, other) == labels


@pytest.mark.parametrize("note", ["a\fb", "a\vb", "a\x85b", "a\u2028b", "a\rb", "long " * 4000])
def test_labels_come_back_beside_a_note_of_any_signs_and_length(tmp_path, note):
    with ward(tmp_path / "a.cessl") as project, ward(tmp_path / "b.cessl") as other:
        project.labels.set("r1", CODES[0], State.PRESENT, "dr a")
        project.notes.set("r1", note, "dr a")
        back = there_and_back(project, tmp_path / "labels.csv", "csv-wide", other)
        assert back == {("r1", CODES[0], "dr a"): State.PRESENT}


@pytest.fixture
def one(tmp_path):
    with ward(tmp_path / "ward.cessl") as project:
        project.labels.set("r1", CODES[4], State.PRESENT, "dr a")
        yield project


@pytest.mark.parametrize("format_", ["csv-wide", "fhir"])
def test_the_names_of_recordings_stay_out(one, tmp_path, format_):
    export(one, tmp_path / "out", format_, Task())
    assert "Miller" not in (tmp_path / "out").read_text()


@pytest.mark.parametrize("format_", FILES)
def test_an_export_replaces_an_earlier_one(one, tmp_path, format_):
    export(one, tmp_path / "out", format_, Task())
    before = (tmp_path / "out").read_text()
    one.labels.set("r2", CODES[4], State.ABSENT, "dr a")
    export(one, tmp_path / "out", format_, Task())
    assert (tmp_path / "out").read_text() != before


@pytest.mark.parametrize("format_", ["csv-wide", "fhir"])
def test_an_export_replaces_nothing_else(one, tmp_path, format_):
    (tmp_path / "out").write_text('{"resourceType": "Bundle", "type": "message"}')
    with pytest.raises(NotWritten, match="no earlier export"):
        export(one, tmp_path / "out", format_, Task())


def test_what_was_said_of_an_excluded_ecg_is_not_taken_in(one, tmp_path):
    one.records.set_reading("r1", ReadingState.EXCLUDED, "dr a")
    with ward(tmp_path / "other.cessl") as other:
        assert there_and_back(one, tmp_path / "labels.csv", "csv", other) == {}


@pytest.fixture
def bundle(one, tmp_path) -> dict:
    one.labels.set("r1", CODES[0], State.ABSENT, "dr a")
    one.labels.set("r1", OWN, State.UNCERTAIN, "dr a")
    export(one, tmp_path / "out.json", "fhir", Task())
    return json.loads((tmp_path / "out.json").read_text())


def of_type(bundle: dict, name: str) -> list[dict]:
    return [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == name]


def test_fhir_has_a_report_for_each_ecg_and_reader(bundle):
    assert len(of_type(bundle, "DiagnosticReport")) == 1


def test_a_fhir_report_concludes_what_is_present(bundle):
    (report,) = of_type(bundle, "DiagnosticReport")
    assert [each["coding"][0]["code"] for each in report["conclusionCode"]] == [CODES[4]]


def test_a_fhir_report_refers_to_its_observations(bundle):
    (report,) = of_type(bundle, "DiagnosticReport")
    urls = {entry["fullUrl"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == "Observation"}
    assert {each["reference"] for each in report["result"]} == urls


def test_an_own_statement_has_no_snomed_code(bundle):
    systems = {each["code"]["coding"][0]["system"] for each in of_type(bundle, "Observation")}
    assert systems == {"http://snomed.info/sct", "urn:cessl-gui:own-statement"}


def test_the_same_label_has_the_same_id_in_every_export(bundle, one, tmp_path):
    export(one, tmp_path / "again.json", "fhir", Task())
    assert json.loads((tmp_path / "again.json").read_text())["entry"] == bundle["entry"]
