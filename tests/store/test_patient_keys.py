"""Nobody finds a patient's number from a project without the secret, which a team can share."""

import hashlib
import os
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from cessl_gui.core.errors import ProjectError
from cessl_gui.core.paths import user_config
from cessl_gui.store.exchange import patient_keys, union
from cessl_gui.store.project import Project
from tests.store.desks import merge
from tests.store.projects import record, sql


def plain(number: str) -> str:
    """What a reader makes of a patient's number, and what earlier versions kept."""
    return hashlib.sha256(number.encode()).hexdigest()[:16]


@pytest.fixture(autouse=True)
def config(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv(patient_keys.VARIABLE, raising=False)
    return user_config()


def key_of(folder: Path, number: str = "123456") -> str:
    with Project.open(folder) as project:
        return project.patients.key(plain(number))


def test_a_number_of_six_digits_is_not_among_the_hashes_of_all_of_them(tmp_path):
    key = key_of(tmp_path / "a.cessl", "000042")
    hashes = {plain(f"{n:06d}") for n in range(100)} | {plain(str(n)) for n in range(100)}
    assert key.split("-")[-1] not in hashes
    assert plain("000042") not in key


def test_one_patient_has_one_key_in_all_projects_and_runs(tmp_path):
    assert key_of(tmp_path / "a.cessl") == key_of(tmp_path / "b.cessl") == key_of(tmp_path / "a.cessl")
    assert key_of(tmp_path / "a.cessl") != key_of(tmp_path / "a.cessl", "654321")


def test_nobody_stays_nobody_and_a_key_stays_a_key(project):
    assert project.patients.key("") == ""
    key = project.patients.key(plain("1"))
    assert project.patients.key(key) == key


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_the_secret_is_for_its_owner_alone(tmp_path, config):
    key_of(tmp_path / "a.cessl")
    assert stat.S_IMODE((config / patient_keys.NAME).stat().st_mode) == 0o600


def test_old_keys_become_those_of_new_imports(tmp_path):
    folder = tmp_path / "a.cessl"
    with Project.open(folder) as project:
        project.records.add(record(1))
        project.records.add(record(2))
    sql(f"UPDATE records SET patient = '{plain('123456')}'")(folder)
    with Project.open(folder) as project:
        keys = {info.patient for info in project.records.all()}
        assert keys == {project.patients.key(plain("123456"))}
        assert plain("123456") not in keys


def test_a_team_shares_the_secret_by_a_file_that_the_environment_names(tmp_path, config, monkeypatch):
    key = key_of(tmp_path / "a.cessl")
    shared = tmp_path / "shared-secret"
    (config / patient_keys.NAME).rename(shared)
    monkeypatch.setenv(patient_keys.VARIABLE, str(shared))
    assert key_of(tmp_path / "b.cessl") == key
    assert not (config / patient_keys.NAME).exists()


def test_another_secret_than_the_projects_is_said(tmp_path, config):
    key = key_of(tmp_path / "a.cessl")
    (config / patient_keys.NAME).unlink()
    with Project.open(tmp_path / "a.cessl") as project:
        assert project.patients.key(plain("123456")) != key
        assert "not on this computer" in project.patients.warning


@pytest.mark.parametrize("content", [None, b"", b"short"])
def test_an_environment_that_names_no_secret_is_a_sentence(tmp_path, monkeypatch, content):
    named = tmp_path / "named"
    if content is not None:
        named.write_bytes(content)
    monkeypatch.setenv(patient_keys.VARIABLE, str(named))
    with Project.open(tmp_path / "a.cessl") as project, pytest.raises(ProjectError, match="holds no secret"):
        project.patients.key(plain("1"))


def test_where_the_configuration_cannot_be_written_the_project_keeps_it_and_says_so(tmp_path, config):
    config.parent.mkdir(parents=True)
    config.write_text("a file where the folder should be")
    folder = tmp_path / "a.cessl"
    with Project.open(folder) as project:
        key = project.patients.key(plain("1"))
        assert "cannot be written" in project.patients.warning
    assert (folder / patient_keys.NAME).is_file()
    with Project.open(folder) as project:
        assert project.patients.key(plain("1")) == key


def test_an_import_keys_patients_and_works_without_a_configuration(tmp_path, config, cessl_data):
    config.parent.mkdir(parents=True)
    config.write_text("")
    command = [sys.executable, "-m", "cessl_gui.cli", "import", tmp_path / "a.cessl", cessl_data / "faults" / "text"]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ)
    assert done.returncode == 0, done.stderr
    assert "cannot be written" in done.stderr
    with Project.open(tmp_path / "a.cessl") as project:
        keys = {info.name: info.patient for info in project.records.all()}
    assert keys["latin1_one"] != keys["latin1_two"]
    assert all("-" in key for key in keys.values() if key)


@pytest.mark.parametrize(("same", "said"), [(True, []), (False, [union.ONE_OF_SEVERAL])])
def test_a_merge_of_recordings_with_patients_of_another_secret_says_so(tmp_path, monkeypatch, same, said):
    secrets = tmp_path / "ann's", tmp_path / "ben's"
    for number, file in enumerate(secrets):
        file.write_text("0" * 32 if same else f"{number}" * 32)
    with Project.open(tmp_path / "ann.cessl") as ann, Project.open(tmp_path / "ben.cessl") as ben:
        for number, (project, file) in enumerate(zip((ann, ben), secrets, strict=True)):
            monkeypatch.setenv(patient_keys.VARIABLE, str(file))
            project.records.add(replace(record(number), patient=project.patients.key(plain("1"))))
        assert merge(ben, ann).notes == said
        assert merge(ben, ann).notes == [], "once, when they come"
