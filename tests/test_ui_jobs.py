"""Long work beside the page: done once, told of, stopped; the page goes on living."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from hand import field, judged, project
from streamlit.testing.v1 import AppTest

from geo.margin import near_limit
from layers.errors import DataError
from layers.heed import Step, Stopped, heard, tell, told
from ui import jobs


class Gate:
    """Work that goes one step each time it is let."""

    def __init__(self, steps: int = 3) -> None:
        self.steps, self.calls = steps, 0
        self.go, self.at = threading.Semaphore(0), threading.Semaphore(0)

    def __call__(self) -> str:
        self.calls += 1
        for number in range(self.steps):
            tell("judge", number, self.steps, f"t{number}")
            self.at.release()
            assert self.go.acquire(timeout=20)
        return "made"


@pytest.fixture
def gate() -> Iterator[Gate]:
    made = Gate()
    yield made
    for _ in range(9):
        made.go.release()


def test_one_piece_of_work_is_done_once_however_many_wait(gate: Gate):
    first = jobs.begin("k", gate)
    second = jobs.begin("k", gate)
    assert first is second
    assert not first.wait(0)
    for _ in range(3):
        gate.go.release()
    assert (first.result(), second.result(), gate.calls) == ("made", "made", 1)
    again = jobs.begin("k", lambda: "new")
    assert again is not first
    assert again.result() == "new"


def test_a_job_says_how_far_it_is(gate: Gate):
    job = jobs.begin("far", gate)
    gate.at.acquire(timeout=20)
    gate.go.release()
    gate.at.acquire(timeout=20)
    assert job.step == Step("judge", 1, 3, "t1")
    assert jobs.share(job.step) == pytest.approx(1 / 3)
    assert jobs.said(job.step, "zh", "正在评估") == "正在评估：逐项核查指标（第2项，共3项）"
    assert jobs.said(Step("load"), "en", "Assessing") == "Assessing: reading the data"


def test_stopped_work_ends_at_its_next_step_and_can_begin_again(gate: Gate):
    job = jobs.begin("stop", gate)
    gate.at.acquire(timeout=20)
    job.stop()
    gate.go.release()
    with pytest.raises(Stopped):
        job.result()
    # While the old thread has not ended yet, a new call does not wait for unwanted work.
    slow = jobs.begin("slow", gate)
    gate.at.acquire(timeout=20)
    slow.stop()
    assert jobs.begin("slow", lambda: "fresh").result() == "fresh"


def test_what_goes_wrong_in_it_is_raised_where_it_is_waited_for():
    def broken() -> None:
        message = "villages: the project has none. Import a list of villages first."
        raise DataError(message)

    with pytest.raises(DataError, match="has none"):
        jobs.begin("broken", broken).result()


def test_nobody_listens_and_nothing_happens():
    tell("judge", 1, 2)
    assert list(told("judge", [("a", 1)], 1)) == [1]


def test_an_assessment_tells_of_each_target_and_stops_when_it_is_told_to():
    steps: list[Step] = []
    data = project(
        villages=[{"id": "v1", "name": "甲村", "geometry": field(0, 0, 100, 100)}],
        households=[{"id": "h1", "village_id": "v1", "piped_water": True}],
    )
    water = {"subjects": "households", "measure": "attribute", "column": "piped_water"}
    rules = [{"id": one, **water, "one_of": [one == "a"], "goal": "1"} for one in ("a", "b")]
    with heard(steps.append):
        found = judged(data, *rules)
    asked = [one for one in steps if one.stage == "judge"]
    assert [one.about for one in asked] == [one.id for one in found.standard.targets]
    assert steps[-1] == Step("sum")

    def stop(step: Step) -> None:
        if step.stage == "limits":
            message = "enough"
            raise Stopped(message)

    with heard(stop), pytest.raises(Stopped):
        near_limit(found)


def _page() -> None:
    import streamlit as st
    from ui.state_of_tests import work  # type: ignore[import-not-found]

    from layers.heed import Stopped
    from ui import jobs

    try:
        found = jobs.awaited("page", work, "zh", title="正在评估", above=lambda: st.title("bar"))
    except Stopped as stopped:
        st.info(stopped.say("zh"))
        st.stop()
    if found is None:
        st.stop()
    st.success(found)


def _part() -> None:
    import streamlit as st
    from ui.state_of_tests import work  # type: ignore[import-not-found]

    from ui import jobs

    found = jobs.wanted("part", work, "zh", title="正在评估")
    st.title("the rest of the page")
    if found:
        st.success(found)


@pytest.fixture
def held(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> Gate:
    """Let pages of this file do the gate's work, and show at once how far it is."""
    holder: Any = ModuleType("ui.state_of_tests")
    holder.work = gate
    monkeypatch.setitem(sys.modules, "ui.state_of_tests", holder)
    monkeypatch.setattr(jobs, "PATIENCE_S", 0.05)
    return gate


def button(app: AppTest, label: str) -> Any:
    return next(one for one in app.button if one.label == label)


def test_a_part_of_a_page_that_was_stopped_waits_to_be_begun_again(
    held: Gate, monkeypatch: pytest.MonkeyPatch
):
    app = AppTest.from_function(_part, default_timeout=20).run()
    held.at.acquire(timeout=20)
    app = button(app, "取消").click().run()
    for _ in range(9):
        held.go.release()
    app = app.run()
    assert [one.value for one in app.info] == ["已取消，结果未更新。"]
    assert [one.value for one in app.title] == ["the rest of the page"]
    assert held.calls == 1
    monkeypatch.setattr(jobs, "PATIENCE_S", 20.0)
    app = button(app, "重新开始").click().run()
    assert ([one.value for one in app.success], held.calls) == (["made"], 2)
    assert not app.info


def test_the_page_lives_while_work_goes_on_and_its_button_stops_it(
    held: Gate, monkeypatch: pytest.MonkeyPatch
):
    app = AppTest.from_function(_page, default_timeout=20).run()
    assert not app.exception
    assert [one.value for one in app.title] == ["bar"]
    # the page's own HTML says it: a widget would stand there as a grey block at first
    told = "".join(str(one.proto.body) for one in app.get("html"))
    assert "正在评估：" in told
    assert 'role="progressbar"' in told
    assert not app.get("progress")
    held.at.acquire(timeout=20)
    app = button(app, "取消").click().run()
    assert [one.value for one in app.info] == ["已取消，结果未更新。"]
    for _ in range(9):
        held.go.release()
    monkeypatch.setattr(jobs, "PATIENCE_S", 20.0)
    app = app.run()
    assert [one.value for one in app.success] == ["made"]
