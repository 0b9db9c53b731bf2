"""Long work beside the page: it goes on while the page lives, says how far it is, can be stopped.

One piece of work is done once, however many sessions wait for it: it runs in a thread under a key,
and what :mod:`layers.heed` tells is what the page shows. A page calls :func:`awaited`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

import streamlit as st

from layers.escape import esc
from layers.heed import Step, Stopped, heard
from layers.text import t

T = TypeVar("T")
PATIENCE_S = 1.0
"""So long a page waits for work before it shows how far it is: most work is done by then."""
_POLL_S = 0.6


class Job(Generic[T]):
    """
    One piece of long work in a thread of its own.

    Parameters
    ----------
    work
        What is to be done; it tells how far it is through :mod:`layers.heed`.
    """

    def __init__(self, work: Callable[[], T]) -> None:
        self.step = Step("begin")
        self.since = time.monotonic()
        self._work = work
        self._unwanted, self._ended = threading.Event(), threading.Event()
        self._made: list[T] = []
        self._error: BaseException | None = None
        threading.Thread(target=self._run, name="long-work", daemon=True).start()

    def _run(self) -> None:
        try:
            with heard(self._heed):
                self._made.append(self._work())
        except BaseException as error:  # raised again by `result`
            self._error = error
        finally:
            self._ended.set()

    def _heed(self, step: Step) -> None:
        self.step = step
        if self._unwanted.is_set():
            raise Stopped(t("job.stopped", "en"))

    def stop(self) -> None:
        """Ask the work to end; it does at its next step."""
        self._unwanted.set()

    @property
    def unwanted(self) -> bool:
        """True once somebody asked it to end."""
        return self._unwanted.is_set()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the end, at most so long; tell whether it has come."""
        return self._ended.wait(seconds)

    def result(self) -> T:
        """
        Give what was made, waiting for it.

        Raises
        ------
        Stopped
            If the work was stopped.
        Exception
            Whatever went wrong in it.
        """
        self._ended.wait()
        if self._error is not None:
            raise self._error
        return self._made[0]


_JOBS: dict[Hashable, Job[Any]] = {}
_LOCK = threading.Lock()


def begin(key: Hashable, work: Callable[[], T]) -> Job[T]:
    """
    Give the job of a key: the one that runs, else a new one.

    Parameters
    ----------
    key
        What the work depends on.
    work
        Done in a thread; not called when a job of this key runs that nobody stopped.
    """
    with _LOCK:
        for other in [name for name, job in _JOBS.items() if job.wait(0)]:
            del _JOBS[other]
        found = _JOBS.get(key)
        if found is None or found.unwanted:
            found = _JOBS[key] = Job(work)
        return found


def awaited(
    key: Hashable,
    work: Callable[[], T],
    lang: str,
    *,
    title: str,
    above: Callable[[], None] | None = None,
) -> T | None:
    """
    Give the result of long work, or show how far it is, with a button that stops it.

    Parameters
    ----------
    key
        What the work depends on. The result is not kept: ``work`` does that.
    work
        The work.
    lang
        ``zh`` or ``en``.
    title
        What is being done, in the reader's words.
    above
        Draws what stands above the panel, where one is shown.

    Returns
    -------
    object or None
        None while the work goes on: the page draws what it can and comes again by itself.

    Raises
    ------
    Stopped
        If this reader stopped it; once, then the same call begins it again.
    Exception
        Whatever went wrong in it.
    """
    name = f"job-{hash(key)}"
    if st.session_state.pop(f"{name}-stopped", False):
        raise Stopped(t("job.stopped", lang))
    job = begin(key, work)
    if job.wait(PATIENCE_S):
        return job.result()
    if above is not None:
        above()
    _panel(name, job, lang, title)
    return None


def wanted(key: Hashable, work: Callable[[], T], lang: str, *, title: str) -> T | None:
    """
    Do what :func:`awaited` does in a part of a page: stopped, it waits to be begun again.

    Parameters
    ----------
    key, work, lang, title
        As for :func:`awaited`.

    Returns
    -------
    object or None
        None while the work goes on, and after this reader stopped it.
    """
    name = f"job-{hash(key)}"
    if st.session_state.get(f"{name}-stopped"):
        st.info(t("job.stopped", lang))
        st.button(
            t("job.again", lang),
            key=f"{name}-again",
            on_click=lambda: st.session_state.pop(f"{name}-stopped", None),
        )
        return None
    return awaited(key, work, lang, title=title)


def _panel(name: str, job: Job[Any], lang: str, title: str) -> None:
    """Show how far a job is, without running the page again until it has ended."""

    def stop() -> None:
        job.stop()
        st.session_state[f"{name}-stopped"] = True

    @st.fragment(run_every=_POLL_S)
    def shown() -> None:
        if job.wait(0) or job.unwanted:
            st.rerun()
        with st.container(border=True, key=f"{name}-panel"):
            st.html(step_html(job.step, lang, title))
            with st.container(horizontal=True, vertical_alignment="center"):
                st.button(t("job.stop", lang), key=f"{name}-stop", on_click=stop)
                st.caption(t("job.since", lang, s=int(time.monotonic() - job.since)))

    shown()


def step_html(step: Step, lang: str, title: str) -> str:
    """
    Say and draw how far a job is.

    Streamlit's own bar is fetched after the page: until then it is a grey block without a word.
    """
    words, part = esc(said(step, lang, title)), f"{100 * share(step):.0f}"
    return (
        f'<div role="status" style="{_LINE}">{words}</div>'
        f'<div role="progressbar" aria-label="{words}" aria-valuemin="0" aria-valuemax="100"'
        f' aria-valuenow="{part}" style="{_TRACK}"><div style="{_DONE};width:{part}%"></div></div>'
    )


_LINE = "font-size:14px;line-height:22px"
_TRACK = "height:8px;margin:6px 0 2px;background:#E2E6EA;border-radius:4px;overflow:hidden"
_DONE = "height:8px;background:#1F4E79"


def share(step: Step) -> float:
    """
    Give how much of its stage is done, 0 to 1; 0 where nobody can tell.

    Examples
    --------
    >>> share(Step("judge", 3, 12)), share(Step("load"))
    (0.25, 0.0)
    """
    return min(step.done / step.of, 1.0) if step.of else 0.0


def said(step: Step, lang: str, title: str) -> str:
    """Say in a line what is being done and how far it is; what data say is not in it."""
    stage = t(f"job.{step.stage}", lang)
    count = t("job.count", lang, done=step.done + 1, of=step.of) if step.of else ""
    return t("job.line", lang, title=title, stage=stage, count=count)
