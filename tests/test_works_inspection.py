import io
import json
import re
import zipfile

import openpyxl
import pytest
from docx import Document
from draw_hand import HOMES, WATER, county, villages
from hand import DAY

from geo.assess import assess
from layers.errors import DataError
from layers.text import t
from layers.work_form import COLUMNS, KEPT_BESIDE
from works import inspection
from works.board import Board
from works.inspection import Source, folders, pack
from works.kept_photos import photos_in
from works.library import load_costs
from works.lists import Lists
from works.worklist import worklist

WORK = {**WATER, "work": {"kind": "water-connection"}, "exempt": ["declined", "away"]}
DIGEST = "0123456789abcdef0123456789abcdef"
JPEG = b"\xff\xd8\xff\xe0 a photo"


@pytest.fixture(scope="module")
def board():
    return county(None, HOMES, WORK)


def item(no, village="B", photos=()):
    empty = {**dict.fromkeys(COLUMNS), **dict.fromkeys(KEPT_BESIDE, ""), "version": 1}
    return empty | {
        "work_id": f"w-{no}", "work_no": no, "village_id": village, "target_id": "water",
        "state": "open", "kind": "water-connection", "photos": json.dumps(list(photos)),
        "title_zh": "接通自来水", "title_en": "Connect water", "quantity": "1", "unit": "户",
        "as_of": DAY.isoformat(), "village": "乙家村", "township": "东镇",
    }  # fmt: skip


def shot(moment="after", file=f"photos/{DIGEST}.jpg"):
    return {"file": file, "name": "IMG.jpg", "digest": DIGEST, "moment": moment}


def source(board, items=(), *, lang="zh", public=False, photo=lambda _: JPEG):
    costs = load_costs()
    lists = Lists(board, worklist(board.assessment, costs), costs)
    return Source(board, lists, {one["work_id"]: one for one in items}, photo, lang, public)


@pytest.fixture
def quick(monkeypatch):
    """Leave out what takes long and is tested elsewhere: the sheet's own files and the picture."""
    monkeypatch.setattr(inspection, "drawings", lambda *_: [b"png"])
    real = inspection.render

    def render(papers, suffix):
        return real(papers, suffix) if papers[0].name.startswith("00-") else b"sheet"

    monkeypatch.setattr(inspection, "render", render)


def one(board, village="B", items=(), **more):
    return next(folders(source(board, items, **more), [village]))


def test_a_folder_holds_sheet_lists_map_photos_and_index(board):
    folder = one(board, items=[item("乙-水-001", photos=[shot("before"), shot("after")])])
    assert folder.name == "东镇乙家村_一村一档"
    assert list(folder.files) == [
        "00-目录.txt", "00-目录.docx", "01-一村一策表.docx", "01-一村一策表.pdf",
        "02-短板清单.xlsx", "03-待核实清单.xlsx", "04-整改任务清单.xlsx", "05-不计入清单.xlsx",
        "06-短板与设施分布图.png", "整改照片/乙-水-001-前.jpg", "整改照片/乙-水-001-后.jpg",
    ]  # fmt: skip
    assert folder.files["01-一村一策表.pdf"].startswith(b"%PDF")
    assert folder.files["06-短板与设施分布图.png"].startswith(b"\x89PNG")
    assert folder.files["整改照片/乙-水-001-后.jpg"] == JPEG


def cells(content):
    book = openpyxl.load_workbook(io.BytesIO(content))
    return [[cell.value for cell in row] for sheet in book for row in sheet.iter_rows()]


def test_lists_hold_the_rows_of_the_village_alone(board, quick):
    folder = one(board)
    gaps = cells(folder.files["02-短板清单.xlsx"])
    assert sum(row[0] in (1, 2, 3, 4, 5) for row in gaps) == 4
    assert any("B" in str(cell) for row in gaps for cell in row)
    index = folder.files["00-目录.txt"].decode("utf-8-sig")
    assert "02-短板清单.xlsx　4条" in index
    assert "03-待核实清单.xlsx　0条" in index
    assert "2023年6月30日" in index
    assert t("pack.without", what=t("pack.photos"), why=t("pack.why.none")) in index
    text = "\n".join(
        cell.text
        for table in Document(io.BytesIO(folder.files["00-目录.docx"])).tables
        for row in table.rows
        for cell in row.cells
    )
    assert "02-短板清单.xlsx" in text


def test_who_is_left_out_is_listed_with_reason_and_evidence(quick):
    rows = villages()
    made = county(rows, HOMES, WORK)
    data = made.assessment.ground.data
    homes = data.frames["households"]
    mine = homes["village_id"] == "B"
    homes["exempt"] = ["declined" if one else None for one in mine]
    homes["exempt_evidence"] = ["王某某的承诺书" if one else None for one in mine]
    board = Board(assess(data, made.assessment.standard, as_of=DAY, scope="all"))
    inside = cells(one(board).files["05-不计入清单.xlsx"])
    assert sum("王某某的承诺书" in row for row in inside) == 5
    public = cells(one(board, public=True).files["05-不计入清单.xlsx"])
    assert not [cell for row in public for cell in row if "王某某" in str(cell)]
    assert sum("乙家村" in row for row in public) == 5


