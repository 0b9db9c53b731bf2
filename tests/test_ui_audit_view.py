"""The ledger audit on the data page: doubts with certainty, rows and village; text is only text."""

import io
from pathlib import Path

import openpyxl
import pytest
from hand import judged, project
from streamlit.testing.v1 import AppTest
from test_ui_pages import HOSTILE, make_project, said

from layers.project import open_project
from layers.text import t
from ui import state
from ui.audit_view import MOST, audit_html
from ui.checking import audit_project
from works.audit import audit_all
from works.audit_text import sheet, sheet_heads
from works.export import xlsx_bytes


def draw() -> None:
    from ui.pages import data

    data.page()


@pytest.fixture
def county(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VILLAGE_PLANNER_HOME", str(tmp_path / "home"))
    folder = make_project(tmp_path / "county")
    homes = tmp_path / "homes.csv"
    cells = "".join(f"X{n},v2,赵小明,13800001234,4\n" for n in range(25))
    homes.write_text("户编号,行政村代码,户主,联系电话,人口\n" + cells, encoding="utf-8")
    monkeypatch.setenv(state.PROJECT, str(folder))
    open_project(folder).import_file("households", homes)
    return folder


def test_the_section_tells_rules_certainty_and_villages(county: Path) -> None:
    app = AppTest.from_function(draw, default_timeout=120).run()
    assert not app.exception
    page = said(app)
    assert t("audit.title", "zh") in page
    table = audit_project(open_project(county), state.seen().assessment)
    assert len(table)
    for rule in set(table["rule"]):
        assert t(f"audit.rule.{rule}", "zh") in page
    choice = app.selectbox(key="audit-rule")
    app = choice.select(table["rule"].iloc[0]).run()
    assert not app.exception
    assert app.button(key="audit-open").disabled
    places = app.selectbox(key="audit-village")
    assert len(places.options) >= 2
    app = places.select_index(1).run()
    assert not app.button(key="audit-open").disabled


def test_text_of_data_is_text() -> None:
    for bad in (HOSTILE, "<script>alert(1)</script>"):
        homes = [{"id": f"{bad}{n}", "village_id": bad, "persons": 4} for n in range(20)]
        data = project(villages=[{"id": bad, "name": bad, "township": bad}], households=homes)
        html = audit_html(audit_all(data), data, {}, "zh")
        assert "<script" not in html.casefold()
        assert "<img" not in html.casefold()


def test_many_doubts_are_cut_and_counted() -> None:
    places = [{"id": f"V{n}", "name": f"村{n}", "households": 5, "population": 4}
              for n in range(MOST + 1)]  # fmt: skip
    data = project(villages=places)
    table = audit_all(data)
    assert len(table) == MOST + 1
    assert t("audit.first", "en", n=MOST) in audit_html(table, data, {}, "en")
    assert t("audit.first", "en", n=MOST) not in audit_html(table.head(MOST), data, {}, "en")


def test_the_list_to_take_has_ids_and_no_names() -> None:
    homes = [{"id": f"A{n}", "village_id": "A", "head": "赵小明", "phone": "13800001234"}
             for n in range(60)]  # fmt: skip
    rule = {"id": "t", "subjects": "households", "measure": "attribute", "column": "piped_water",
            "one_of": [True]}  # fmt: skip
    table = audit_all(
        judged(project(villages=[{"id": "A", "name": "东沟村"}], households=homes), rule)
    )
    for lang in ("zh", "en"):
        made = xlsx_bytes({"x": (sheet(table, {}, lang), sheet_heads(lang))}, lang=lang)
        book = openpyxl.load_workbook(io.BytesIO(made))
        rows = list(book["x"].iter_rows(values_only=True))
        cells = [str(cell) for row in rows for cell in row if cell is not None]
        assert not [one for one in cells if "赵小明" in one or "13800001234" in one]
        assert any("A59" in one or t("audit.more", lang, n=10) in one for one in cells)
        assert not [one for one in rows[0] if one is None or "audit." in one]
