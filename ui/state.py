"""What the pages show: the project that is open, assessed once for each state of its data."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import geopandas as gpd
import streamlit as st

from geo.assess import Assessment
from layers.facts import data_dir
from layers.project import open_project
from layers.text import t
from ui.run import assess_project, map_page
from works.board import ALL, Board
from works.export import geojson_bytes
from works.library import load_costs
from works.report import report_html
from works.workbook import card_workbook, workbook
from works.worklist import worklist

PROJECT = "VILLAGE_PLANNER_PROJECT"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
GEOJSON = "application/geo+json"


@dataclass(frozen=True)
class Seen:
    """One assessed project, read only: every session of the page shares it."""

    assessment: Assessment

    @cached_property
    def board(self) -> Board:
        """Give what people read off the assessment."""
        return Board(self.assessment)

    @cached_property
    def work(self) -> gpd.GeoDataFrame:
        """Give the work list."""
        return worklist(self.assessment, load_costs())

    def gaps_of(self, target: str) -> gpd.GeoDataFrame:
        """Give the gap list of one target, or of all."""
        return _only(self.assessment.gaps, target)

    def survey_of(self, target: str) -> gpd.GeoDataFrame:
        """Give the survey list of one target, or of all."""
        return _only(self.assessment.survey, target)

    def work_of(self, target: str) -> gpd.GeoDataFrame:
        """Give the work of one target, or of all."""
        return _only(self.work, target)


def _only(frame: gpd.GeoDataFrame, target: str) -> gpd.GeoDataFrame:
    return frame if target == ALL else frame[frame["target_id"] == target]


def project_folder() -> Path:
    """Give the folder of the project to show: the one the environment names, else the example."""
    named = os.environ.get(PROJECT)
    return Path(named) if named else data_dir() / "demo" / "tiny"


def seen() -> Seen:
    """
    Give the open project, assessed; the work is done once per data version and settings.

    Raises
    ------
    PlannerError
        If the project cannot be opened or judged; the sentence says what to do.
    """
    folder = project_folder()
    project = open_project(folder)
    settings = (folder / "project.toml").stat().st_mtime_ns
    return _seen(str(folder), f"{project.data_version()}-{settings}")


@st.cache_resource(show_spinner=False, max_entries=4)
def _seen(folder: str, version: str) -> Seen:  # noqa: ARG001  the version is part of the cache's key
    return Seen(assess_project(open_project(Path(folder)), None, None, None))


@dataclass(frozen=True)
class Download:
    """A file one can take away; ``make`` is called when its button is pressed, not before."""

    label: str
    name: str
    mime: str
    make: Callable[[], bytes]


def downloads(shown: Seen, target: str, lang: str) -> list[Download]:
    """Give the files of one target (or of all) that a reader can take away."""
    found = shown.assessment
    mark = "" if target == ALL else f"-{target}"
    gaps, work, card = (t(key, lang) for key in ("ui.gap_list", "ui.work_list", "scorecard"))

    def table(frame: Callable[[str], gpd.GeoDataFrame], name: str) -> Callable[[], bytes]:
        return lambda: workbook(found, frame(target), name, lang)

    def points(frame: Callable[[str], gpd.GeoDataFrame]) -> Callable[[], bytes]:
        return lambda: geojson_bytes(frame(target))

    def report() -> bytes:
        return report_html(found, map_html=map_page(found, lang), lang=lang).encode()

    return [
        Download(f"{gaps} XLSX", f"gaps{mark}.xlsx", XLSX, table(shown.gaps_of, "ui.gap_list")),
        Download(f"{gaps} GeoJSON", f"gaps{mark}.geojson", GEOJSON, points(shown.gaps_of)),
        Download(f"{work} XLSX", f"work{mark}.xlsx", XLSX, table(shown.work_of, "ui.work_list")),
        Download(f"{work} GeoJSON", f"work{mark}.geojson", GEOJSON, points(shown.work_of)),
        Download(f"{card} XLSX", "scorecard.xlsx", XLSX, lambda: card_workbook(found, lang)),
        Download(t("ui.download_report", lang), "report.html", "text/html", report),
        Download(
            t("ui.download_map", lang),
            "map.html",
            "text/html",
            lambda: map_page(found, lang).encode(),
        ),
    ]
