"""A county from its files to its reports: every stage, the most memory, and five times the size."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

VILLAGES, HOUSEHOLDS, TIMES = 420, 120_000, 5
STANDARD = "qingyang-2023"
CALL = """
import json, resource, sys, time
from ui.cli import main
begin = time.perf_counter()
try:
    code = main() or 0
except SystemExit as left:
    code = left.code or 0
used = resource.getrusage(resource.RUSAGE_SELF)
kids = resource.getrusage(resource.RUSAGE_CHILDREN)
print("\\n" + json.dumps({
    "code": code, "wall": time.perf_counter() - begin,
    "cpu": used.ru_utime + used.ru_stime + kids.ru_utime + kids.ru_stime,
    "mb": max(used.ru_maxrss, kids.ru_maxrss) / 1024,
}), file=sys.stderr)
"""


@dataclass(frozen=True)
class Spent:
    """What a command took: seconds on the clock and of the processors, and MB at the most."""

    wall: float
    cpu: float
    mb: float


def command(*args: str) -> Spent:
    """Run a command of the planner in a process of its own, start of Python not counted."""
    done = subprocess.run(
        [sys.executable, "-c", CALL, *args], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    told = json.loads(done.stderr.strip().splitlines()[-1])
    if told["code"]:
        raise SystemExit(done.stderr)
    return Spent(told["wall"], told["cpu"], told["mb"])


def assessed(project: Path, out: Path, say: Callable[[str], None]) -> Spent:
    """Assess a project twice, without and with its cache, print the stages; the second run."""
    spent = command("assess", str(project), "--standard", STANDARD, "--out", str(out))
    say(f"  first run, reading the GeoPackage: {spent.wall:.1f} s, {spent.mb:.0f} MB")
    spent = command("assess", str(project), "--standard", STANDARD, "--out", str(out))
    told = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    stages = ", ".join(f"{name} {seconds:.1f}" for name, seconds in told["seconds"].items())
    say(f"  {told['villages']} villages, {told['gaps']} gaps, {told['survey']} to verify")
    say(f"  wall {spent.wall:.1f} s, CPU {spent.cpu:.1f} s, at most {spent.mb:.0f} MB")
    say(f"  stages, seconds: {stages}")
    for path in sorted(out.iterdir()):
        say(f"    {path.name:18} {path.stat().st_size / 1e6:7.1f} MB")
    return spent


def whole(folder: Path, say: Callable[[str], None], times: int = 1) -> Spent:
    """Make the demo county, ``times`` as large, and assess it."""
    project = folder / f"county{times}"
    size = (str(VILLAGES * times), str(HOUSEHOLDS * times))
    made = command("demo", str(project), "--villages", size[0], "--households", size[1])
    say(f"{size[0]} villages, {size[1]} households (made in {made.wall:.0f} s, {made.mb:.0f} MB)")
    return assessed(project, folder / f"out{times}", say)


def growth(folder: Path, say: Callable[[str], None]) -> None:
    """Assess a county and one five times as large; so many times longer it may take is six."""
    small, large = whole(folder, say), whole(folder, say, TIMES)
    say(
        f"{TIMES} times the size takes {large.wall / small.wall:.1f} times as long "
        f"(CPU {large.cpu / small.cpu:.1f} times) and {large.mb / small.mb:.1f} times the memory"
    )


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        assessed(Path(sys.argv[1]), Path(sys.argv[2]), _print)
    else:
        with tempfile.TemporaryDirectory() as held:
            growth(Path(held), _print)
