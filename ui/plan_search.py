"""The plans of places being looked for: each goes on beside the page and keeps its best.

A plan is looked for once, however many pages wait for it, and stays here for some time: whoever
makes the same choices sees it at once.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from geo.siting import Point
from geo.siting.problem import Siting
from layers.heed import Step, Stopped, heard
from layers.text import t
from layers.wrong import WrongCallError
from ui import jobs, state
from works.library import load_costs
from works.papers.teller import Teller
from works.siting.asking import Asked, prepare
from works.siting.files import write_plan
from works.siting.plan import SitePlan, describe, solve
from works.siting.robust import moved, neighbours, variants
from works.siting.shown import curve_points
from works.siting.told import Told, told
from works.siting.upcoming import SECONDS, upcoming
from works.siting.wish import Wish

MOST = 6
"""So many plans are kept."""
NEAR_S, CURVE_S = 5.0, 10.0
"""The points next to a plan, and its curve, take no longer: what is not proved keeps its bound."""
AGAIN_S = 10.0
"""A plan by other limits or goals takes no longer."""


class Search:
    """
    One plan of places.

    Parameters
    ----------
    shown
        The project, assessed.
    wish
        What is asked for.

    Attributes
    ----------
    asked, best
        The question once it is prepared, and the best answer so far.
    plan, words, points
        The plan in the end, what is said of it, and its curve.
    error
        Why there is none.
    """

    def __init__(self, shown: state.Seen, wish: Wish) -> None:
        self.shown, self.wish = shown, wish
        self.step, self.since = Step("begin"), time.monotonic()
        self.asked: Asked | None = None
        self.best: Siting | None = None
        self.plan: SitePlan | None = None
        self.words: Told | None = None
        self.points: list[Point] | None = None
        self.error: Exception | None = None
        self.version = 0
        self._unwanted, self._ended = threading.Event(), threading.Event()

    def run(self) -> None:
        """Look for the plan; called once, in a thread of its own."""
        try:
            with heard(self._heed):
                self._look()
        except Exception as error:
            # The page says it, or fails as a page does: nobody else waits for this thread.
            self.error = error
        finally:
            self._ended.set()

    def _look(self) -> None:
        start = time.perf_counter()
        asked = self.asked = prepare(self.shown.assessment, self.wish, load_costs())
        ready = time.perf_counter()
        answer = self.best = solve(asked, self._better)
        solved = time.perf_counter()
        plan = describe(asked, answer)
        plan.seconds.update(
            prepare=round(ready - start, 3),
            solve=round(solved - ready, 3),
            confirm=round(time.perf_counter() - solved, 3),
        )
        # The plan is shown at once; what stands beside it comes after.
        moves = moved(plan)
        self.words, self.plan = told(plan, moves), plan
        if not self._unwanted.is_set():
            beside = neighbours(plan, min(self.wish.seconds, NEAR_S))
            following = upcoming(plan, min(self.wish.seconds, SECONDS))
            self.words = told(plan, moves, None, beside, following)
            self.points = curve_points(plan, min(self.wish.seconds, CURVE_S))

    def _better(self, answer: Siting) -> None:
        self.best = answer
        self.version += 1

    def _heed(self, step: Step) -> None:
        self.step = step
        # Before the first answer there is nothing to keep; after the last one all is kept.
        if self._unwanted.is_set() and self.plan is None:
            if step.stage == "site" or self.best is None:
                raise Stopped(t("job.stopped", "en"))
        elif self._unwanted.is_set() and step.stage == "site":
            raise Stopped(t("job.stopped", "en"))

    def stop(self) -> None:
        """Ask it to end with the best it has."""
        self._unwanted.set()

    @property
    def stopping(self) -> bool:
        """True once somebody asked it to end."""
        return self._unwanted.is_set()

    @property
    def ended(self) -> bool:
        """True once nothing more comes."""
        return self._ended.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait for the end, at most so long; tell whether it has come."""
        return self._ended.wait(seconds)

    # ------------------------------------------------------------------ when asked for

    def try_others(self) -> Told:
        """Plan again by other limits and goals; the words then say how sure each site is."""
        plan, words = self.plan, self.words
        if plan is None or words is None:
            raise WrongCallError("no_plan_yet")
        again = variants(plan, load_costs(), min(self.wish.seconds, AGAIN_S))
        self.words = told(plan, words.moved, again, words.curve, words.next)
        self._made.clear()
        return self.words

    @cached_property
    def _made(self) -> dict[str, dict[str, bytes]]:
        """Keep the files by language."""
        return {}

    def files(self, lang: str) -> dict[str, bytes]:
        """Give the files ``village-planner site`` writes, by their names."""
        plan, words = self.plan, self.words
        if plan is None or words is None:
            return {}
        if lang not in self._made:
            teller = Teller(self.shown.board, lang)
            with tempfile.TemporaryDirectory() as folder:
                _, names = write_plan(plan, words, load_costs(), Path(folder), teller=teller)
                self._made[lang] = {name: (Path(folder) / name).read_bytes() for name in names}
        return self._made[lang]


_HELD: OrderedDict[Hashable, Search] = OrderedDict()
_LOCK = threading.Lock()


def key_of(shown: state.Seen, wish: Wish) -> Hashable:
    """Give what a plan depends on."""
    return (str(shown.folder), shown.mark, shown.asked, replace(wish, given=()))


def found(shown: state.Seen, wish: Wish) -> Search | None:
    """Give the plan for these choices, looked for or found; None where nobody asked for it."""
    with _LOCK:
        return _HELD.get(key_of(shown, wish))


def begin(shown: state.Seen, wish: Wish) -> Search:
    """
    Look for a plan, anew where the last search for it was stopped or failed.

    Parameters
    ----------
    shown
        The project, assessed.
    wish
        What is asked for.
    """
    key = key_of(shown, wish)
    with _LOCK:
        held = _HELD.get(key)
        if held is not None and not (held.ended and (held.stopping or held.error)):
            _HELD.move_to_end(key)
            return held
        search = _HELD[key] = Search(shown, wish)
        _HELD.move_to_end(key)
        while len(_HELD) > MOST:
            _HELD.popitem(last=False)[1].stop()
    work: Callable[[], None] = search.run
    jobs.begin(("plan", key, id(search)), work)
    search.wait(jobs.PATIENCE_S)
    return search
