"""What the settings of a project look like: a value that this program would not write is as if there were none."""

from __future__ import annotations

import json
from types import NoneType
from typing import Any

LONGEST_TEXT = 100_000
LARGEST = 2_000_000  # characters of one setting as JSON
_NUMBER = (int, float)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_TEXT


def is_texts(value: Any) -> bool:
    """Whether this is a list of texts."""
    return isinstance(value, list) and all(map(_is_text, value))


def _are_texts_by_text(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_is_text, value.values()))


def _are_objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def _are_shares(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(one, _NUMBER) and 0 < one <= 1 for one in value.values())


def _are_imports(value: Any) -> bool:
    wanted = {"name": str, "file": str, "at_utc": str, "count": int}
    return _are_objects(value) and all(isinstance(one.get(k), kind) for one in value for k, kind in wanted.items())


def _are_left(value: Any) -> bool:
    """Import -> pairs of texts."""
    lists = value.values() if isinstance(value, dict) else [None]
    return all(isinstance(pairs, list) and all(is_texts(pair) and len(pair) == 2 for pair in pairs) for pairs in lists)


def _is_server(value: Any) -> bool:
    return value == {} or (isinstance(value, dict) and _is_text(value.get("url")) and _is_whole(value.get("place")))


def _are_answers(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_is_answer, value.values()))


def _is_answer(value: Any) -> bool:
    """Whether this is what somebody said of a file: rate, unit, leads, which array."""
    wanted: dict[str, Any] = {
        "fs_hz": (*_NUMBER, NoneType),
        "step_mv": (*_NUMBER, NoneType),
        "leads": list,
        "dataset": str,
    }
    if not isinstance(value, dict) or not {"leads"} <= value.keys() <= wanted.keys():
        return False
    return is_texts(value["leads"]) and all(isinstance(one, wanted[key]) for key, one in value.items())


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and abs(value) < 1 << 53


SHAPES = {  # key -> whether a value is one of this setting
    **dict.fromkeys(("panel", "statements", "merges", "digits", "readers apart", "team sends"), is_texts),
    **dict.fromkeys(("nobody", "doubted patients"), is_texts),
    **dict.fromkeys(("wordings", "worklist_filters"), _are_objects),
    **dict.fromkeys(("watched", "start_from", "train_mode", "blind", "uncertain", "backbone"), _is_text),
    **dict.fromkeys(("reading order", "patient_secret"), _is_text),
    "last training": is_texts,
    "label imports": _are_imports,
    "left at undo": _are_left,
    "sensitivities": _are_shares,
    "model_notes": _are_texts_by_text,
    "team server": _is_server,
    "given": _are_answers,
    "queue_seed": _is_whole,
}


def fits(key: str, value: str) -> bool:
    """Whether the value of a setting, as JSON, is one that this program may write. A text may be null: not chosen."""
    if len(value) > LARGEST:
        return False
    try:
        content = json.loads(value)
    except (ValueError, RecursionError):
        return False
    of, _, whose = key.partition(" ")
    if whose and of == "digits":
        return is_texts(content)
    if whose and of == "wording":
        return isinstance(content, dict)
    shape = SHAPES.get(key)
    return shape is None or (content is None and shape is _is_text) or shape(content)
