"""Papers written by hand, and what stands in the PDF that is made of them."""

import re
import zlib
from dataclasses import dataclass
from decimal import Decimal

from works.papers.model import (
    Beside,
    Cell,
    Col,
    Figure,
    Heading,
    Notes,
    Paper,
    Say,
    Sign,
    Table,
    Text,
)

MM = 72 / 25.4
NAMES = 'xmlns="http://www.w3.org/2000/svg"'
SVG = (
    f'<svg {NAMES} viewBox="0 0 100 60"><defs><pattern id="hat" width="6" height="6"'
    ' patternUnits="userSpaceOnUse"><path d="M0 0v6" stroke="#333"/></pattern></defs>'
    '<rect id="box" width="100" height="60" fill="url(#hat)"/></svg>'
)
NAMES_OF = "癸甲乙丙丁戊己庚辛壬"
HOSTILE = (
    '#panic() $x$ *a* _b_ @ref <label> \\ `c` =1+1 [d](e) //f /*g*/ #import "@preview/h:1"',
    "<script>alert(1)</script><img src=x onerror=a()>&amp;{{7*7}}${1}]]></w:t>",
    '=HYPERLINK("http://example.org")',
    "@SUM(1)",
    "سلام village שלום",
    "Pneumonoultramicroscopic" * 6,
    "",
)


def right(head: str, group: str = "") -> Col:
    return Col(head, 1.0, "right", group)


def table(rows: int = 3, columns: int = 3, **more) -> Table:
    """Make a table of villages: two of its heads are under a common one, the total is first."""
    cols = (
        Col("序号", 1, "center"),
        Col("乡镇", 2),
        *[right(f"指标{n}\n（%）", "户厕" if n < 2 else "") for n in range(columns)],
        Col("判定", 1.5),
    )
    share = Decimal("79.1")
    made = [
        (
            Cell(str(n) if n else ""),
            Cell(f"{NAMES_OF[n % 10]}镇" if n else "合计"),
            *[Cell("79.1", share)] * columns,
            Cell("未达标", status="unmet"),
        )
        for n in range(rows)
    ]
    return Table(cols, tuple(made), **{"total": True, "numbered": True, **more})


def figure(title: str = "示例县达标情况图") -> Figure:
    return Figure(SVG, 90, 54, title)


def paper(**more) -> Paper:
    """Make a leader page: a little of everything."""
    base = {
        "name": "示例县简报",
        "title": ("示例县", "2023年6月达标情况简报"),
        "meta": ("填报单位：（盖章）", "数据截至：2023年6月30日", "单位：户、%"),
        "mark": "演示数据（虚构）",
        "facts": {"standard": "small@1", "as_of": "2023-06-30"},
        "blocks": (
            Say("达标情况。", "全县24个行政村中11个达标、5个待定、6个未达标；6个示范村4个达标。"),
            table(),
            Beside((figure(), Text("右边的说明"))),
            Heading("一、总体情况"),
            Text("正文。"),
            Notes(("1.统计口径：应计数3823户。", "2.平衡校验：一致。")),
            Sign(),
        ),
    }
    return Paper(**{**base, **more})


def hostile() -> Paper:
    """Make a paper all of whose texts try to be something else."""
    cells = tuple((Cell(one), Cell("79.1", Decimal("79.1"))) for one in HOSTILE)
    return paper(
        title=HOSTILE[:2],
        meta=HOSTILE[2:4],
        mark=HOSTILE[1],
        attached=HOSTILE[3],
        blocks=(
            *[Say(one, one) for one in HOSTILE],
            *[Heading(one, level) for level, one in enumerate(HOSTILE[:3], 1)],
            *[Text(one, small=True) for one in HOSTILE],
            Table((Col(HOSTILE[1], group=HOSTILE[0]), right(HOSTILE[2])), cells, HOSTILE[1]),
            Beside((Figure(SVG, 60, 36, HOSTILE[1]), Text(HOSTILE[4]))),
            Notes(HOSTILE),
            Sign("\n".join(HOSTILE)),
        ),
    )


# ---------------------------------------------------------------------- reading a PDF


