"""XML from outside: what is refused, and in which words; texts in whatever encoding."""

import pytest

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.ecg.readers import find_recordings
from cessl_gui.ecg.readers.xml.xml_root import read_root, root_name
from tests.ecg.recordings import refusal


def xml(folder, text, name="x.xml", encoding="utf-8"):
    path = folder / name
    path.write_bytes(text.encode(encoding) if isinstance(text, str) else text)
    return path


@pytest.mark.parametrize("depth", [150, 20_000, 200_000])
def test_nested_tags_are_refused_in_a_sentence(tmp_path, depth):
    path = xml(tmp_path, "<RestingECG>" + "<a>" * depth + "</a>" * depth + "</RestingECG>")
    assert "nested more than 100 deep" in refusal(path)


def test_an_entity_bomb_is_refused(tmp_path):
    bomb = '<!DOCTYPE RestingECG [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><RestingECG>&b;</RestingECG>'
    assert "defines entities" in refusal(xml(tmp_path, bomb))


def test_an_external_entity_is_refused(tmp_path):
    (tmp_path / "secret").write_text("secret")
    text = f'<!DOCTYPE RestingECG [<!ENTITY a SYSTEM "{tmp_path}/secret">]><RestingECG>&a;</RestingECG>'
    assert "defines entities" in refusal(xml(tmp_path, text))


def test_a_doctype_alone_is_no_reason_to_refuse(tmp_path):
    root, _ = read_root(xml(tmp_path, '<!DOCTYPE RestingECG SYSTEM "restecg.dtd"><RestingECG><a>1</a></RestingECG>'))
    assert root.findtext("a") == "1"


def test_broken_xml_is_refused_in_a_sentence(tmp_path):
    assert "broken XML" in refusal(xml(tmp_path, "<RestingECG><a></RestingECG>"))


def test_an_unknown_root_is_named(tmp_path):
    assert "its root is Invoice" in refusal(xml(tmp_path, "<?xml version='1.0'?><!-- a --><Invoice/>"))


def test_too_many_elements_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("cessl_gui.ecg.readers.xml.xml_root.MOST_ELEMENTS", 5000)
    assert "more than 5,000 elements" in refusal(xml(tmp_path, "<RestingECG>" + "<a/>" * 5001 + "</RestingECG>"))


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("iso-8859-1", "ISO-8859-1"),
        ("cp1252", "windows-1252"),
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "utf-16"),
        ("cp1250", "windows-1250"),
        ("cp1252", "UTF-8"),  # declared wrongly
        ("utf-8", "UTF-16"),
    ],
)
def test_texts_are_read_in_their_encoding(tmp_path, encoding, declared):
    text = f'<?xml version="1.0" encoding="{declared}"?><RestingECG><a>Müßig ö</a></RestingECG>'
    root, _ = read_root(xml(tmp_path, text, encoding=encoding))
    assert root.findtext("a") == "Müßig ö"


def test_multibyte_encodings_are_read_too(tmp_path):
    root, _ = read_root(xml(tmp_path, '<?xml version="1.0" encoding="GBK"?><a><b>心电图</b></a>', encoding="gbk"))
    assert root.findtext("b") == "心电图"


@pytest.mark.parametrize("codec", ["zip", "zlib_codec", "hex", "rot13", "unicode_escape", "punycode", "idna"])
def test_a_declared_encoding_that_is_none_of_a_text_is_not_followed(tmp_path, codec):
    root, _ = read_root(xml(tmp_path, f'<?xml version="1.0" encoding="{codec}"?><a><b>\\u0041</b></a>'))
    assert root.findtext("b") == "\\u0041"


def test_names_are_without_their_namespaces(tmp_path):
    text = '<x:a xmlns:x="urn:x" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><x:b xsi:type="PQ"/></x:a>'
    root, _ = read_root(xml(tmp_path, text))
    assert root.tag == "a"
    assert root[0].attrib == {"type": "PQ"}


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"<a/>", "a"),
        (b"<?xml version='1.0'?>\n<!-- <b> -->\n<!DOCTYPE a SYSTEM 'a.dtd'>\n<x:a>", "a"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>", "a"),
        (b"<!-- a comment that is longer", "?"),
        (b"no xml", ""),
        (b"", ""),
        (b"\x89HDF", ""),
        ("\ufeff<a/>".encode("utf-16"), "a"),
    ],
)
def test_the_root_is_known_from_the_first_bytes(head, name):
    assert root_name(head) == name


def test_a_file_too_large_is_not_parsed(tmp_path, monkeypatch):
    monkeypatch.setattr("cessl_gui.ecg.readers.xml.xml_root.LARGEST_XML", 100)
    with pytest.raises(UnreadableRecording, match="too large"):
        read_root(xml(tmp_path, "<a>" + "b" * 100 + "</a>"))


def test_a_folder_import_passes_over_xml_of_other_kinds(tmp_path):
    xml(tmp_path, "<Invoice/>")
    assert find_recordings([tmp_path]) == []
