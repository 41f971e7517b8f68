"""Dresses the program: the shipped font, the palette and the style sheet, made from the tokens."""

from __future__ import annotations

from functools import cache, lru_cache

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetricsF, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from cessl_gui.core.paths import resource
from cessl_gui.ui.parts import tokens
from cessl_gui.ui.parts.focus_ring import FocusRing
from cessl_gui.ui.parts.tokens import DARK, FONT_FAMILIES, LIGHT, THEMES, Theme, Type

SYSTEM = "system"
CHOICES = {SYSTEM: "As the system", **{name: theme.title for name, theme in THEMES.items()}}
_EARLIER_NAMES = {"paper": "light", "contrast": "high_contrast"}
_FONT_FILES = ("Regular", "Medium", "SemiBold", "Bold")


def choice(name: str) -> str:
    """One of CHOICES for a name from the settings, which may be of an earlier version or of no theme at all."""
    name = _EARLIER_NAMES.get(name, name)
    return name if name in CHOICES else SYSTEM


def resolve(name: str) -> Theme:
    """The theme that a choice stands for now."""
    if name != SYSTEM:
        return THEMES[name]
    return DARK if QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark else LIGHT


def dress(name: str) -> Theme:
    """Give the whole program the theme of a choice, unless it has it: styling many widgets again takes a second."""
    app, theme = QApplication.instance(), resolve(name)
    if app.property("theme") != theme.name:
        apply(app, theme)
        app.setProperty("theme", theme.name)
    if app.findChild(FocusRing) is None:
        FocusRing(app)
    return theme


def apply(app: QApplication, theme: Theme) -> None:
    """Style, palette, font and style sheet of one theme."""
    if app.property("theme") is None:  # once: each call styles all widgets anew, and the sheet below does that already
        app.setStyle("Fusion")
    app.setPalette(palette(theme))
    app.setFont(font(tokens.BODY))
    app.setStyleSheet(stylesheet(theme))


def load_fonts() -> None:
    """Make the shipped font known to Qt, once."""
    if "Inter" not in QFontDatabase.families():
        for weight in _FONT_FILES:
            QFontDatabase.addApplicationFont(str(resource(f"fonts/Inter-{weight}.otf")))


def font(size: Type) -> QFont:
    """The program's font in one size of the tokens. All digits are equally wide, so that figures stand in columns."""
    return QFont(_made(size))  # a copy: who asked may change it


@cache  # painting asks for it many times a frame, and Qt lists all fonts to tell whether ours is known
def _made(size: Type) -> QFont:
    load_fonts()
    result = QFont()
    result.setFamilies(FONT_FAMILIES)
    result.setStyleHint(QFont.StyleHint.SansSerif)
    result.setPixelSize(round(size.size_px))
    result.setWeight(QFont.Weight(size.weight))
    result.setFeature(QFont.Tag("tnum"), 1)
    return result


