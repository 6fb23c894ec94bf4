"""The pieces of a line."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.line_parser import NotLineProtocol, parse_strictly
from trio_ingest.processing import line_protocol

any_text = st.text(st.characters())


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("sensor", "sensor"),
        ("a b,c", r"a\ b\,c"),
        ("a=b", "a_b"),
        ("", "entity"),
        ("_x", "entity_x"),
        ("=x", "entity_x"),
        ("#x", "entity#x"),
        ("a\\", "a/"),
        ("a\nb", r"a\ b"),
    ],
)
def test_measurement(name: str, written: str) -> None:
    """A measurement is escaped, and what must not stand at its beginning does not."""
    assert line_protocol.measurement(name) == written


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Kitchen", "Kitchen"),
        ("a b,c=d", r"a\ b\,c\=d"),
        ('the "den"', r'the\ "den"'),
        ("C:\\home\\", "C:/home/"),
        ("\ud83d", "\ufffd"),
        ("é\r\n", r"é\ \ "),
    ],
)
def test_tag_value(text: str, written: str) -> None:
    """The value of a tag has no backslash of its own, no newline and nothing but text."""
    assert line_protocol.tag_value(text) == written


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("", '""'),
        ("a, b=c", '"a, b=c"'),
        ('"', r'"\""'),
        ("\\", r'"\\"'),
        ('\\"', r'"\\\""'),
        ("a\r\nb\tc\0d\x7fe", '"a  b c d e"'),
        ("\udc00", '"\ufffd"'),
    ],
)
def test_string_value(text: str, written: str) -> None:
    """A string has its quotes and backslashes escaped and stays on its line."""
    assert line_protocol.string_value(text) == written


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("x" * 65_536, 65_536),
        ("x" * 65_537, 65_536),
        ("é" * 32_769, 32_768),
        ("x" + "🌡" * 16_384, 16_384),
        ('"' * 70_000, 65_536),
        ("\ud800" * 21_846, 21_845),
    ],
)
def test_long_strings_are_cut_between_characters(text: str, kept: int) -> None:
    """A string keeps as many whole characters as fit into 64 KiB, before escaping."""
    point = parse_strictly(f"m,t=1 s={line_protocol.string_value(text)} 1")

    assert point.fields["s"] == text.replace("\ud800", "\ufffd")[:kept]


def test_what_fits_is_not_cut() -> None:
    """A string fits up to 64 KiB, and not a byte more."""
    assert line_protocol.fits_string("é" * 32_768)
    assert not line_protocol.fits_string("é" * 32_768 + "x")


@pytest.mark.parametrize("text", ["x" * 512, "é" * 256])
def test_long_names_are_cut_between_characters(text: str) -> None:
    """A name or a tag keeps what fits into 512 bytes."""
    assert line_protocol.safe_name(text) == text
    assert line_protocol.safe_name(text + "x") == text
    assert line_protocol.safe_name("x" + text) == ("x" + text)[: len(text)]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_read_back_exactly(number: float) -> None:
    """A float is written in a form that each engine's grammar has, and reads back as itself."""
    written = line_protocol.float_value(number)

    assert re.fullmatch(r"-?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?", written)
    assert repr(float(written)) == repr(number)


@given(any_text, any_text, any_text)
def test_any_text_makes_a_line(name: str, tag: str, string: str) -> None:
    """Whatever the texts are, what is put together of them is one line that says them."""
    line = (
        f"{line_protocol.measurement(name)},t=x{line_protocol.tag_value(tag)}"
        f" f={line_protocol.string_value(string)} 1"
    )

    point = parse_strictly(line)

    assert point.tags == {"t": "x" + cleaned(tag).replace("\\", "/")}
    assert point.fields == {"f": cleaned(string)}


def cleaned(text: str) -> str:
    return "".join(
        " " if char < " " or char == "\x7f" else "\ufffd" if "\ud800" <= char <= "\udfff" else char
        for char in text
    )


@pytest.mark.parametrize(
    "line",
    [
        "",
        "m",
        "m 1",
        "m f= 1",
        "m f=1",
        "m f=1 1.5",
        "m f=1  1",
        "m,t= f=1 1",
        "m,t f=1 1",
        "m,=v f=1 1",
        "m,t=a\\ f=1 1",
        "m,t=a\\b f=1 1",
        "m,t=a=b f=1 1",
        "m,t=a,t=b f=1 1",
        "m,t=a t=1 1",
        "m,time=a f=1 1",
        "m,_t=a f=1 1",
        "#m f=1 1",
        "_m f=1 1",
        "m\\=a f=1 1",
        "m f=1,f=2 1",
        "m time=1 1",
        "m _f=1 1",
        "m =1 1",
        'm f"=1 1',
        'm f="a 1',
        'm f="a\\b" 1',
        'm f="a\nb" 1',
        'm f="a\0" 1',
        "m f=nan 1",
        "m f=1i 1",
        "m f=true 1",
        "m f=.5 1",
        "m f=1, 1",
    ],
)
def test_the_reader_is_strict(line: str) -> None:
    """The reader that these tests rely on takes none of what some engine refuses."""
    with pytest.raises(NotLineProtocol):
        parse_strictly(line)