def test_the_public_folder_names_nobody_and_has_no_photo(board, monkeypatch):
    monkeypatch.setattr(inspection, "drawings", lambda *_: [b"png"])
    folder = one(board, items=[item("乙-水-001", photos=[shot()])], public=True)
    assert not [name for name in folder.files if name.endswith(".jpg")]
    for name, content in folder.files.items():
        if name.endswith((".xlsx", ".docx")):
            with zipfile.ZipFile(io.BytesIO(content)) as inner:
                told = b"".join(inner.read(part) for part in inner.namelist()).decode(
                    "utf-8", "replace"
                )
            assert "王某某" not in told, name
            assert not re.search(r"water:B\d", told), name
    index = folder.files["00-目录.txt"].decode("utf-8-sig")
    assert t("pack.public") in index
    assert t("pack.why.public") in index
    inside = one(board)
    with zipfile.ZipFile(io.BytesIO(inside.files["02-短板清单.xlsx"])) as inner:
        assert "王某某" in inner.read("xl/sharedStrings.xml").decode()


def test_photos_of_one_moment_are_told_apart_and_lost_ones_said(board, quick):
    photos = [shot(), shot(), shot("unknown"), shot(file="photos/../../secret.jpg"),
              shot(file="C:\\x.jpg"), shot(file=f"photos/{DIGEST}.png", moment="<b>")]  # fmt: skip
    items = [item("乙-水-001", photos=photos), item("甲-水-001", "A", [shot()])]
    folder = one(board, items=items)
    assert [name for name in folder.files if "/" in name] == [
        "整改照片/乙-水-001-后.jpg", "整改照片/乙-水-001-后-2.jpg", "整改照片/乙-水-001-照片.jpg",
        "整改照片/乙-水-001-照片-2.png",
    ]  # fmt: skip
    index = folder.files["00-目录.txt"].decode("utf-8-sig")
    assert "2张照片" in index
    assert "4张" in index


def test_what_this_computer_cannot_make_is_said(board, quick, monkeypatch):
    def render(papers, suffix):
        if suffix == ".pdf":
            raise DataError("没有中文字体。")
        return b"docx"

    monkeypatch.setattr(inspection, "render", render)
    folder = one(board)
    assert "01-一村一策表.pdf" not in folder.files
    assert "01-一村一策表.docx" in folder.files
    assert "未附：01-一村一策表.pdf（没有中文字体）" in folder.files["00-目录.txt"].decode(
        "utf-8-sig"
    )


def test_names_in_the_zip_are_safe_everywhere(quick):
    rows = villages()
    rows[0] |= {"name": "..\\..\\x/y:z*?", "township": "../../etc"}
    rows[1] |= {"name": "con", "township": None}
    rows[2] |= {"name": "aux.txt", "township": ""}
    rows[3] |= {"name": "con", "township": None}
    board = county(rows, HOMES, WORK)
    bad = item('../x\\y"-001', "A", [shot()])
    content = pack(source(board, [bad]), ["A", "B", "C", "D"])
    with zipfile.ZipFile(io.BytesIO(content)) as made:
        assert made.testzip() is None
        names = made.namelist()
        flags = {info.filename: info.flag_bits for info in made.infolist()}
    assert len(names) == len({name.casefold() for name in names})
    assert len({name.split("/")[0] for name in names}) == 4
    for name in names:
        assert not re.search(r'[\\:*?"<>|\x00-\x1f]', name), name
        assert ".." not in name.split("/")
        assert not name.startswith("/")
        for part in name.split("/"):
            assert part.split(".")[0].casefold() not in ("con", "aux", "nul")
            assert part == part.strip(" .")
        assert name.isascii() or flags[name] & 0x800


def test_the_same_project_gives_the_same_zip(board, quick):
    items = [item("乙-水-001", photos=[shot()])]
    assert pack(source(board, items), ["B"]) == pack(source(board, items), ["B"])


def test_english_folders_are_english(board, quick):
    folder = one(board, lang="en")
    assert "00-Contents.txt" in folder.files
    assert "Map of gaps and facilities" in " ".join(folder.files)


def test_a_photo_is_read_from_its_folder_alone(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_bytes(b"photo")
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    photo = photos_in(tmp_path)
    assert photo("photos/a.jpg") == b"photo"
    assert photo("photos/b.jpg") is None
    assert photo("photos/../secret.jpg") is None
    assert photo(str(tmp_path / "secret.jpg")) is None
