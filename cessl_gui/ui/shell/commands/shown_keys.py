"""The keys that hold now, wherever the window names any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cessl_gui.ui.parts.key_tips import say_keys
from cessl_gui.ui.shell.commands.keys import KEYS, key_words, keys_of

if TYPE_CHECKING:
    from cessl_gui.ui.shell.window import MainWindow


def show_keys(window: MainWindow) -> None:
    """Name them on buttons and in tooltips; the worklist, which has the keys of two acts too, takes them."""
    words = {name: key_words(name) for name in KEYS}
    say_keys(window, {name: " or ".join(of) for name, of in words.items()})
    window.labels.show_keys({name: next(iter(of), "") for name, of in words.items()})
    window.worklist.grid.take_keys(defer=keys_of("defer_next"), exclude=keys_of("exclude"))
