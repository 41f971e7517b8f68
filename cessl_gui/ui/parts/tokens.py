"""The look of the desk in numbers: colours, type, spacing and sizes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from PySide6.QtGui import QColor

from cessl_gui.core.types import State


@cache  # painting asks for it thousands of times a second
def _color(name: str, alpha: int) -> QColor:
    color = QColor(name)
    color.setAlpha(alpha)
    return color


@dataclass(frozen=True)
class Theme:
    """One set of colours, as "#rrggbb".

    page .. note      : the ECG page: paper, grid of 1 and 5 mm, trace, text, doubtful leads
    window .. sunk    : grounds: of the window, of panels, of what lies on them, of what lies below
    muted             : secondary text
    border            : hairlines between areas; border_strong outlines controls
    accent            : the only accent: text, icons, focus, choice; accent_wash is the ground of what is chosen
    fill, on_fill     : the surface of the primary button, and the text on it
    present .. absent : the states of a statement, each with a mark of its own, see STATE_MARK
    unset             : outlines of unset states, bars below the cut-off; never text
    supports, opposes : influence; the second is drawn hatched or outlined, so that it differs without colour
    track             : the empty part of a bar
    earlier           : the trace of an earlier ECG behind the present one
    """

    name: str
    title: str
    page: str
    grid_fine: str
    grid_coarse: str
    trace: str
    ink: str
    note: str
    window: str
    surface: str
    raised: str
    sunk: str
    text: str
    muted: str
    border: str
    border_strong: str
    accent: str
    fill: str
    on_fill: str
    accent_hover: str
    accent_wash: str
    present: str
    uncertain: str
    absent: str
    unset: str
    warning: str
    warning_wash: str
    supports: str
    opposes: str
    track: str
    focus: str
    earlier: str
    dark: bool = False

    def color(self, field: str, alpha: int = 255) -> QColor:
        """A colour of this theme by field name, e.g. theme.color("accent")."""
        return QColor(_color(getattr(self, field), alpha))  # a copy: who asked may change it

    def state(self, state: State) -> QColor:
        """The colour of a statement's state."""
        return QColor(getattr(self, str(state)))


STATE_MARK = {State.PRESENT: "+", State.ABSENT: "−", State.UNCERTAIN: "?"}

LIGHT = Theme(
    name="light",
    title="Light",
    page="#fffdfb",
    grid_fine="#f7e4e1",
    grid_coarse="#ecc4bf",
    trace="#14161b",
    ink="#23262d",
    note="#8a4b00",
    window="#f3f4f6",
    surface="#ffffff",
    raised="#ffffff",
    sunk="#eceef1",
    text="#171a20",
    muted="#535c69",
    border="#d9dde3",
    border_strong="#b9c0ca",
    accent="#1b5eab",
    fill="#1b5eab",
    on_fill="#ffffff",
    accent_hover="#164f91",
    accent_wash="#e6effa",
    present="#1b5eab",
    uncertain="#a05800",
    absent="#56606d",
    unset="#8a929d",
    warning="#8f4e00",
    warning_wash="#fdf1e0",
    supports="#1f6fc0",
    opposes="#b85400",
    track="#e4e7ec",
    focus="#1b5eab",
    earlier="#a24bb5",
)

DARK = Theme(
    name="dark",
    title="Dark",
    page="#11151b",
    grid_fine="#1b2129",
    grid_coarse="#2f3844",
    trace="#eef2f6",
    ink="#dbe1e8",
    note="#f0b465",
    window="#171b21",
    surface="#1e232a",
    raised="#252b33",
    sunk="#12161b",
    text="#e6eaef",
    muted="#a4adb9",
    border="#333b46",
    border_strong="#4b5563",
    accent="#73b2f0",
    fill="#2b72bd",
    on_fill="#ffffff",
    accent_hover="#8fc3f6",
    accent_wash="#22344a",
    present="#73b2f0",
    uncertain="#f0b465",
    absent="#aeb7c2",
    unset="#7d8794",
    warning="#f0b465",
    warning_wash="#33291a",
    supports="#5fa9ef",
    opposes="#f09650",
    track="#333b46",
    focus="#73b2f0",
    earlier="#b77fd0",
    dark=True,
)

