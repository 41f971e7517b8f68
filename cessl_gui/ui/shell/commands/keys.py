"""The keys of the window: which there are, which the person chose instead, and which stand against each other."""

from __future__ import annotations

from PySide6.QtGui import QKeySequence

from cessl_gui.ui.evidence import measurements_panel
from cessl_gui.ui.page.tools import page_keys
from cessl_gui.ui.parts.preferences import preferences

KEYS: dict[str, tuple[tuple[str, ...], str]] = {
    "confirm_next": (("Return", "Enter"), "Confirm and open the next record"),
    "confirm": (("C",), "Confirm and stay"),
    "reopen": (("Shift+C", "R"), "Reopen a confirmed reading; until then it cannot be changed"),
    "normal_next": (("N",), "Normal (sinus rhythm, the rest of the panel absent), confirm and next"),
    "rest_absent": (("A",), "The rest of the panel is absent"),
    "defer_next": (("D",), "Defer and next"),
    "exclude": (("X",), "Exclude for quality; again: include, as it was before"),
    "reveal": (("P",), "Show the prediction and the file's diagnosis before confirming (this is recorded)"),
    "next": (("PgDown", "J"), "Next record"),
    "previous": (("PgUp", "K"), "Previous record"),
    "evidence": (("E",), "Evidence: what the prediction rests on, lead by lead"),
    "influence": (("S",), "Colour each half second by how much the prediction changes without it"),
    "compare": (("B",), "Compare with the patient's earlier ECG: next to this one, behind, not at all"),
    "statement_below": (
        ("Alt+Down",),
        "Go to the statements, then to the one below: shows its influence, gives no answer",
    ),
    "statement_above": (("Alt+Up",), "The statement above"),
    "calipers": (("M",), "Measure: drag to set a caliper (Shift + drag at any time)"),
    "mark": (("L",), "Mark: click a beat or drag a stretch, then choose its statement; again: no longer"),
    "note": (("T",), "Your note on this ECG, and the list of its marks; Esc leaves"),
    "magnify": (("Z",), "Magnify the page: held as long as it is down; pressed: twice, four times, as it was"),
    "crosshair": (("H",), "Crosshair: time and voltage of a sample; it follows the mouse"),
    "march_out": (("O",), "March the selected caliper out over the page"),
    "higher_gain": (("+", "="), "Higher gain, for all leads"),
    "lower_gain": (("-", "_"), "Lower gain, for all leads"),
    "measurements": (("I",), "Measurements: rate, intervals, axes, the median beat with its marks"),
    "find_statement": (("/", "Ctrl+K"), "Find any statement; Enter present, Shift+Enter absent, Alt+Enter uncertain"),
    "search": (("Ctrl+F",), "Search records"),
    "next_part": (("F6",), "To the next part: records, page, statements"),
    "room_read": (("Ctrl+1",), "Read"),
    "room_worklist": (("Ctrl+2",), "Worklist"),
    "room_model": (("Ctrl+3",), "Model"),
    "room_statements": (("Ctrl+4",), "Statements"),
    "room_history": (("Ctrl+5",), "History"),
    "undo": (("Ctrl+Z",), "Undo the last action, back to when the project was opened"),
    "redo": (("Ctrl+Shift+Z", "Ctrl+Y"), "Redo"),
    "open": (("Ctrl+O",), "Open another project"),
    "import": (("Ctrl+I",), "Import a folder of recordings"),
    "save_page": (("Ctrl+S",), "Save the page as PDF, PNG or SVG"),
    "print_page": (("Ctrl+P",), "Print the page"),
    "settings": (("Ctrl+,",), "Settings"),
    "menu": (("F10",), "The menu of all actions; also Alt alone"),
    "help": (("F1",), "The manual"),
    "keys": (("?",), "This list"),
    "quit": (("Ctrl+Q",), "Close the window; everything is saved already"),
}

