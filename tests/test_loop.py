"""The whole loop, twice: gaps become lists, come back edited by other programs, and close."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from geo.assess import Assessment, assess
from geo.standard import Standard
from layers.cache import load
from layers.facts import scopes
from layers.project import Project, create_project, open_project
from layers.read import Options
from layers.request import Request
from layers.tasks.gpkg_store import GeoPackageStore
from layers.tasks.replay import replay
from layers.tasks.store import Said
from layers.text import t
from layers.work_form import Event, Item
from works.changes.accepting import accept
from works.changes.proposals import pending, propose_for
from works.handout.choosing import hand_out
from works.handout.columns import COLUMNS, heads
from works.handout.files import file_bytes
from works.handout.look import look_of
from works.library import load_costs, load_standard
from works.returns.taking import take_returns
from works.tasks.act import edit, take_step
from works.tasks.register import Registered, register
from works.worklist import work_id, worklist

ROOT = Path(__file__).parents[1]
PLANNER = Said("王某某", "cli")
TODAY = dt.datetime.now(dt.UTC).date()
"""Our own clock: a day long before the list was made is not believed."""
TEAMS = ("1队", "2队", "3队")
Rows = dict[tuple[str, str, str], dict[str, Any]]


def tool(*command: object) -> None:
    """Run another program; what it says is only shown when it fails."""
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@dataclass
class Loop:
    """A project, its rules, and what was kept on the way."""

    project: Project
    standard: Standard
    day: dt.date
    folder: Path
    scope: str = "standard"
    chosen: dict[str, Item] = field(default_factory=dict)

    @property
    def store(self) -> GeoPackageStore:
        return GeoPackageStore(self.project.store)

    def assess(self) -> Assessment:
        data = load(self.project)
        return assess(data, self.standard, as_of=self.day, scope=self.scope, scopes=scopes())

    def look(self, found: Assessment, only: Iterable[str] | None = None) -> Registered:
        numbers = {key: item["work_no"] for key, item in self.store.items().items()}
        work = worklist(found, load_costs(), numbers)
        with self.store.writing() as writer:
            kept = None if only is None else list(only)
            return register(writer, found, work, PLANNER, only=kept)

    def items(self) -> list[Item]:
        return list(self.store.items(list(self.chosen)).values())

    # -------------------------------------------------- out, edited, back

    def hand_out(self, found: Assessment, suffixes: Sequence[str]) -> list[Path]:
        files = []
        for team, suffix in zip(TEAMS, suffixes, strict=True):
            mine = [one for one in self.items() if one["team"] == team]
            handed = hand_out(self.store, mine, receiver=team, title=team, due="", who="王某某")
            path = self.folder / f"{handed.list_no}{suffix}"
            made = file_bytes(suffix, mine, handed, "zh", look=look_of(found))
            path.write_bytes(made)
            files.append(path)
        return files

    def take(self, files: Sequence[Path]) -> list[dict[str, Any]]:
        told = take_returns(self.project, self.store, files)
        return [one.as_dict("zh") for one in told]

    # -------------------------------------------------- what must hold

    def replayed(self) -> None:
        names = ("work_id", "action", "field", "before", "value", "base", "note", "version")
        history = self.store.history().to_dict("records")
        events = [(Event(*(row[name] for name in names)), row["who"]) for row in history]
        assert replay(events) == self.store.items()

    def verified_and_struck_off(self) -> None:
        for step in ("recheck", "close"):
            told = take_step(self.store, list(self.chosen), step, PLANNER)
            assert sorted(told.changed) == sorted(self.chosen)


# ---------------------------------------------------------------- other programs


def by_ogr_in_place(path: Path, number: int) -> None:
    """Fill in a GeoPackage by SQL, as QGIS does when a form is saved, and copy it whole."""
    sql = f"UPDATE 整改任务 SET state = 'done', done_on = '{TODAY}', filled_by = '王某某'"
    names = subprocess.run(
        ["ogrinfo", "-so", "-q", path], capture_output=True, text=True, check=True
    ).stdout
    layers = [line.split(": ")[1].split(" (")[0] for line in names.splitlines() if ": " in line]
    filled = [name for name in layers if name.startswith("整改任务")]
    assert filled, names
    for name in filled:
        tool("ogrinfo", "-q", path, "-dialect", "SQLite", "-sql",
             sql.replace("整改任务", f'"{name}"'))  # fmt: skip
    copy = path.with_name(f"copy-{number}.gpkg")
    tool("ogr2ogr", "-f", "GPKG", copy, path)
    copy.replace(path)


def by_ogr_rewritten(path: Path, number: int) -> None:
    """Rewrite a GeoJSON with other cells, in another order of rows, by another program."""
    held = [name for name in COLUMNS if name not in ("state", "done_on", "filled_by")]
    listed = ", ".join(f'"{name}"' for name in held)
    sql = (f"SELECT {listed}, 'done' AS state, '{TODAY}' AS done_on, '王某某' AS filled_by"
           f", geometry FROM \"{path.stem}\" ORDER BY work_id DESC")  # fmt: skip
    layer = pd.read_json(path, typ="series").get("name")
    sql = sql if layer is None else sql.replace(f'"{path.stem}"', f'"{layer}"')
    copy = path.with_name(f"copy-{number}.geojson")
    tool("ogr2ogr", "-f", "GeoJSON", copy, path, "-dialect", "SQLite", "-sql", sql)
    copy.replace(path)


def by_hand_and_office(path: Path, number: int) -> None:
    """Fill in the workbook by openpyxl, last row first, and let LibreOffice save it again."""
    book = openpyxl.load_workbook(path)
    sheet = book.active
    assert sheet is not None
    named = heads("zh")
    rows = list(sheet.iter_rows())
    top = next(at for at, row in enumerate(rows) if named["work_no"] in [c.value for c in row])
    place = {cell.value: at for at, cell in enumerate(rows[top])}
    cells = [[cell.value for cell in row] for row in rows[top + 1 :] if row[0].value]
    for line in cells:
        line[place[named["state"]]] = t("state.done", "zh")
        line[place[named["done_on"]]] = TODAY
    for row, line in zip(rows[top + 1 :], reversed(cells), strict=False):
        for cell, value in zip(row, line, strict=True):
            cell.value = value
    book.save(path)
    out = path.with_name(f"office-{number}")
    profile = path.with_name("office-profile").as_uri()
    tool("soffice", f"-env:UserInstallation={profile}", "--headless", "--convert-to", "xlsx",
         "--outdir", out, path)  # fmt: skip
    (out / path.name).replace(path)


EDITED: Mapping[str, Callable[[Path, int], None]] = {
    ".gpkg": by_ogr_in_place, ".geojson": by_ogr_rewritten, ".xlsx": by_hand_and_office,
}  # fmt: skip


# ---------------------------------------------------------------- what is expected


def gained(found: Assessment, chosen: Iterable[str]) -> dict[tuple[str, str], Decimal]:
    """Add up, by target and village, what the gaps of these pieces of work are worth."""
    wanted, sums = set(chosen), dict[tuple[str, str], Decimal]()
    for table in (found.gaps, found.gaps_by_subject):
        for row in table.to_dict("records"):
            target = row["target_id"]
            key = work_id(target, str(row["id"])[len(target) + 1 :])
            if key not in wanted:
                continue
            wanted.discard(key)
            # What broken lamps light again may be less than the stretch that is dark.
            mends = row.get("mends") if row["reason"] == "stretch_broken" else None
            place = (target, str(row["village_id"]))
            worth = Decimal(str(row["unmet"] if mends is None or pd.isna(mends) else mends))
            sums[place] = sums.get(place, Decimal(0)) + worth
    assert not wanted
    return sums


def rows_of(found: Assessment) -> Rows:
    card = found.scorecard
    own = card[card["kind"].isin(("required", "scored"))]
    names = ("amount", "met", "unmet", "unknown", "excluded", "goal", "status")
    return {
        (str(row["level"]), str(row["unit_id"]), str(row["target_id"])): {
            name: row[name] for name in names
        }
        for row in own.to_dict("records")
    }


def risen_by_what_was_done(
    before: Rows, after: Rows, gains: Mapping[tuple[str, str], Decimal], coupled: set[str]
) -> None:
    """Compare every cell of the scorecard: exactly what was done has moved from unmet to met."""
    assert before.keys() == after.keys()
    targets = {target for target, _ in gains}
    levels: dict[tuple[str, str], Decimal] = {}
    for key, old in before.items():
        level, unit, target = key
        new = after[key]
        if target in coupled:
            continue
        if target not in targets:
            assert str(new) == str(old), key
            continue
        if level == "village":
            gain = gains.get((target, unit), Decimal(0))
            assert abs(new["met"] - old["met"] - gain) <= _rounding(target), key
        levels[level, target] = levels.get((level, target), Decimal(0)) + new["met"] - old["met"]
        assert new["met"] - old["met"] == old["unmet"] - new["unmet"], key
        for name in ("amount", "unknown", "excluded"):
            assert new[name] == old[name], (key, name)
    total = {target: sum(v for (t_, _), v in gains.items() if t_ == target) for target in targets}
    assert {level for level, _ in levels} >= {"village", "township", "county"}
    assert all(abs(levels[key] - total[key[1]]) <= _rounding(key[1]) for key in levels)


def _rounding(target: str) -> Decimal:
    """Give what cutting a road into stretches of whole millimetres may cost; else nothing."""
    return Decimal("0.004") if target == "main-road-lighting" else Decimal(0)


def around(loop: Loop, suffixes: Sequence[str], coupled: set[str]) -> None:
    """Go once around: fifty pieces of work, three teams, three programs, verified, accepted."""
    first = loop.assess()
    before, gains = rows_of(first), gained(first, loop.chosen)
    assert len(loop.chosen) == 50
    files = loop.hand_out(first, suffixes)
    for number, path in enumerate(files):
        EDITED[path.suffix](path, number)
    told = loop.take(files)
    for one in told:
        assert [one[name] for name in ("conflicts", "refused", "questioned")] == [[]] * 3
    assert sum(one["taken"] for one in told) == 50
    assert all(one["state"] == "done" and one["done_on"] == str(TODAY) for one in loop.items())
    # A second time nothing is new.
    history = len(loop.store.history())
    again = loop.take(files)
    assert [one["taken"] for one in again] == [0, 0, 0]
    assert len(loop.store.history()) == history
    for step in ("verify-township", "verify-county"):
        assert len(take_step(loop.store, list(loop.chosen), step, PLANNER).changed) == 50
    made = propose_for(loop.project, loop.store, loop.standard, None, PLANNER, day=loop.day)
    assert sorted(made) == sorted(loop.chosen)
    waiting = [one.item["work_id"] for one in pending(loop.store)]
    done = accept(loop.project, loop.store, waiting, PLANNER)
    assert (len(done.done), done.refused) == (50, {})
    second = loop.assess()
    risen_by_what_was_done(before, rows_of(second), gains, coupled)
    told_back = loop.look(second)
    # Where the lamps burn again, a part may be left that never had one: other work, open again.
    rest = {one["work_id"]: one for one in loop.items() if one["state"] == "reopened"}
    assert sorted(rest) == sorted(told_back.reopened)
    for key, one in rest.items():
        assert (loop.chosen[key]["kind"], one["kind"]) == ("streetlight-repair", "streetlight-new")
        del loop.chosen[key]
    assert set(loop.chosen) <= set(told_back.gone)
    loop.verified_and_struck_off()
    # What was struck off is on no list any more.
    left = worklist(second, load_costs())
    assert not set(left["work_id"]) & set(loop.chosen)
    loop.replayed()


def broken_again(loop: Loop, keys: Sequence[str]) -> None:
    """See that what an import breaks again opens its work again, under a new version."""
    versions = {key: one["version"] for key, one in loop.store.items(keys).items()}
    assert sorted(loop.look(loop.assess()).reopened) == sorted(keys)
    for key, one in loop.store.items(keys).items():
        assert (one["state"], one["version"]) == ("reopened", versions[key] + 1)
        assert [one[name] for name in ("township_check", "county_check", "recheck")] == [None] * 3
    others = [one for key, one in loop.store.items(list(loop.chosen)).items() if key not in keys]
    assert {one["state"] for one in others} == {"closed"}
    loop.replayed()


# ---------------------------------------------------------------- the demonstration county


def chosen_from(loop: Loop, found: Assessment, wanted: Mapping[str, int]) -> None:
    """Choose so many pieces of work of each target, by priority, and share them out to teams."""
    work = worklist(found, load_costs())
    keys = [
        str(key)
        for target, count in wanted.items()
        for key in work.loc[work["target_id"] == target, "work_id"].head(count)
    ]
    loop.look(found, only=keys)
    loop.chosen = loop.store.items(keys)
    edit(
        loop.store,
        {key: {"team": TEAMS[at % 3]} for at, key in enumerate(keys)},
        PLANNER,
    )


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Loop:
    folder = tmp_path_factory.mktemp("demo")
    shutil.copytree(ROOT / "data" / "demo", folder / "p")
    project = open_project(folder / "p")
    day = dt.date.fromisoformat(str(project.settings["as_of"])[:10]) if (
        project.settings.get("as_of")
    ) else dt.date(2023, 6, 30)  # fmt: skip
    scope = str(project.settings.get("scope") or "standard")
    return Loop(project, load_standard("qingyang-2023", day), day, folder, scope)


WANTED = {
    "sanitary-toilet": 17, "main-road-lighting": 4, "household-fiber": 8, "bathroom": 8,
    "clean-heating": 6, "village-rules": 2, "cleaners": 1, "history-room": 2, "clinic-equipment": 2,
}  # fmt: skip
COUPLED = {
    "toilet-built", "main-road-dark-gap", "public-place-lighting", "lamp-keeper", "facility-keeper",
}  # fmt: skip
"""Other questions about the same toilets, lamps and rooms: a new one has a keeper nobody named."""


def test_the_demonstration_county_once_around(demo: Loop) -> None:
    chosen_from(demo, demo.assess(), WANTED)
    around(demo, (".gpkg", ".geojson", ".xlsx"), COUPLED)
    assert len(demo.chosen) == 49
    # A later ledger says that one toilet is out of use and some lamps are out again.
    toilets, lamps = (demo.project.frame(name) for name in ("toilets", "streetlights"))
    assert toilets is not None
    assert lamps is not None
    mended = next(one for one in demo.items() if one["kind"] == "streetlight-repair")
    house = next(one for one in demo.items() if one["target_id"] == "sanitary-toilet")
    owned = toilets.loc[toilets["household_id"] == house["subject_id"], "id"].tolist()
    path = demo.folder / "toilets.csv"
    path.write_text("id,household_id,in_use\n" + "".join(
        f"{one},{house['subject_id']},否\n" for one in owned), "utf-8")  # fmt: skip
    demo.project.import_file("toilets", path, Request(mode="update"))
    changed = json.loads(mended["change"])["rows"]
    path = demo.folder / "lamps.csv"
    path.write_text("id,status\n" + "".join(f"{one['id']},损坏\n" for one in changed), "utf-8")
    demo.project.import_file("streetlights", path, Request(mode="update"))
    broken_again(demo, [mended["work_id"], house["work_id"]])


# ---------------------------------------------------------------- a real settlement

CAMP = """
id = "camp"
version = "1"
effective_from = 2016-01-01

