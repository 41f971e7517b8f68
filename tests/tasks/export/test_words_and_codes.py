"""SCP words, wider and narrower statements, equal codes in a file of labels; cells that a spreadsheet would run."""

import csv
import json
import os

import pytest

from cessl_gui.core.errors import NotWritten, ProjectError
from cessl_gui.core.spreadsheet import guarded, unguarded
from cessl_gui.core.statements.vocabulary import own_statement, vocabulary
from cessl_gui.core.task import Task
from cessl_gui.core.types import State
from cessl_gui.tasks.evaluation.evaluating import LabelsFileError, read_labels
from cessl_gui.tasks.export.exporting import export, measured_path
from cessl_gui.tasks.labels.label_tables import read_table
from cessl_gui.tasks.recordings.importing import import_paths

AF, RBBB, MI, PAC = "164889003", "713427006", "164865005", "284470004"


@pytest.fixture
def faulty(project, cessl_data):
    """The project with the headers of faults/labels, and record ids by name."""
    import_paths(project, [cessl_data / "faults" / "labels"], Task(), accept_header_labels=True, reader="dr test")
    return project, {info.name: info.id for info in project.records.all()}


@pytest.mark.parametrize("statement", vocabulary().statements, ids=lambda s: s.abbreviation)
def test_every_scp_word_is_found_in_any_case(statement):
    for word in statement.scp:
        found = vocabulary().find(f" {word.lower()} ")
        assert found is not None, word
        assert word in found.scp, word


def test_a_word_of_several_statements_means_the_plain_one():
    assert vocabulary().find("AVB").code == "233917008"
    assert vocabulary().find("1AVB").code == "270492004"


@pytest.mark.parametrize(
    ("said", "code", "may"),
    [
        ("IMI", MI, True),
        ("164867002", MI, True),  # old infarction: an infarction
        (MI, "164867002", True),  # may be an old one
        ("6374002", RBBB, True),  # bundle branch block of some side
        ("54016002", "233917008", True),  # Mobitz I: AV block, at two removes
        ("never heard", MI, True),
        (AF, RBBB, False),
        ("733534002", RBBB, False),
        ("195042002", "270492004", False),
    ],
)
def test_one_word_may_mean_the_other(said, code, may):
    assert vocabulary().may_be(said, code) is may


@pytest.mark.parametrize(("word", "known"), [("164889003.0", True), (" 164889003.00", True), ("164889003.5", False)])
def test_a_code_that_a_spreadsheet_made_a_fraction_is_known(word, known):
    assert (vocabulary().find(word) is vocabulary()[AF]) is known


def test_every_wider_statement_is_known():
    for statement in vocabulary().statements:
        assert all(vocabulary().find(code) for code in statement.kind_of), statement.abbreviation


def test_scp_words_are_no_negatives(faulty):
    project, ids = faulty
    labels = project.labels.all_current()
    assert labels[ids["scp_words"]][MI] == State.PRESENT
    assert labels[ids["scp_words"]][AF] == State.PRESENT


@pytest.mark.parametrize("name", ["two_lines", "spaces"])
def test_all_codes_of_a_header_are_present(faulty, name):
    project, ids = faulty
    labels = project.labels.all_current()[ids[name]]
    assert labels[AF] == State.PRESENT
    assert labels[RBBB] == State.PRESENT


def headers(folder, **words):
    """Recordings whose headers say these words, each with other samples."""
    for number, (name, said) in enumerate(words.items()):
        (folder / f"{name}.dat").write_bytes(bytes(range(number, 200 + number)) * 100)
        (folder / f"{name}.hea").write_text(f"{name} 1 500 10000\n{name}.dat 16 1000/mV 16 0 0 0 0 II\n#Dx: {said}\n")


def test_what_a_header_may_mean_is_not_made_absent(project, tmp_path):
    headers(tmp_path, a=f"{MI},{RBBB}", b="164867002", c="zebra", d=AF)
    import_paths(project, [tmp_path], Task(), accept_header_labels=True, reader="dr test")
    ids = {info.name: info.id for info in project.records.all()}
    labels = project.labels.all_current()
    assert MI not in labels[ids["b"]]
    assert labels[ids["b"]][RBBB] == State.ABSENT
    assert State.ABSENT not in labels[ids["c"]].values()
    assert labels[ids["d"]][MI] == State.ABSENT