# What labels, confirms or turns to a record, or acts on the page: only where the record is in sight.
OF_READING = (
    "confirm_next",
    "confirm",
    "reopen",
    "normal_next",
    "rest_absent",
    "defer_next",
    "exclude",
    "reveal",
    "next",
    "previous",
    "evidence",
    "influence",
    "compare",
    "statement_below",
    "statement_above",
    "calipers",
    "mark",
    "note",
    "magnify",
    "crosshair",
    "march_out",
    "higher_gain",
    "lower_gain",
    "measurements",
    "find_statement",
    "save_page",
    "print_page",
)

# Held down, these go on and on. All others act once a press: a held N would label ECGs that nobody has seen.
REPEATED = ("next", "previous", "statement_below", "statement_above", "undo", "redo", "higher_gain", "lower_gain")

# Keys that are no menu entries. The page also has keys of its own while it has the focus.
OTHER_KEYS = (
    ("1 … 9", "The statement with this key, by the place of the key, whatever it types: present; again: not assessed"),
    ("Shift + 1 … 9", "Absent. Where that types / it finds a statement instead"),
    ("Alt + 1 … 9", "Uncertain"),
    ("↑ ↓ ← →", "Among the statements: the one above or below, another answer"),
    ("Space", "Among the statements: give the answer, or clear it; elsewhere: press the button"),
    ("Alt", "The menu of all actions"),
    ("Tab", "To the next control; all tools of the page can be reached"),
    ("Esc", "Leave a text box; close a window; back to Read"),
)

WORKLIST_KEYS = {"F5": "In the worklist: sort and count again"}
DIGITS = tuple(f"{before}{digit}" for before in ("", "Shift+", "Alt+") for digit in range(1, 10))
MOVING = ("Tab", "Shift+Tab", "Esc", "Space", "Up", "Down", "Left", "Right")
SHOWN = {"Return": "Enter", "PgDown": "Page down", "PgUp": "Page up"}


def keys_of(name: str) -> tuple[str, ...]:
    """The keys of an action: those that the person chose, else the usual ones; none for an action without."""
    usual = KEYS[name][0] if name in KEYS else ()
    chosen = preferences().value(f"keys/{name}")
    return usual if chosen is None else tuple(filter(None, [chosen] if isinstance(chosen, str) else chosen))


def key_words(name: str) -> tuple[str, ...]:
    """The keys of an action as a person calls them."""
    return tuple(dict.fromkeys(SHOWN.get(key, key) for key in keys_of(name)))


def choose_keys(name: str, keys: tuple[str, ...] | None) -> None:
    """Give an action other keys, () for none; None gives it back its usual ones."""
    if keys is None or keys == KEYS[name][0]:
        preferences().remove(f"keys/{name}")
    else:
        preferences().setValue(f"keys/{name}", list(keys))


def why_not(name: str, key: str) -> str:
    """Why an action cannot have a key, in a sentence; "" where it can."""
    sequence = QKeySequence(key)
    words = sequence.toString(QKeySequence.SequenceFormat.NativeText)
    if sequence.isEmpty():
        return "This key cannot be used."
    if key in DIGITS:
        return f"{words} answers for a statement. Choose another key."
    if any(sequence == QKeySequence(fixed) for fixed in MOVING):
        return f"{words} moves within the window. Choose another key."
    for fixed, what in {**page_keys.FIXED, **WORKLIST_KEYS}.items():
        if sequence == QKeySequence(fixed):
            return f"{words} already means “{what}”. Choose another key."
    for other, (_, what) in KEYS.items():
        if other != name and any(sequence == QKeySequence(taken) for taken in keys_of(other)):
            return f"{words} already means “{what}”. Choose another key, or change that one first."
    return ""


def all_keys() -> list[tuple[str, str]]:
    """(key, what it does), for the Keys page."""
    own = []
    for name, (_, what) in KEYS.items():
        words = key_words(name)
        if words:
            own.append(("  or  ".join(words), what))
    on_page = [(key, f"On the ECG page: {what}") for key, what in page_keys.KEYS]
    on_beat = [(key, f"On the median beat: {what}") for key, what in measurements_panel.KEYS]
    return [*OTHER_KEYS[:3], *own, *OTHER_KEYS[3:], *on_page, *on_beat]
