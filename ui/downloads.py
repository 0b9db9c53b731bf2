"""The files a reader can take away; each is made only when its button is pressed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import geopandas as gpd

from layers.project import open_project
from layers.text import t
from ui.checking import audit_project
from ui.run import map_page
from ui.state import Seen
from works.export import geojson_bytes, public
from works.report import report_html
from works.workbook import card_workbook, workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
GEOJSON = "application/geo+json"


@dataclass(frozen=True)
class Download:
    """A file one can take away; ``make`` is called when its button is pressed, not before."""

    label: str
    name: str
    mime: str
    make: Callable[[], bytes]


def list_downloads(
    shown: Seen,
    frame: gpd.GeoDataFrame,
    name: str,
    title: str,
    lang: str,
    *,
    for_public: bool = False,
) -> list[Download]:
    """
    Give a list as the two files people ask for.

    Parameters
    ----------
    shown, frame
        The assessment, and the rows of its gap, survey or work list to hand out.
    name
        File name without ending.
    title
        Key of the words for the sheet's title.
    lang
        Language of the table.
    for_public
        Leave out the names of people and where they live (``works.export.public``).
    """
    found = shown.assessment

    def rows() -> gpd.GeoDataFrame:
        return public(found, frame) if for_public else frame

    return [
        Download("XLSX", f"{name}.xlsx", XLSX, lambda: workbook(found, rows(), title, lang)),
        Download("GeoJSON", f"{name}.geojson", GEOJSON, lambda: geojson_bytes(rows())),
    ]


def result_downloads(shown: Seen, lang: str) -> list[Download]:
    """Give the files that tell the whole result: scorecard, report, map."""
    found = shown.assessment

    def report() -> bytes:
        page = map_page(found, lang)
        board, money = shown.board, shown.plans
        return report_html(found, map_html=page, lang=lang, board=board, plans=money).encode()

    def drawn() -> bytes:
        return map_page(found, lang).encode()

    def card_of() -> bytes:
        audited = audit_project(open_project(shown.folder), found)
        return card_workbook(found, lang, audited)

    card = f"{t('scorecard', lang)} XLSX"
    return [
        Download(card, "scorecard.xlsx", XLSX, card_of),
        Download(t("ui.download_report", lang), "report.html", "text/html", report),
        Download(t("ui.download_map", lang), "map.html", "text/html", drawn),
    ]