[[target]]
id = "wash-block"
title = { zh = "公厕可用", en = "Wash blocks that work" }
subjects = "public_toilets"
measure = "attribute"
column = "status"
one_of = ["working"]
[target.work]
kind = "facility-repair"

[[target]]
id = "bin"
title = { zh = "垃圾箱完好", en = "Bins in good condition" }
subjects = "garbage_sites"
measure = "attribute"
column = "CONDITION"
one_of = ["good"]
[target.work]
kind = "bin-repair"

[[target]]
id = "school"
title = { zh = "街区有学校", en = "A school in the block" }
subjects = "villages"
measure = "count"
items = "facilities"
by = "village_id"
where = { kind = ["School"] }
[target.work]
kind = "school-new"
per = "village"
"""


@pytest.fixture(scope="module")
def camp(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Loop:
    folder = tmp_path_factory.mktemp("camp")
    source = shared / "data" / "zaatari_d1_d6" / "zaatari_d1_d6.gpkg"
    project = create_project(folder / "p", name="camp")
    named = Options(
        sub_layer="blocks", columns=("BLOCK_CODE", "NAME_EN", "DISTRICT"),
        fields=("id", "name", "township"),
    )  # fmt: skip
    project.import_file("villages", source, Request(named))
    for layer, inner in (
        ("public_toilets", "wash_blocks"), ("garbage_sites", "garbage_bins"),
        ("facilities", "facilities"),
    ):  # fmt: skip
        project.import_file(layer, source, Request(Options(sub_layer=inner)))
    rules = folder / "camp.toml"
    rules.write_text(CAMP, "utf-8")
    return Loop(project, load_standard(str(rules)), dt.date(2017, 4, 30), folder, "all")


def test_a_real_settlement_once_around(camp: Loop) -> None:
    chosen_from(camp, camp.assess(), {"wash-block": 22, "bin": 20, "school": 8})
    around(camp, (".geojson", ".xlsx", ".gpkg"), set())
    assert len(camp.chosen) == 50
    block = next(one for one in camp.items() if one["target_id"] == "wash-block")
    path = camp.folder / "wash.csv"
    path.write_text(f"id,status\n{block['subject_id']},damaged\n", "utf-8")
    camp.project.import_file("public_toilets", path, Request(mode="update"))
    broken_again(camp, [block["work_id"]])