@dataclass(frozen=True)
class Run:
    """Letters of one font on one line; ``x`` and ``y`` from the upper left corner, in mm."""

    text: str
    x: float
    y: float
    size: float


@dataclass(frozen=True)
class Page:
    wide: float
    high: float
    runs: tuple[Run, ...]

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)

    @property
    def number(self) -> Run:
        """Give what stands at its foot: the number between two dashes."""
        foot = [one for one in self.runs if one.y > self.high - 35]
        return Run("".join(one.text for one in foot), foot[0].x, foot[0].y, foot[0].size)

    def run(self, text: str) -> Run:
        """Find the run that begins with a text."""
        return next(one for one in self.runs if one.text.startswith(text))


_OBJECT = re.compile(rb"(?<!\d)(\d+) 0 obj\b(.*?)\bendobj", re.S)
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.S)
_SHOWN = re.compile(rb"q 1 0 0 -1 ([\d.-]+) ([\d.-]+) cm|/(f\d+) ([\d.]+) Tf|Tm(.*?)T[Jj]", re.S)
_ESCAPED = re.compile(rb"\\([0-7]{1,3}|.)", re.S)
_LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def pdf_pages(content: bytes) -> list[Page]:
    """Read the pages of a PDF that Typst made: their sizes, and their letters as copied."""
    objects = {int(number): body for number, body in _OBJECT.findall(content)}
    tree = next(body for body in objects.values() if re.search(rb"/Type/Pages\b", body))
    kids = re.search(rb"/Kids\[([^\]]*)\]", tree)[1]
    return [_page(objects, objects[int(one)]) for one in re.findall(rb"(\d+) 0 R", kids)]


def _page(objects: dict[int, bytes], body: bytes) -> Page:
    box = [float(one) for one in re.search(rb"/MediaBox\[([^\]]*)\]", body)[1].split()]
    high = box[3] / MM
    kept = objects[int(re.search(rb"/Resources (\d+) 0 R", body)[1])]
    listed = re.search(rb"/Font<<(.*?)>>", kept, re.S)
    fonts = {
        name: _letters(objects, int(number))
        for name, number in re.findall(rb"/(f\d+) (\d+) 0 R", listed[1] if listed else b"")
    }
    runs: list[Run] = []
    at, font, size = (0.0, 0.0), b"", 0.0
    shown = _inner(objects, int(re.search(rb"/Contents (\d+) 0 R", body)[1]))
    for x, y, name, points, letters in _SHOWN.findall(shown):
        if x:
            at = (float(x) / MM, high - float(y) / MM)
        elif name:
            font, size = name, float(points)
        else:
            codes = b"".join(_strings(letters))
            pairs = [int.from_bytes(codes[n : n + 2], "big") for n in range(0, len(codes), 2)]
            runs.append(Run("".join(fonts[font].get(one, "?") for one in pairs), *at, size))
    return Page(box[2] / MM, high, tuple(runs))


def _strings(array: bytes) -> list[bytes]:
    """Give the strings of an array; brackets that match may stand within them as they are."""
    found, start, deep, place = [], 0, 0, 0
    while place < len(array):
        sign = array[place : place + 1]
        if sign == b"\\":
            place += 1
        elif sign == b"(":
            deep += 1
            start = place + 1 if deep == 1 else start
        elif sign == b")":
            deep -= 1
            if not deep:
                found.append(_ESCAPED.sub(_plain, array[start:place]))
        place += 1
    return found


def _plain(found: re.Match[bytes]) -> bytes:
    sign = found[1]
    return bytes([int(sign, 8)]) if sign[:1].isdigit() else _LETTERS.get(sign, sign)


def _inner(objects: dict[int, bytes], number: int) -> bytes:
    found = _STREAM.search(objects[number])[1]
    return zlib.decompress(found) if b"FlateDecode" in objects[number] else found


def _letters(objects: dict[int, bytes], number: int) -> dict[int, str]:
    table = _inner(objects, int(re.search(rb"/ToUnicode (\d+) 0 R", objects[number])[1]))
    return {
        int(code, 16): bytes.fromhex(letters.decode()).decode("utf-16-be")
        for code, letters in re.findall(rb"<([0-9A-F]+)> <([0-9A-F]+)>", table)
        if len(code) == 4
    }
