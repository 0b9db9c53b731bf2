"""Ask one question three ways of two real places; writes docs/reach.md and its maps."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from geo.assess import Assessment  # noqa: E402
from layers.project import open_project  # noqa: E402
from ui.run import assess_project  # noqa: E402

SHARED = ROOT.parent / "shared" / "data"
CAMP, GULU = SHARED / "zaatari_d1_d6", SHARED / "gulu_uganda"
MODES = ("straight", "terrain", "road")
SPEED, TAPS, SEED = 80.0, 20, 1
COLOURS = {
    "sts": ("#3b7d5c", "all three"),
    "st-": ("#e6b23c", "straight and on foot, not by road"),
    "s-r": ("#7b6fb5", "straight and by road, not on foot"),
    "s--": ("#c8553d", "in a straight line only"),
    "-": ("#d5d2ca", "none of the three"),
}
"""What a square is coloured by: who is near enough."""


@dataclass(frozen=True)
class Place:
    """A place, how it is imported, and how it is asked."""

    name: str
    title: str
    limit_m: float
    cell_m: float
    text: str


PLACES = (
    Place(
        "zaatari", "Za'atari camp, districts 1-6", 500, 40,
        "A school within 500 m: dense houses, streets on nearly flat ground, heights every 10 m. "
        "Gently downhill people walk faster than on the flat, so a walk may pass where the circle "
        "just fails. "
        "Data: REACH / IMPACT Initiatives, UNHCR, UNICEF, ACTED, JEN, Oxfam (MIT licence).",
    ),
    Place(
        "gulu", "Gulu, northern Uganda", 2000, 400,
        f"A water point within 2 km. The data hold no water points: {TAPS} of the buildings, drawn "
        f"by lot (seed {SEED}), stand for them. Dispersed buildings, few roads, heights every "
        "155 m. Roads: OpenStreetMap contributors, ODbL.",
    ),
)  # fmt: skip


def planner(*args: object) -> None:
    """Run one command of the planner."""
    done = subprocess.run(
        [sys.executable, "-m", "ui.cli", *map(str, args)], cwd=ROOT, capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(done.stderr)


def camp(folder: Path) -> None:
    """Import the camp."""
    source = CAMP / "zaatari_d1_d6.gpkg"
    planner("import", folder, "villages", source, "--sub-layer", "blocks", "--map",
            "BLOCK_CODE=id", "--map", "NAME_EN=name", "--map", "DISTRICT=township")  # fmt: skip
    for layer in ("households", "roads", "facilities"):
        planner("import", folder, layer, source, "--sub-layer", layer)
    planner("import", folder, "dem", CAMP / "derived_dem_10m.tif")


def gulu(folder: Path) -> None:
    """Import Gulu, with buildings drawn by lot as water points."""
    source = GULU / "gulu.gpkg"
    inner = (("villages", "area"), ("households", "buildings_mit_points"), ("roads", "roads"))
    for layer, name in inner:
        planner("import", folder, layer, source, "--sub-layer", name)
    planner("import", folder, "dem", GULU / "elevation.tif")
    homes = gpd.read_file(source, layer="buildings_mit_points").to_crs(32636)
    drawn = homes.iloc[np.random.default_rng(SEED).choice(len(homes), TAPS, replace=False)]
    taps = gpd.GeoDataFrame(
        {"id": [f"T{n}" for n in range(TAPS)], "kind": "tap"}, geometry=drawn.geometry.to_numpy(),
        crs=32636,
    )  # fmt: skip
    file = folder.parent / "taps.geojson"
    taps.to_crs(4326).to_file(file)
    planner("import", folder, "facilities", file)


def rules(place: Place, folder: Path) -> Path:
    """Write the standard of the example with the limits and things of a place."""
    text = (ROOT / "docs" / "examples" / "reach.toml").read_text("utf-8")
    if place.name == "gulu":
        text = text.replace('"School"', '"tap"')
    text = text.replace("minutes = 6.25", f"minutes = {place.limit_m / SPEED}")
    text = text.replace("within_m = 500", f"within_m = {place.limit_m:g}")
    file = folder / f"{place.name}.toml"
    file.write_text(text, "utf-8")
    return file


def states(found: Assessment) -> pd.DataFrame:
    """Give each home with a position: is it near enough, in each of the ways."""
    rows = found.ground.subjects("households")
    table = pd.DataFrame({"x": rows.xy[:, 0], "y": rows.xy[:, 1]}, index=rows.ids)
    verdicts = found.verdicts
    for mode in MODES:
        mine = verdicts[verdicts["target_id"] == mode].set_index("subject_id")
        table[mode] = np.select([mine["met"] > 0, mine["unmet"] > 0], ["met", "unmet"], "unknown")
        table[f"{mode}_value"] = pd.to_numeric(mine["value"])
    return table.dropna(subset="x")


def group(row: Any) -> str:
    """Give the colour a home counts for; a home no way can tell of counts for none."""
    if row.straight != "met":
        return "-"
    return "s" + ("t" if row.terrain == "met" else "-") + ("r" if row.road == "met" else "-")


def drawn(place: Place, found: Assessment, table: pd.DataFrame) -> str:
    """Draw a map: squares coloured by what most of their homes have."""
    keys = table.apply(group, axis=1).replace({"str": "sts"})
    squares = pd.DataFrame({"c": table.x // place.cell_m, "r": table.y // place.cell_m, "k": keys})
    most = squares.groupby(["c", "r"])["k"].agg(lambda k: k.mode().iloc[0]).reset_index()
    left, top = most.c.min(), most.r.max()
    size = max(most.c.max() - left, top - most.r.min()) + 1
    unit = 640 / size
    width, height = 640, (top - most.r.min() + 1) * unit + 34 * len(COLOURS) / 2 + 20
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        'font-family="sans-serif" font-size="13"><rect width="100%" height="100%" fill="#fff"/>'
    ]
    for row in most.itertuples():
        x, y = (row.c - left) * unit, (top - row.r) * unit
        parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{unit:.2f}" height="{unit:.2f}" '
            f'fill="{COLOURS[str(row.k)][0]}"/>'
        )

    def at(xy: Any) -> str:
        east = (xy[:, 0] / place.cell_m - left) * unit
        north = (top + 1 - xy[:, 1] / place.cell_m) * unit
        return " ".join(f"{e:.1f},{n:.1f}" for e, n in zip(east, north, strict=True))

    roads = found.ground.items("roads").shapes
    for line in shapely.get_parts(roads[~shapely.is_missing(roads)]):
        points = at(shapely.get_coordinates(line))
        parts.append(f'<polyline points="{points}" fill="none" stroke="#666" stroke-width=".6"/>')
    kinds = {"zaatari": "school", "gulu": "tap"}
    things = found.ground.items("facilities")
    for xy in things.xy[(things.frame["kind"].str.lower() == kinds[place.name]).to_numpy()]:
        x, y = at(xy[None, :]).split(",")
        parts.append(f'<circle cx="{x}" cy="{y}" r="5" fill="#1f4e79" stroke="#fff"/>')
    base = (top - most.r.min() + 1) * unit + 18
    for number, (colour, said) in enumerate(COLOURS.values()):
        x, y = 10 + 320 * (number % 2), base + 24 * (number // 2)
        parts.append(f'<rect x="{x}" y="{y:.0f}" width="13" height="13" fill="{colour}"/>')
        parts.append(f'<text x="{x + 20}" y="{y + 11:.0f}">{said}</text>')
    return "\n".join([*parts, "</svg>\n"])


def section(place: Place, table: pd.DataFrame) -> list[str]:
    """Write what a place shows."""
    minutes = place.limit_m / SPEED
    limits = dict(
        zip(MODES, (f"{place.limit_m:g} m", f"{minutes:g} min", f"{place.limit_m:g} m"),
            strict=True)
    )  # fmt: skip
    lines = [f"## {place.title}", "", place.text, ""]
    lines += ["| | near enough | not | not known | median way |", "|---|---|---|---|---|"]
    titles = ("in a straight line", "on foot over the terrain", "along the roads")
    for mode, said in zip(MODES, titles, strict=True):
        count = table[mode].value_counts()
        shares = [f"{count.get(k, 0):,} ({100 * count.get(k, 0) / len(table):.1f} %)"
                  for k in ("met", "unmet", "unknown")]  # fmt: skip
        middle = table[f"{mode}_value"].median()
        unit = "min" if mode == "terrain" else "m"
        lines.append(f"| {said}, {limits[mode]} | {' | '.join(shares)} | {middle:.1f} {unit} |")
    both = table[(table.straight == "met") & (table.road != "met")]
    walked = table[(table.straight == "met") & (table.terrain != "met")]
    detour = (table.road_value / table.straight_value).replace(np.inf, np.nan).dropna()
    afoot = (table.terrain_value * SPEED / table.straight_value).replace(np.inf, np.nan).dropna()
    lines += [
        "",
        f"{len(both):,} homes that a circle counts are too far along the roads, {len(walked):,} on "
        f"foot. Where a way was found, it is {detour.median():.2f} times the straight line along "
        f"the roads and {afoot.median():.2f} times on foot (medians); over twice for "
        f"{(detour > 2).sum():,} and {(afoot > 2).sum():,} homes.",
        "",
    ]
    lines += [f"![Where the three differ](pictures/reach-{place.name}.svg)", ""]
    return lines


def main() -> None:
    """Import both places, ask, draw and write."""
    said = "Is it near enough: in a straight line, on foot over the terrain, or along the roads? "
    said += "The same homes and places, the same limit: metres, and the minutes they take at "
    said += f"{SPEED:.0f} m a minute on the flat. Made by `python docs/make_reach.py`."
    lines = ["# One question, three ways", "", said, ""]
    with tempfile.TemporaryDirectory() as held:
        for place, make in zip(PLACES, (camp, gulu), strict=True):
            folder = Path(held) / place.name
            make(folder)
            file = rules(place, Path(held))
            found = assess_project(open_project(folder), standard=str(file), scope="all")
            table = states(found)
            picture = ROOT / "docs" / "pictures" / f"reach-{place.name}.svg"
            picture.write_text(drawn(place, found, table), "utf-8")
            lines += section(place, table)
    (ROOT / "docs" / "reach.md").write_text("\n".join(lines), "utf-8")


if __name__ == "__main__":
    main()
