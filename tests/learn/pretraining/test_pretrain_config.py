"""A configuration with a value of another type is refused in a sentence that names it."""

from dataclasses import fields

import pytest

from cessl_gui.learn.pretraining.augment import Changes
from cessl_gui.learn.pretraining.config import BadConfig, Config, Source, read_config
from cessl_gui.learn.pretraining.data import Split

VALUES = {
    "text": '"x"',
    "whole": "3",
    "number": "0.5",
    "yes": "true",
    "list": '["a", 1.5]',
    "table": "{ a = 1 }",
    "date": "2020-01-01",
    "nan": "nan",
}
FITS = {
    "str": ("text",),
    "Path": ("text",),
    "Path | None": ("text",),
    "int": ("whole",),
    "int | None": ("whole",),
    "float": ("whole", "number"),
    "bool": ("yes",),
    "tuple[int, ...]": (),
    "tuple[Path, ...]": (),
}
TABLES = {"": Config, "split": Split, "changes": Changes, "source": Source}
KEYS = [
    (table, f) for table, kind in TABLES.items() for f in fields(kind) if f.name not in ("kinds", "sources", "away")
]


def written(tmp_path, table: str, name: str, value: str):
    own = {"": {}, "split": {}, "changes": {}, "source": {"kind": '"ptbxl"', "path": '"p"'}}
    own[""]["size"] = '"tiny"'
    own[table][name] = value
    text = "".join(f"{k} = {v}\n" for k, v in own[""].items())
    text += "[[source]]\n" + "".join(f"{k} = {v}\n" for k, v in own["source"].items())
    for part in ("split", "changes"):
        text += f"[{part}]\n" + "".join(f"{k} = {v}\n" for k, v in own[part].items()) if own[part] else ""
    path = tmp_path / "run.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(("table", "field"), KEYS, ids=lambda x: getattr(x, "name", x))
def test_each_key_with_each_wrong_type_is_a_sentence(tmp_path, table, field):
    for kind, value in VALUES.items():
        right = FITS.get(str(field.type), ("table",))
        if kind not in right:
            with pytest.raises(BadConfig, match=r"\.$|\. "):
                read_config(written(tmp_path, table, field.name, value))


@pytest.mark.parametrize(
    ("table", "name", "values"),
    [
        ("", "validate_every", ("0", "-1")),
        ("", "epochs", ("0", "100000000000000000000")),
        ("", "batch", ("1",)),
        ("", "seed", ("-1", "99999999999999999999")),
        ("", "rate", ("0", "-1e-3", "1e30")),
        ("", "clip", ("0",)),
        ("", "averaging", ("-0.1", "1.5")),
        ("", "measured", ("-0.3",)),
        ("", "weight_decay", ("-1",)),
        ("", "fewest", ("0",)),
        ("", "patience", ("0",)),
        ("", "threads", ("0", "-3")),
        ("", "save_every_s", ("-1.0",)),
        ("source", "often", ("0",)),
        ("split", "share", ("-0.1", "2")),
        *(("changes", f.name, ("-0.1", "101")) for f in fields(Changes)),
    ],
)
def test_each_number_has_limits_and_the_sentence_names_them(tmp_path, table, name, values):
    for value in values:
        with pytest.raises(BadConfig, match=f"{name} must be from .* to "):
            read_config(written(tmp_path, table, name, value))


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("name", '"../../x"', "cannot be a file name"),
        ("name", '""', "cannot be a file name"),
        ("device", '"gpu"', "no device called gpu"),
        ("teachers", '["none.safetensors"]', "none.safetensors is not there to teach"),
        ("card", "{ made = 2020-01-01 }", r"\[card\] has a value"),
    ],
)
def test_texts_that_would_fail_at_the_end_of_a_run_are_a_sentence(tmp_path, name, value, sentence):
    with pytest.raises(BadConfig, match=sentence):
        read_config(written(tmp_path, "", name, value))


@pytest.mark.parametrize("name", ["source", "away"])
@pytest.mark.parametrize("value", ["3", '"x"', "[1, 2]", "{ a = 1 }"])
def test_sources_that_are_no_tables_are_a_sentence(tmp_path, name, value):
    path = tmp_path / "run.toml"
    path.write_text(f'size = "tiny"\n{name} = {value}\n')
    with pytest.raises(BadConfig):
        read_config(path)
