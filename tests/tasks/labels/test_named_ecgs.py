"""ECGs are found by what files call them, and none is taken for another."""

import pytest

from cessl_gui.tasks.named_ecgs import NamedEcgs
from tests.records import make_record, noise_mv


@pytest.fixture
def found(project):
    """A function from names of one file to the ids of the ECGs that they mean, "" for none."""
    for number, source in enumerate(("/x/100.hea", "/x/200.hea", "/y/200.hea", "/x/1.2.840.7"), 1):
        name = source.split("/")[-1].removesuffix(".hea")
        project.records.add(make_record(noise_mv(number, 10), number, name=name, source=source))
    infos = project.records.all()

    def look(*names: str) -> list[str]:
        ecgs = NamedEcgs(infos, names)
        return [ecgs.find(name)[0] for name in names]

    return look


def test_files_of_one_name_are_told_apart_by_their_folders(found):
    assert found("old/x/200.hea", "y/200") == ["r2", "r3"]


def test_a_path_of_windows_has_folders_too(found):
    assert found(r"C:\old\y\200.hea") == ["r3"]


def test_the_file_of_a_folder_that_is_not_here_is_not_taken_for_another(found):
    assert found("w/100.hea", "x/100.hea") == ["", "r1"]


def test_where_no_folder_fits_none_of_several_files_is_taken(found):
    assert found("v/100.hea", "w/100.hea") == ["", ""]


def test_the_last_number_of_a_name_is_no_end_of_a_file(found):
    assert found("1.2.840.8", "100.1", "1.2.840.7") == ["", "", "r4"]
