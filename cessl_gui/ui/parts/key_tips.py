"""Tooltips that name keys. A person can change keys, so a tooltip names the act; the shell says which keys it has."""

from __future__ import annotations

import re
from collections.abc import Mapping

from PySide6.QtWidgets import QWidget

from cessl_gui.ui.parts.plain_text import plain

WORDS = "key_tip"  # the property of a widget that has such a tooltip
_PART, _ACT = re.compile(r"\[([^]]*)\]"), re.compile(r"\{(\w+)\}")


def with_keys(widget: QWidget, words: str) -> QWidget:
    """Give a widget a tooltip that names keys, as "Put off[ ({defer_next})]"; returns the widget.

    words : an act in braces stands for its keys; what is in brackets is left out where the act has none
    """
    widget.setProperty(WORDS, words)
    _say(widget, words, {})
    return widget


def say_keys(root: QWidget, keys: Mapping[str, str]) -> None:
    """Name these keys in all such tooltips below a widget. keys : act -> its keys in words, "" for none"""
    for widget in root.findChildren(QWidget):
        words = widget.property(WORDS)
        if words:
            _say(widget, words, keys)


def _say(widget: QWidget, words: str, keys: Mapping[str, str]) -> None:
    def part(found: re.Match) -> str:
        is_there = all(keys.get(act) for act in _ACT.findall(found[1]))
        return _ACT.sub(lambda act: keys[act[1]], found[1]) if is_there else ""

    widget.setToolTip(plain(_PART.sub(part, words)))
