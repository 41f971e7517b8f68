"""The keys of the main window, as the Keys page lists them. The menus take their shortcuts from here."""

from __future__ import annotations

from cessl_gui.ui.evidence import measurements_panel
from cessl_gui.ui.page import page

KEYS: dict[str, tuple[tuple[str, ...], str]] = {
    "confirm_next": (("Return", "Enter"), "Confirm and open the next record"),
    "confirm": (("C",), "Confirm and stay"),
    "reopen": (("R",), "Reopen a confirmed reading; until then it cannot be changed"),
    "normal_next": (("N",), "Normal (sinus rhythm, the rest of the panel absent), confirm and next"),
    "rest_absent": (("A",), "The rest of the panel is absent"),
    "defer_next": (("D",), "Defer and next"),
    "exclude": (("X",), "Exclude for quality; again: include, as it was before"),
    "reveal": (("P",), "Show the prediction and the file's diagnosis before confirming (this is recorded)"),
    "next": (("PgDown", "J"), "Next record"),
    "previous": (("PgUp", "K"), "Previous record"),
    "influence": (("S",), "Colour each half second by how much the prediction changes without it"),
    "compare": (("B",), "Compare with the patient's earlier ECG: next to this one, behind, not at all"),
    "statement_below": (
        ("Alt+Down",),
        "Go to the statements, then to the one below: shows its influence, gives no answer",
    ),
    "statement_above": (("Alt+Up",), "The statement above"),
    "find_statement": (("/", "Ctrl+K"), "Find any statement; Enter present, Shift+Enter absent, Alt+Enter uncertain"),
    "search": (("Ctrl+F",), "Search records"),
    "next_part": (("F6",), "To the page, the statements, the record list"),
    "other_part": (("L",), "The record list or the statements, where the window has room for one of them"),
    "undo": (("Ctrl+Z",), "Undo the last action, back to when the project was opened"),
    "redo": (("Ctrl+Shift+Z", "Ctrl+Y"), "Redo"),
    "open": (("Ctrl+O",), "Open another project"),
    "import": (("Ctrl+I",), "Import a folder of recordings"),
    "measurements": (("I",), "Measurements: rate, intervals, axes, the median beat with its marks"),
    "save_page": (("Ctrl+S",), "Save the page as PDF, PNG or SVG"),
    "keys": (("?", "F1"), "This list"),
    "quit": (("Ctrl+Q",), "Close the window; everything is saved already"),
}

# Held down, these go on and on. All others act once a press: a held N would label ECGs that nobody has seen.
REPEATED = ("next", "previous", "statement_below", "statement_above", "undo", "redo")

# Keys that are no menu entries. The page has keys of its own besides, while it has the focus.
OTHER_KEYS = (
    ("1 … 9", "First nine statements, by the place of the key, whatever it types: present; again: not assessed"),
    ("Shift + 1 … 9", "Absent. Where that types / it finds a statement instead"),
    ("Alt + 1 … 9", "Uncertain"),
    ("↑ ↓ ← →", "Among the statements: the one above or below, another answer"),
    ("Space", "Among the statements: give the answer, or take it back; elsewhere: press the button"),
    ("Alt + V", "The View menu: layout, speed, gain, filters, size, theme"),
    ("Tab", "To the next control; all choices below the page can be reached"),
    ("Esc", "Leave a text box; close a window"),
)


def all_keys() -> list[tuple[str, str]]:
    """(key, what it does), for the Keys page."""
    shown = {"Return": "Enter", "PgDown": "Page down", "PgUp": "Page up"}
    own = []
    for keys, what in KEYS.values():
        words = dict.fromkeys(shown.get(key, key) for key in keys)
        own.append(("  or  ".join(words), what))
    on_page = [(key, f"On the ECG page: {what}") for key, what in page.KEYS]
    on_beat = [(key, f"On the median beat: {what}") for key, what in measurements_panel.KEYS]
    return [*OTHER_KEYS[:3], *own, *OTHER_KEYS[3:], *on_page, *on_beat]
