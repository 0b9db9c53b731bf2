"""Bad, odd and hostile files: what each should be answered, and whether it was."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from layers.project import NOT_STORED, create_project

ROOT = Path(__file__).parents[1]
MAKER = ROOT / "tests" / "make_bad_inputs.py"
ANSWERS = {"accepted": "accept", "warned": "warn", "refused": "reject"}
SECRETS = ("CANARY-5d1f-DO-NOT-LEAK", "root:x:0:0")
"""Text of files no import may read."""
STALL = 30.0
_RASTERS = (".tif", ".tiff", ".asc", ".jpg", ".hgt.zip")


@dataclass(frozen=True)
class Bad:
    """
    One file of a corpus.

    Attributes
    ----------
    path, name, cls
        The file, its name in the index, and its class.
    what
        What is wrong with it.
    expect, also
        The answer it should get (accept, warn or reject) and another that is tolerated.
    """

    path: Path
    name: str
    cls: str
    what: str
    expect: str
    also: tuple[str, ...]

    @property
    def layer(self) -> str:
        """The layer it is imported as."""
        raster = self.name.endswith(_RASTERS) or "raster" in self.name
        return "dem" if raster else "auto"


@dataclass
class Answer:
    """
    What an import of one file did.

    Attributes
    ----------
    code, out, err
        Exit code and what was printed.
    seconds, megabytes
        How long it took, and the most memory the importing process held.
    left
        Files it left where it should not.
    stored
        Whether the project holds anything of it.
    """

    code: int
    out: str
    err: str
    seconds: float = 0.0
    megabytes: float = 0.0
    left: list[str] = field(default_factory=list)
    stored: bool | None = None

    @property
    def told(self) -> dict[str, Any]:
        """What it printed as JSON, {} if it did not."""
        try:
            found = json.loads(self.out)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def answer(self) -> str:
        """Accept, warn, reject - or crash."""
        told = ANSWERS.get(self.told.get("status", ""))
        if "Traceback" in self.err or self.code not in (0, 1, 2):
            return "crash"
        return told or ("reject" if self.code in (1, 2) and self.err.strip() else "crash")


def index(folder: Path) -> list[Bad]:
    """Read the index of a corpus; files that are not there are left out."""
    found = []
    with (folder / "INDEX.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            path = folder / row["file"]
            if path.exists():
                also = tuple((row.get("also_ok") or "").replace(";", " ").split())
                cls = row.get("cls") or "public " + row.get("format", "")
                what = row.get("what") or row.get("what_is_wrong") or ""
                found.append(Bad(path, row["file"], cls, what, row["expect"], also))
    return found


def generate(folder: Path, canary: str) -> list[Bad]:
    """Write the generated corpus; ``canary`` is the address its hostile files point at."""
    subprocess.run(
        [sys.executable, "-W", "ignore", str(MAKER), str(folder), "--canary-url", canary],
        check=True, capture_output=True,
    )  # fmt: skip
    return index(folder)


def sample(files: list[Bad], most: int) -> list[Bad]:
    """
    Choose the same few files of every class each time.

    Parameters
    ----------
    files, most
        The corpus, and how many files to choose; every class has at least one.

    Returns
    -------
    list of Bad
        One file of each class first, then a second of each and so on, until there are enough.
    """
    classes: dict[str, list[Bad]] = {}
    for bad in files:
        classes.setdefault(bad.cls, []).append(bad)
    chosen: list[Bad] = []
    turn = 0
    while len(chosen) < min(most, len(files)):
        # From the middle outwards, so that the easiest file of a class is not the one chosen.
        fresh = [held[(len(held) // 2 + turn) % len(held)] for held in classes.values()
                 if turn < len(held)]  # fmt: skip
        chosen += fresh[: max(most - len(chosen), len(classes) if turn == 0 else 0)]
        turn += 1
    return chosen


def template(folder: Path, corpus: Path) -> Path:
    """Make the project every file is imported into a copy of."""
    project = create_project(folder)
    project.import_file("villages", corpus / "geojson" / "good_polygons.geojson")
    project.import_file("reference/truth", corpus / "geojson" / "gcj02_truth_wgs84.geojson")
    return folder


def faults(bad: Bad, answer: Answer) -> Iterator[str]:
    """
    Say what is wrong with an answer.

    Yields
    ------
    str
        ``answer``, ``crash``, ``stall``, ``leak``, ``left``, ``rows`` or ``stored``, a colon, and
        what was seen.
    """
    told = answer.told
    if answer.answer == "crash":
        yield f"crash: exit {answer.code}, {answer.err.strip()[-300:]}"
    elif answer.answer not in (bad.expect, *bad.also):
        codes = [f["code"] for f in told.get("findings", []) if f.get("severity") != "info"]
        said = answer.err.strip() or told.get("layer", "")
        yield f"answer: {answer.answer} instead of {bad.expect} ({bad.what}); {said[-200:]} {codes}"
    if answer.seconds > STALL:
        yield f"stall: {answer.seconds:.0f} s"
    seen = [secret for secret in SECRETS if secret in answer.out + answer.err]
    if seen:
        yield f"leak: {seen}"
    if answer.left:
        yield f"left: {answer.left[:5]}"
    if answer.stored and answer.answer == "reject":
        yield "stored: something was kept of a refused file"
    if told.get("status") in ("accepted", "warned"):
        listed = sum(
            len(f["rows"])
            for f in told["findings"]
            if f["code"] in NOT_STORED and f["layer"] == told["layer"]
        )
        if told["rows_read"] != told["rows_stored"] + listed:
            yield f"rows: {told['rows_read']} read, {told['rows_stored']} stored, {listed} listed"
        if told["status"] == "warned" and not any(
            f["severity"] == "warning" for f in told["findings"]
        ):
            yield "answer: warned without a warning"


def carries_warning(answer: Answer) -> bool:
    """Tell whether a stored file came with a named warning."""
    return any(f.get("severity") == "warning" for f in answer.told.get("findings", []))
