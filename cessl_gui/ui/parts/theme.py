"""Colours of the window and of the ECG page. Meaning is never carried by colour alone, nor by red against green."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

from cessl_gui.core.types import State

# The first one installed is used; the last stands for "whatever sans serif there is".
FONT_FAMILIES = ("Inter", "Segoe UI", "SF Pro Text", "Helvetica Neue", "Noto Sans", "DejaVu Sans", "sans-serif")


@dataclass(frozen=True)
class Theme:
    """One set of colours, as "#rrggbb".

    page .. note       : the ECG page: paper, grid of 1 and 5 mm, trace, text, secondary text, doubtful leads
    window .. on_accent: the program around it
    present .. unassessed : the four states of a statement (three also have a mark, see STATE_MARK)
    supports, opposes  : influence; blue and orange differ for every kind of colour vision
    earlier            : the trace of an earlier ECG behind the present one, much lighter or darker than `trace`
    """

    name: str
    title: str
    page: str
    grid_fine: str
    grid_coarse: str
    trace: str
    ink: str
    faint_ink: str
    note: str
    window: str
    surface: str
    text: str
    muted: str
    border: str
    accent: str
    on_accent: str
    present: str
    absent: str
    uncertain: str
    unassessed: str
    warning: str
    supports: str
    opposes: str
    earlier: str
    dark: bool = False

    def color(self, field: str, alpha: int = 255) -> QColor:
        """A colour of this theme by field name, e.g. theme.color("accent")."""
        color = QColor(getattr(self, field))
        color.setAlpha(alpha)
        return color

    def state(self, state: State) -> QColor:
        """The colour of a statement's state."""
        return QColor(getattr(self, str(state)))


STATE_MARK = {State.PRESENT: "+", State.ABSENT: "−", State.UNCERTAIN: "?"}

PAPER = Theme(
    name="paper",
    title="Paper",
    page="#fffcfa",
    grid_fine="#f8e3e1",
    grid_coarse="#ebbdb9",
    trace="#15161a",
    ink="#26272c",
    faint_ink="#6a6368",
    note="#8a4b00",
    window="#f3f2f0",
    surface="#ffffff",
    text="#1d1f24",
    muted="#5c626d",
    border="#d3d1cd",
    accent="#1d5fa6",
    on_accent="#ffffff",
    present="#0b63a8",
    absent="#59626e",
    uncertain="#a85f00",
    unassessed="#9aa0a8",
    warning="#a35a00",
    supports="#0b6fb8",
    opposes="#c55a00",
    earlier="#a24bb5",
)

DARK = Theme(
    name="dark",
    title="Dark",
    page="#12151a",
    grid_fine="#1d2229",
    grid_coarse="#323a45",
    trace="#eef2f5",
    ink="#d9dee4",
    faint_ink="#939ca8",
    note="#f0b060",
    window="#1a1d22",
    surface="#22262c",
    text="#e4e7eb",
    muted="#a2a9b3",
    border="#3a4049",
    accent="#6fb1ee",
    on_accent="#0d1420",
    present="#6db8f2",
    absent="#a9b1bb",
    uncertain="#f0b060",
    unassessed="#6b737d",
    warning="#f0b060",
    supports="#5fb0f0",
    opposes="#f0914a",
    earlier="#b77fd0",
    dark=True,
)

CONTRAST = Theme(
    name="contrast",
    title="High contrast",
    page="#ffffff",
    grid_fine="#d9d9d9",
    grid_coarse="#8f8f8f",
    trace="#000000",
    ink="#000000",
    faint_ink="#333333",
    note="#7a3d00",
    window="#ffffff",
    surface="#ffffff",
    text="#000000",
    muted="#333333",
    border="#000000",
    accent="#003a8c",
    on_accent="#ffffff",
    present="#003a8c",
    absent="#333333",
    uncertain="#7a3d00",
    unassessed="#5f5f5f",
    warning="#7a3d00",
    supports="#003a8c",
    opposes="#9c3d00",
    earlier="#a01fb8",
)