@lru_cache(maxsize=1024)
def width_of(text: str, size: Type) -> float:
    """How wide a line of text is in one size of the tokens, in px."""
    return QFontMetricsF(_made(size)).horizontalAdvance(text)


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
        roles.BrightText: theme.on_fill,
        roles.ToolTipBase: theme.raised,
        roles.ToolTipText: theme.text,
        roles.Highlight: theme.fill,
        roles.HighlightedText: theme.on_fill,
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
    """Rules for what a palette cannot say, and for the properties primary, quiet, flat, chip, card and warning."""
    t = theme
    return f"""
QToolTip {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.border_strong}; padding: 4px; }}
QPushButton, QToolButton {{
    background: {t.surface}; color: {t.text}; border: 1px solid {t.border_strong};
    border-radius: {tokens.RADIUS}px; padding: 4px 10px; }}
QPushButton:hover, QToolButton:hover {{ border-color: {t.accent}; }}
QPushButton:pressed, QToolButton:pressed, QToolButton:checked, QPushButton:checked {{
    background: {t.accent_wash}; color: {t.accent}; border-color: {t.accent}; }}
QPushButton:disabled, QToolButton:disabled {{
    color: {t.muted}; background: {t.window}; border-color: {t.border}; }}
QPushButton[primary="true"] {{
    background: {t.fill}; color: {t.on_fill}; border-color: {t.fill}; font-weight: 600; }}
QPushButton[primary="true"]:hover {{ background: {t.accent_hover}; border-color: {t.accent_hover}; }}
QPushButton[primary="true"]:disabled {{ background: {t.window}; color: {t.muted}; border-color: {t.border}; }}
QPushButton[quiet="true"], QToolButton[quiet="true"] {{
    background: transparent; border-color: transparent; padding: 4px 6px; }}
QPushButton[flat="true"] {{
    background: transparent; color: {t.accent}; border: none; padding: 0 6px; min-height: {tokens.TARGET}px; }}
QPushButton[quiet="true"]:hover, QToolButton[quiet="true"]:hover {{ background: {t.sunk}; }}
QToolButton[chip="true"] {{ padding: 2px 6px; border-radius: {tokens.RADIUS_CHIP}px; }}
QToolButton[warning="true"] {{ color: {t.warning}; border-color: {t.warning}; font-weight: 600; }}
QToolButton::menu-indicator {{ image: none; }}
QLabel[warning="true"] {{ color: {t.warning}; }}
QFrame[card="true"] {{ background: {t.surface}; border: 1px solid {t.border}; border-radius: {tokens.RADIUS_CARD}px; }}
QFrame[card="true"][chosen="true"] {{ background: {t.accent_wash}; border-color: {t.accent}; }}
QLineEdit, QPlainTextEdit, QTextEdit {{
    background: {t.surface}; color: {t.text}; border: 1px solid {t.border_strong};
    border-radius: {tokens.RADIUS}px; padding: 4px 6px; }}
QMenu {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.border_strong}; padding: 4px; }}
QMenu::item {{ padding: 5px 24px 5px 24px; border-radius: {tokens.RADIUS_KEY}px; }}
QMenu::item:selected {{ background: {t.accent_wash}; color: {t.text}; }}
QMenu::item:disabled {{ color: {t.muted}; }}
QMenu::separator {{ height: 1px; background: {t.border}; margin: 4px 8px; }}
QHeaderView::section {{
    background: {t.window}; color: {t.muted}; border: none; border-bottom: 1px solid {t.border}; padding: 4px 8px; }}
QTableView::item {{ padding: 0 {tokens.CELL}px; }}
QTableView, QListView, QTreeView {{
    background: {t.surface}; alternate-background-color: {t.window};
    border: 1px solid {t.border}; gridline-color: {t.border};
    selection-background-color: {t.accent_wash}; selection-color: {t.text}; }}
QProgressBar {{
    border: none; border-radius: 3px; background: {t.track}; text-align: center; color: {t.text}; }}
QProgressBar::chunk {{ background: {t.accent}; border-radius: 3px; }}
QScrollBar:vertical {{ background: transparent; width: 8px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 8px; margin: 0; }}
QScrollBar::handle {{ background: {t.border_strong}; border-radius: 3px; margin: 1px; min-height: 24px; }}
QScrollBar::handle:hover {{ background: {t.unset}; }}
QScrollBar::handle:disabled {{ background: transparent; }}
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{
    background: none; border: none; width: 0; height: 0; }}
QSplitter::handle {{ background: {t.border}; }}
""" + _choices(t)


def _choices(t: Theme) -> str:
    """Rules for boxes that offer a choice."""
    caret_name = "caret-down-on-dark" if t.dark else "caret-down-on-light"
    caret, check = (resource(f"icons/{name}.svg").as_posix() for name in (caret_name, "check-on-fill"))
    return f"""
QComboBox {{
    background: {t.surface}; color: {t.text}; border: 1px solid {t.border_strong};
    border-radius: {tokens.RADIUS}px; padding: 3px 8px; }}
QComboBox:hover {{ border-color: {t.accent}; }}
QComboBox:disabled {{ color: {t.muted}; background: {t.window}; border-color: {t.border}; }}
QComboBox::drop-down {{ border: none; width: 20px; }}
QComboBox::down-arrow {{ image: url("{caret}"); width: 12px; height: 12px; }}
QComboBox QAbstractItemView {{
    background: {t.raised}; color: {t.text}; border: 1px solid {t.border_strong};
    selection-background-color: {t.accent_wash}; selection-color: {t.text}; }}
QComboBox QLineEdit, QAbstractSpinBox QLineEdit {{ background: transparent; border: none; padding: 0; }}
QTableView QComboBox {{ border: none; border-radius: 0; padding: 3px {8 - tokens.CELL}px; }}
QCheckBox, QRadioButton {{ min-height: {tokens.TARGET}px; }}
QCheckBox::indicator, QRadioButton::indicator {{
    background: {t.surface}; border: 1px solid {t.muted}; width: 14px; height: 14px; }}
QCheckBox::indicator {{ border-radius: {tokens.RADIUS_KEY}px; }}
QRadioButton::indicator {{ border-radius: 8px; }}
QCheckBox::indicator:hover, QRadioButton::indicator:hover {{ border-color: {t.accent}; }}
QCheckBox::indicator:checked {{ background: {t.fill}; border-color: {t.fill}; image: url("{check}"); }}
QRadioButton::indicator:checked {{ border: 5px solid {t.accent}; width: 6px; height: 6px; }}
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled {{
    background: {t.window}; border-color: {t.border_strong}; }}
QCheckBox::indicator:checked:disabled {{ background: {t.unset}; }}
QTabWidget::pane {{ border: none; top: {tokens.FOCUS_RING}px; }}
QTabWidget::tab-bar {{ left: {tokens.FOCUS_RING}px; top: {tokens.FOCUS_RING}px; }}
QTabBar::tab {{
    color: {t.muted}; background: transparent; border: none; border-bottom: 2px solid transparent;
    padding: 4px 2px; margin-right: 16px; font-weight: 500; }}
QTabBar::tab:selected {{ color: {t.accent}; border-bottom-color: {t.accent}; }}
"""