def test_equal_codes_are_present_where_either_is(faulty, cessl_data):
    project, ids = faulty
    truth = read_labels(cessl_data / "faults" / "labels" / "both_codes.csv", project)
    assert truth[ids["two_lines"]] == {PAC: 1.0}
    assert sorted(states[PAC] for states in truth.values()) == [0.0, 0.0, 1.0, 1.0]


def test_what_contradicts_itself_is_refused_with_both_lines(faulty, cessl_data):
    with pytest.raises(LabelsFileError, match=r"Lines 2 and 3 of twice\.csv"):
        read_labels(cessl_data / "faults" / "labels" / "twice.csv", faulty[0])


@pytest.mark.parametrize("delimiter", ";\t")
@pytest.mark.parametrize("above", ["", "sep=,\n", "sep=,\r\n"])
def test_labels_to_compare_with_may_be_parted_as_those_of_an_import(faulty, tmp_path, delimiter, above):
    text = f"{above}record,code,state\nsinus,{AF},present\n"
    (tmp_path / "l.csv").write_bytes(text.replace(",", delimiter).encode())
    assert list(read_labels(tmp_path / "l.csv", faulty[0]).values()) == [{AF: 1.0}]
    (tmp_path / "l.csv").write_bytes(f"{text}sinus,AF,absent\n".replace(",", delimiter).encode())
    with pytest.raises(LabelsFileError, match="Lines 3 and 4" if above else "Lines 2 and 3"):
        read_labels(tmp_path / "l.csv", faulty[0])


def test_lines_are_counted_as_an_editor_counts_them(faulty, tmp_path):
    path = tmp_path / "l.csv"
    path.write_text(f"record,code,state\n\nsinus,{AF},present\n\n\nsinus,AF,absent\n")
    with pytest.raises(LabelsFileError, match="Lines 3 and 6"):
        read_labels(path, faulty[0])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f'record,code,state,note\nsinus,{AF},present,"never closed\nsinus,{PAC},present,\n', "is not a CSV file"),
        (f"record,code,state,state\nsinus,{AF},present,absent\n", "columns, each once"),
    ],
)
def test_labels_that_would_be_passed_over_are_refused(faulty, tmp_path, text, said):
    (tmp_path / "l.csv").write_text(text)
    with pytest.raises(LabelsFileError, match=said):
        read_labels(tmp_path / "l.csv", faulty[0])


@pytest.mark.parametrize("text", ["=HYPERLINK(0)", "+cmd", "-x", "@a", "\tb", "\rc", "'=1+1", "''@"])
def test_cells_that_run_are_text_and_come_back(text):
    assert guarded(text) == f"'{text}"
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize("cell", [-0.5, 3, "-12", "+1.5e-3", "Smith", "'s", "", None])
def test_numbers_and_plain_text_stay(cell):
    assert guarded(cell) is cell


@pytest.fixture
def formula(project, tmp_path):
    """A record whose name a spreadsheet would run, with a label."""
    folder = tmp_path / "ecgs"
    folder.mkdir()
    headers(folder, x=AF)
    (folder / "x.hea").rename(folder / "=1+1.hea")
    import_paths(project, [folder], Task(), accept_header_labels=True, reader="@dr")
    return project


def test_columns_of_own_statements_run_nothing_and_are_read_again(formula, tmp_path):
    (record_id,) = formula.records.ids()
    own = own_statement("=1+1")
    formula.labels.set(record_id, "@beat", State.PRESENT, "dr a")
    formula.labels.set(record_id, own.code, State.PRESENT, "dr a")
    out = tmp_path / "out.csv"
    for _ in range(2):  # over itself, too
        export(formula, out, "csv-wide", Task())
    assert out.read_text().partition("\n")[0].strip().endswith(f"'@beat,{own.code}")
    assert read_table(out).columns[-2:] == ("@beat", own.code)
    formula.labels.set(record_id, own.code, None, "dr a")
    export(formula, out, "csv-wide", Task())
    out.write_text(out.read_text().replace("@beat", "@beat,my remarks", 1))
    with pytest.raises(NotWritten, match="no earlier export"):
        export(formula, out, "csv-wide", Task())


def test_an_export_runs_nothing_and_is_read_again(formula, tmp_path):
    out = tmp_path / "out.csv"
    export(formula, out, "csv", Task())
    with out.open(newline="") as file:
        row = next(csv.DictReader(file))
    assert row["name"] == "'=1+1"
    assert row["reader"] == "'@dr"
    with out.open("w", newline="") as file:
        csv.writer(file).writerows([["record", "code", "state"], [row["name"], AF, "present"]])
    (record_id,) = formula.records.ids()
    assert read_labels(out, formula) == {record_id: {AF: 1.0}}


