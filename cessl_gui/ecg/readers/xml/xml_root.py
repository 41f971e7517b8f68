"""XML from outside, read safely: no entities, nothing fetched, bounded depth, size and number of elements."""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.ecg.readers.recording import read_bytes, sha256

LARGEST_XML = 1 << 26  # bytes
DEEPEST, MOST_ELEMENTS = 100, 500_000
DECLARED = re.compile(r"""\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)["']""", re.ASCII)
BEFORE_ROOT = re.compile(r"\ufeff?\s*(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>|\s+)*", re.DOTALL)
ROOT = re.compile(r"<(?:[\w.-]+:)?([\w.-]+)")
# The encodings of texts that a declaration may name: Python knows others, which unpack or run through escapes.
ENCODINGS = re.compile(
    r"(utf-?8|(us-)?ascii|latin-?\d+|iso[-_]?8859[-_]?\d+|(windows-|cp)\d+|gb\d+|gbk|big5|shift_?jis|euc[-_]\w+|koi8[-_]\w)",
    re.IGNORECASE,
)
BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    b"<\0": "utf-16-le",
    b"\0<": "utf-16-be",
}
BEFORE_XML = b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"  # bytes of marks and white space in any of these


class _Refused(Exception):
    pass


class _Bounded(TreeBuilder):
    """Builds the tree with local names only, as formats are told apart by their root."""

    depth = elements = 0

    def start(self, tag, attributes):
        self.depth += 1
        self.elements += 1
        if self.depth > DEEPEST:
            raise _Refused(f"its elements are nested more than {DEEPEST} deep")
        if self.elements > MOST_ELEMENTS:
            raise _Refused(f"it has more than {MOST_ELEMENTS:,} elements")
        return super().start(_local(tag), {_local(name): value for name, value in attributes.items()})

    def end(self, tag):
        self.depth -= 1
        return super().end(_local(tag))


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def root_name(head: bytes) -> str:
    """The name of the root element in the first bytes of a file, "" if it is no XML, "?" if the root is further on."""
    if not head.lstrip(BEFORE_XML).startswith(b"<"):  # most files: not worth decoding
        return ""
    text = _text(head, strict=False)
    if not text.lstrip("\ufeff \t\r\n").startswith("<"):
        return ""
    before = BEFORE_ROOT.match(text)
    rest = text[before.end() if before else 0 :]
    match = ROOT.match(rest)
    if match:
        return match[1]
    return "?" if not rest or rest.startswith(("<!--", "<!DOCTYPE", "<?")) else ""


def read_root(path: Path) -> tuple[Element, str]:
    """The root element and the SHA-256 of the file. Names are without their namespaces.

    raises : UnreadableRecording for XML that is broken, too large, too deep, or brings entities of its own
    """
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser

    data = read_bytes(path, LARGEST_XML)
    parser = DefusedXMLParser(target=_Bounded(), forbid_dtd=False, forbid_entities=True, forbid_external=True)
    try:
        parser.feed(_text(data))
        return parser.close(), sha256(data)
    except _Refused as error:
        raise UnreadableRecording(f"{path.name} is not read: {error}.", "No ECG needs that.") from error
    except DefusedXmlException as error:
        raise UnreadableRecording(
            f"{path.name} is not read: it defines entities of its own, which can hide anything.",
            "Ask for the file as the electrocardiograph wrote it.",
        ) from error
    except (ParseError, ValueError, LookupError) as error:
        raise UnreadableRecording(
            f"{path.name} is broken XML ({str(error)[:80]}).", "Copy or export the recording again."
        ) from error


def _text(data: bytes, strict: bool = True) -> str:
    """The text of an XML file: by its byte order mark, else as declared; where that is wrong, UTF-8 or Windows-1252."""
    encodings = [encoding for mark, encoding in BOMS.items() if data.startswith(mark)][:1]
    declared = DECLARED.match(data[:300].decode("latin-1"))
    if not encodings and declared and ENCODINGS.fullmatch(declared[1]):
        encodings.append(declared[1])
    for encoding in [*encodings, "utf-8"]:
        try:
            return codecs.getincrementaldecoder(encoding)().decode(data, final=strict)
        except (LookupError, ValueError):
            continue
    return data.decode("cp1252", "replace")