HIGH_CONTRAST = Theme(
    name="high_contrast",
    title="High contrast",
    page="#ffffff",
    grid_fine="#dddddd",
    grid_coarse="#8f8f8f",
    trace="#000000",
    ink="#000000",
    note="#6e3600",
    window="#ffffff",
    surface="#ffffff",
    raised="#ffffff",
    sunk="#f0f0f0",
    text="#000000",
    muted="#303030",
    border="#5f5f5f",
    border_strong="#000000",
    accent="#003a8c",
    fill="#003a8c",
    on_fill="#ffffff",
    accent_hover="#00265c",
    accent_wash="#dfeaff",
    present="#003a8c",
    uncertain="#7a3d00",
    absent="#303030",
    unset="#5f5f5f",
    warning="#6e3600",
    warning_wash="#fff0db",
    supports="#003a8c",
    opposes="#9c3d00",
    track="#d0d0d0",
    focus="#003a8c",
    earlier="#a01fb8",
)

THEMES = {theme.name: theme for theme in (LIGHT, DARK, HIGH_CONTRAST)}

# Inter is shipped; the others stand in for signs that it lacks.
FONT_FAMILIES = ("Inter", "Segoe UI", "SF Pro Text", "Noto Sans", "DejaVu Sans", "sans-serif")


@dataclass(frozen=True)
class Type:
    """One size of text: height of its font and of its line in px, weight from 100 to 900."""

    size_px: float
    line_px: int
    weight: int


RAIL = Type(10.5, 13, 400)
CAPTION = Type(11, 16, 400)
BODY = Type(12, 16, 400)
STRONG = Type(12, 16, 600)
VALUE = Type(13, 16, 600)
SECTION = Type(15, 20, 600)
PAGE_TITLE = Type(20, 28, 600)
START_TITLE = Type(28, 36, 600)

# Spaces between things are one of 2, 4, 6, 8, 12, 16, 24, 32 and 40 px.
RADIUS_KEY, RADIUS, RADIUS_CARD, RADIUS_CHIP = 4, 6, 8, 12
HAIRLINE, FOCUS_RING, DRAWER_EDGE = 1, 2, 2
ICON_SMALL, ICON, ICON_LARGE = 14, 16, 20

# Heights of what stands in rows, and the least side of what a mouse must hit.
TARGET = 24
CELL = 5  # px beside the words of a table's cell; Qt adds 3
BUTTON, BUTTON_PRIMARY, TOOL_BUTTON, INPUT, CHIP = 32, 40, 28, 28, 24
STATEMENT_ROW, RECORD_ROW, TABLE_ROW, GROUP_HEADING = 26, 26, 28, 21
RAIL_WIDTH, HEADER, TOOLBAR, PAGE_FOOTER, STATUS_BAR = 64, 36, 36, 28, 24
TOAST, TOAST_MARGIN, SELECTION_BAR = 40, 16, 48


@dataclass(frozen=True)
class Layout:
    """The columns of the Read room in px for one width of the window; the page takes what is left."""

    records: int
    panel: int
    measurements: int
    versions: int


WIDE_RECORDS_FROM = 1500
_NARROW, _MIDDLE, _WIDE = (1366, 280), (1707, 349), (1920, 403)


def layout(width: int) -> Layout:
    """The columns for a window of this width: those of the design at 1366, 1707 and 1920 px, in proportion between."""
    below, above = (_NARROW, _MIDDLE) if width < _MIDDLE[0] else (_MIDDLE, _WIDE)
    panel = below[1] + (width - below[0]) * (above[1] - below[1]) / (above[0] - below[0])
    panel = round(min(max(panel, _NARROW[1]), _WIDE[1]))
    is_wide = width >= WIDE_RECORDS_FROM
    return Layout(
        records=176 if is_wide else 64,
        panel=panel,
        measurements=640 if width >= _WIDE[0] else 512,
        versions=320 if width >= _WIDE[0] else 248,
    )
