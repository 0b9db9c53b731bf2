"""A county of two times three villages per township, and the ledgers its townships send."""

from pathlib import Path

import openpyxl

TOWNS = {
    "东沟镇": ["石桥村", "王家庄村", "南坡村"],
    "西川乡": ["北坡村", "王家庄村", "柳湾村"],
    "河川镇": ["河口村", "塬上村", "三村"],
    "马岭街道": ["马岭社区", "新庄村", "崖窑村"],
}
HEADS = ["序号", "行政村", "户编号", "户主", "厕所类型", "是否使用", "改厕年份"]


def village_list(path: Path) -> Path:
    """Write the list of villages: twelve in four townships, two of one name."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["乡镇", "行政村", "行政村代码"])
    for n, (town, names) in enumerate(TOWNS.items(), 1):
        for m, name in enumerate(names, 1):
            sheet.append([town, name, code(n, m)])
    book.save(path)
    return path


def code(town: int, village: int) -> str:
    return f"621001{100 + town}{200 + village}"


def household(town: int, village: int, n: int) -> str:
    return code(town, village) + f"{n:04d}"


def rows_of(town: int, counts: dict[str, int], *, first: int = 1) -> list[list[object]]:
    """Make rows of a township: village as written to how many households."""
    made: list[list[object]] = []
    names = list(TOWNS.values())[town - 1]
    for village, count in counts.items():
        place = names.index(village) + 1 if village in names else 9
        made += [
            [None, village, household(town, place, n), "王某某", "三格式", "在用", 2020]
            for n in range(first, first + count)
        ]
    return [[n, *row[1:]] for n, row in enumerate(made, 1)]


def workbook(
    path: Path, sheets: dict[str, list[list[object]]], title: str, *, merged: bool = True
) -> Path:
    """Write a ledger as townships do: a merged title, a line of remarks, heads in two rows."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        sheet.append([title])
        sheet.append(["填报单位：（盖章）", None, None, None, None, "单位：户"])
        if merged:
            sheet.append(["序号", "行政村", "户编号", "户主", "户厕情况", None, None])
            sheet.append([None, None, None, None, *HEADS[4:]])
            sheet.merge_cells("A1:G1")
            sheet.merge_cells("E3:G3")
            for column in "ABCD":
                sheet.merge_cells(f"{column}3:{column}4")
        else:
            sheet.append(HEADS)
        for row in rows:
            sheet.append(row)
        sheet.append(["合计", None, None, f"{len(rows)}户"])
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


def six_files(folder: Path) -> Path:
    """
    Write what four townships sent: six files, one of them damaged, one sent twice.

    东沟镇 3 + 2 + 1 = 6 rows, its name in the file's; 西川乡 2 + 2 = 4 rows in two sheets, the
    village on the sheet; 河川镇 5 rows, one of a village nobody knows, its name in the title;
    马岭街道 damaged.
    """
    folder.mkdir(parents=True, exist_ok=True)
    dong = rows_of(1, {"石桥村": 3, "王家庄村": 2, "南坡村": 1})
    workbook(folder / "东沟镇户厕台账.xlsx", {"Sheet1": dong}, "农村户厕台账")
    workbook(folder / "东沟镇户厕台账 (1).xlsx", {"Sheet1": dong}, "农村户厕台账")
    sheets = {
        "北坡村": [[r[0], None, *r[2:]] for r in rows_of(2, {"北坡村": 2})],
        "王家庄村": [[r[0], None, *r[2:]] for r in rows_of(2, {"王家庄村": 2})],
    }
    workbook(folder / "西川" / "户厕.xlsx", sheets, "户厕台账", merged=False)
    he = rows_of(3, {"河口村": 2, "第三村": 2, "石桥沟村": 1})
    workbook(folder / "台账三.xlsx", {"户厕": he}, "河川镇农村户厕摸底台账", merged=False)
    (folder / "马岭街道户厕台账.xlsx").write_bytes(b"PK\x03\x04 damaged")
    (folder / "说明.docx").write_bytes(b"PK\x03\x04")
    return folder