@pytest.mark.parametrize("beside", ["", "_measured"])
def test_an_export_to_which_somebody_has_added_a_column_is_not_written_over(formula, tmp_path, beside):
    out = tmp_path / "out.csv"
    export(formula, out, "csv", Task())
    table = tmp_path / f"out{beside}.csv"
    edited = table.read_text().replace("\n", ",my remarks\n", 1)
    table.write_text(edited)
    with pytest.raises(NotWritten, match="no earlier export"):
        export(formula, out, "csv", Task())
    assert table.read_text() == edited


@pytest.mark.parametrize("sign", "=+-@\uff1d\uff0b\uff0d\uff20")
def test_a_wide_sign_is_a_formula_too(sign):
    assert guarded(f"{sign}1+x") == f"'{sign}1+x"
    assert unguarded(f"'{sign}1+x") == f"{sign}1+x"


@pytest.mark.parametrize("format_", ["csv", "json"])
def test_only_an_earlier_export_is_written_over(formula, tmp_path, format_):
    out = tmp_path / f"out.{format_}"
    export(formula, out, format_, Task())
    export(formula, out, format_, Task())
    out.write_text("name,money\n")
    with pytest.raises(NotWritten, match="no earlier export"):
        export(formula, out, format_, Task())
    assert out.read_text() == "name,money\n"


def test_nor_is_another_file_beside_it(formula, tmp_path):
    out = tmp_path / "out.csv"
    measured_path(out).write_text("mine")
    with pytest.raises(NotWritten):
        export(formula, out, "csv", Task())
    assert measured_path(out).read_text() == "mine"
    assert not out.exists()


def test_a_link_leads_an_export_nowhere(formula, tmp_path):
    (tmp_path / "precious.txt").write_text("mine")
    measured_path(tmp_path / "out.csv").symlink_to(tmp_path / "precious.txt")
    with pytest.raises(NotWritten):
        export(formula, tmp_path / "out.csv", "csv", Task())
    assert (tmp_path / "precious.txt").read_text() == "mine"


def test_a_pipe_and_a_device_are_not_written_to(formula, tmp_path):
    os.mkfifo(tmp_path / "out.csv")
    for place in (tmp_path / "out.csv", "/dev/null"):
        with pytest.raises(NotWritten):
            export(formula, place, "csv", Task())


def test_another_recording_of_that_name_stays(formula, tmp_path):
    (record_id,) = formula.records.ids()
    folder = tmp_path / "wfdb"
    export(formula, folder, "wfdb", Task())
    assert export(formula, folder, "wfdb", Task()).written == 1
    (folder / f"{record_id}.hea").write_text("mine")
    result = export(formula, folder, "wfdb", Task())
    assert result.written == 0
    assert "another recording" in result.left_out[0][2]
    assert (folder / f"{record_id}.hea").read_text() == "mine"


def test_a_nul_is_in_no_statement(formula):
    assert own_statement("long\0QT\n?").name == "long QT ?"
    (record_id,) = formula.records.ids()
    with pytest.raises(ProjectError, match="NUL"):
        formula.labels.set(record_id, "local:a\0b", State.PRESENT, "dr")


def test_codes_of_other_systems_stand_beside_the_own_one_in_exports(project, cessl_data, tmp_path):
    import_paths(project, [cessl_data / "faults" / "labels"], Task())
    record_id = project.records.ids()[0]
    project.labels.set(record_id, "local:Ganong pattern", State.PRESENT, "dr a")
    wording = {"code": "local:Ganong pattern", "codes": ["AHA 50", "SNOMED CT 49436004"]}
    project.settings.set("wordings", [wording])
    export(project, tmp_path / "out.csv", "csv", Task(), only={record_id})
    export(project, tmp_path / "out.json", "fhir", Task(), only={record_id})
    with (tmp_path / "out.csv").open(encoding="utf-8") as file:
        told = {row["code"]: row["other_codes"] for row in csv.DictReader(file)}
    bundle = json.loads((tmp_path / "out.json").read_text("utf-8"))
    coding = [each["code"] for each in bundle["entry"][1]["resource"]["code"]["coding"]]
    assert (told["local:Ganong pattern"], coding) == (
        "AHA 50, SNOMED CT 49436004",
        ["local:Ganong pattern", "50", "49436004"],
    )