THEMES = {theme.name: theme for theme in (PAPER, DARK, CONTRAST)}


def apply(app: QApplication, theme: Theme) -> None:
    """Dress the whole program in a theme: style, palette, font family and the few rules a palette cannot say."""
    app.setStyle("Fusion")
    app.setPalette(palette(theme))
    font = app.font()
    font.setFamilies(FONT_FAMILIES)
    font.setStyleHint(QFont.StyleHint.SansSerif)
    app.setFont(font)
    app.setStyleSheet(stylesheet(theme))


def palette(theme: Theme) -> QPalette:
    """The Qt palette of a theme."""
    roles = QPalette.ColorRole
    colors = {
        roles.Window: theme.window,
        roles.WindowText: theme.text,
        roles.Base: theme.surface,
        roles.AlternateBase: theme.window,
        roles.Text: theme.text,
        roles.PlaceholderText: theme.muted,
        roles.Button: theme.surface,
        roles.ButtonText: theme.text,
        roles.BrightText: theme.on_accent,
        roles.ToolTipBase: theme.surface,
        roles.ToolTipText: theme.text,
        roles.Highlight: theme.accent,
        roles.HighlightedText: theme.on_accent,
        roles.Link: theme.accent,
        roles.Mid: theme.border,
        roles.Midlight: theme.border,
        roles.Accent: theme.accent,
    }
    result = QPalette()
    for role, color in colors.items():
        result.setColor(role, QColor(color))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme.muted))
    return result


def stylesheet(theme: Theme) -> str:
    """Rules for what a palette cannot say: borders, focus rings, the primary button (property primary=true)."""
    t = theme
    return f"""
QToolTip {{ background: {t.surface}; color: {t.text}; border: 1px solid {t.border}; padding: 4px; }}
QPushButton, QToolButton, QComboBox {{
    background: {t.surface}; color: {t.text}; border: 1px solid {t.border}; border-radius: 4px; padding: 3px 9px; }}
QPushButton:hover, QToolButton:hover, QComboBox:hover {{ border-color: {t.accent}; }}
QPushButton:focus, QToolButton:focus, QComboBox:focus, QLineEdit:focus {{ border: 1px solid {t.accent}; }}
QPushButton:pressed, QToolButton:pressed, QToolButton:checked, QPushButton:checked {{
    background: {t.accent}; color: {t.on_accent}; border-color: {t.accent}; }}
QPushButton:disabled, QToolButton:disabled {{ color: {t.muted}; background: {t.window}; }}
QPushButton[primary="true"] {{
    background: {t.accent}; color: {t.on_accent}; border-color: {t.accent}; font-weight: 600; }}
QPushButton[primary="true"]:disabled {{ background: {t.window}; color: {t.muted}; border-color: {t.border}; }}
QToolButton[chip="true"] {{ padding: 2px 6px; }}
QToolButton[warning="true"] {{ color: {t.warning}; border-color: {t.warning}; font-weight: 600; }}
QToolButton::menu-indicator {{ image: none; }}
QLineEdit {{
    background: {t.surface}; color: {t.text}; border: 1px solid {t.border}; border-radius: 4px; padding: 3px 6px; }}
QHeaderView::section {{
    background: {t.window}; color: {t.muted}; border: none; border-bottom: 1px solid {t.border}; padding: 4px 6px; }}
QTableView, QListView, QTreeView {{
    background: {t.surface}; alternate-background-color: {t.window};
    border: 1px solid {t.border}; gridline-color: {t.border};
    selection-background-color: {t.accent}; selection-color: {t.on_accent}; }}
QProgressBar {{
    border: 1px solid {t.border}; border-radius: 4px; background: {t.surface}; text-align: center; color: {t.text}; }}
QProgressBar::chunk {{ background: {t.accent}; border-radius: 3px; }}
QSplitter::handle {{ background: {t.border}; }}
QStatusBar {{ color: {t.muted}; }}
QStatusBar::item {{ border: none; }}
"""
