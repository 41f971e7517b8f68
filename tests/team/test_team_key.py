"""The team's key file: a patient has the same key with all who have it."""

import json

import pytest

from cessl_gui.core.errors import NotWritten
from cessl_gui.core.paths import user_config
from cessl_gui.store.exchange.patient_keys import NAME, personal_secret
from cessl_gui.tasks.team.team_key import TeamKeyError, export_key, import_key


@pytest.fixture
def at(tmp_path, monkeypatch):
    """Go to another person's computer."""
    monkeypatch.delenv("CESSL_PATIENT_SECRET", raising=False)

    def person(name: str) -> None:
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / name))

    person("anna")
    return person


def test_who_takes_the_key_has_the_same_secret(at, tmp_path):
    secret = personal_secret()
    export_key(tmp_path / "team.key")
    at("ben")
    import_key(tmp_path / "team.key")
    assert personal_secret() == secret


def test_an_earlier_secret_is_kept(at, tmp_path):
    export_key(tmp_path / "team.key")
    at("ben")
    before = personal_secret()
    import_key(tmp_path / "team.key")
    assert before in [path.read_bytes() for path in user_config().glob(f"{NAME}-*")]


def test_nobody_else_may_read_the_key_file(at, tmp_path):
    export_key(tmp_path / "team.key")
    assert (tmp_path / "team.key").stat().st_mode & 0o077 == 0


def test_a_key_file_replaces_nothing(at, tmp_path):
    (tmp_path / "team.key").write_text("a letter")
    with pytest.raises(NotWritten, match="is there already"):
        export_key(tmp_path / "team.key")


@pytest.mark.parametrize("harm", [{"format": "other"}, {"patient_secret": "short"}, {"patient_secret": 7}, None])
def test_a_damaged_key_file_is_refused(at, tmp_path, harm):
    export_key(tmp_path / "team.key")
    content = json.loads((tmp_path / "team.key").read_text())
    (tmp_path / "team.key").write_text(json.dumps(content | harm) if harm else "{")
    with pytest.raises(TeamKeyError):
        import_key(tmp_path / "team.key")


def test_taking_the_own_key_changes_nothing(at, tmp_path):
    export_key(tmp_path / "team.key")
    import_key(tmp_path / "team.key")
    assert [path.name for path in user_config().iterdir()] == [NAME]
