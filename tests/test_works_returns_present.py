"""Work of the present list that nobody keeps yet is kept once its row comes back."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hand import DAY, at, field, judged, project
from returned import codes

from geo.assess import Assessment
from layers.tasks.store import MemoryStore, Said
from works.export import geojson_bytes
from works.library import load_costs
from works.returns.taking import take_returns
from works.returns.told import Returned
from works.tasks.register import register
from works.worklist import worklist

TOILET = {
    "id": "toilet", "kind": "required", "subjects": "households", "measure": "count",
    "items": "toilets", "by": "household_id", "goal": "0.80",
    "work": {"kind": "toilet-rebuild", "per": "subject"},
}  # fmt: skip


@pytest.fixture(scope="module")
def found() -> Assessment:
    homes = [{"id": f"h{n}", "village_id": "v1", "geometry": at(100 * n, 0)} for n in range(4)]
    village = {"id": "v1", "name": "东沟村", "geometry": field(-500, -500, 500, 500)}
    return judged(project(villages=[village], households=homes, toilets=[]), TOILET)


class Asked:
    """Gives an assessment, and counts how often it was asked."""

    def __init__(self, found: Assessment) -> None:
        self.found, self.times = found, 0

    def __call__(self) -> Assessment:
        self.times += 1
        return self.found


def back(store: MemoryStore, found: Assessment, folder: Path, **said: dict[str, Any]) -> Returned:
    """Send the work list of an assessment back, some rows of it changed."""
    work = worklist(found, load_costs()).set_index("subject_id", drop=False)
    for key, cells in said.items():
        for name, value in cells.items():
            work.loc[key, name] = value
    (folder / "worklist.geojson").write_bytes(geojson_bytes(work.reset_index(drop=True)))
    [told] = take_returns(
        SimpleNamespace(folder=folder), store, [folder / "worklist.geojson"],
        assess=Asked(found), day=DAY,
    )  # fmt: skip
    return told


def test_only_rows_that_say_something_make_items(found: Assessment, tmp_path: Path) -> None:
    store = MemoryStore()
    told = back(store, found, tmp_path, h1={"state": "done"})
    assert (told.taken, told.unchanged, told.refused) == (1, 3, [])
    assert [(one["code"], one["n"]) for one in told.notes] == [("registered", 1)]
    [item] = store.items().values()
    own = worklist(found, load_costs()).set_index("subject_id").loc["h1"]
    assert (item["work_no"], item["work_id"]) == (own["work_no"], own["work_id"])
    assert (item["state"], item["version"], item["due"]) == ("done", 2, "2023-07-30")
    assert list(store.history()["action"]) == ["made", "set"]
    assert list(store.history()["receipt"]) == [1, 1]
    again = back(store, found, tmp_path, h1={"state": "done"})
    assert (again.same_as, again.taken, len(store.items())) == (1, 0, 1)


def test_it_is_kept_as_registering_it_would_have_kept_it(found: Assessment, tmp_path: Path) -> None:
    store, other = MemoryStore(), MemoryStore()
    back(store, found, tmp_path, h1={"note": "x"})
    with other.writing() as writer:
        register(writer, found, worklist(found, load_costs()), Said("p", "assess"))
    [item] = store.items().values()
    same = other.items()[item["work_id"]]
    assert {k for k in item if item[k] != same[k]} == {"note", "version"}


def test_a_number_that_has_changed_is_told(found: Assessment, tmp_path: Path) -> None:
    store = MemoryStore()
    told = back(store, found, tmp_path, h1={"state": "done", "work_no": "东沟-改厕-999"})
    assert (told.taken, sorted(codes(told.notes))) == (1, ["number_new", "registered"])
    [item] = store.items().values()
    assert item["work_no"] != "东沟-改厕-999"
    # Another task's number is no number that changed.
    work = worklist(found, load_costs())
    taken, other = item["work_no"], work[work["work_no"] != item["work_no"]].iloc[0]
    told = back(store, found, tmp_path, **{other["subject_id"]: {"note": "y", "work_no": taken}})
    assert codes(told.refused) == ["keys_disagree"]
    assert len(store.items()) == 1


def test_without_an_assessment_and_for_work_of_no_list_rows_are_refused(
    found: Assessment, tmp_path: Path
) -> None:
    store = MemoryStore()
    told = back(store, found, tmp_path, h1={"state": "done", "work_id": "w-0123456789abcdef"})
    assert "unknown" in codes(told.refused)
    [told] = take_returns(
        SimpleNamespace(folder=tmp_path), store, [tmp_path / "worklist.geojson"], day=DAY
    )
    assert codes(told.refused) == ["unknown"] * 4
    assert store.items() == {}


def test_no_assessment_is_made_where_all_is_kept(found: Assessment, tmp_path: Path) -> None:
    store, asked = MemoryStore(), Asked(found)
    with store.writing() as writer:
        register(writer, found, worklist(found, load_costs()), Said("p", "assess"))
    path = tmp_path / "a.csv"
    numbers = [item["work_no"] for item in store.items().values()]
    path.write_text("work_no,state\n" + "\n".join(f"{no},done" for no in numbers), "utf-8")
    [told] = take_returns(SimpleNamespace(folder=tmp_path), store, [path], assess=asked, day=DAY)
    assert (told.taken, asked.times) == (4, 0)


def test_the_whole_list_may_come_back_again_after_a_part_of_it_was_kept(
    found: Assessment, tmp_path: Path
) -> None:
    store = MemoryStore()
    last = list(worklist(found, load_costs()).sort_values("work_no")["subject_id"])[-1]
    back(store, found, tmp_path, **{last: {"state": "done"}})
    again = back(store, found, tmp_path, **{last: {"state": "done"}})
    assert (again.refused, again.notes, again.unchanged, len(store.items())) == ([], [], 4, 1)


def test_numbers_stay_when_some_of_the_work_is_kept(found: Assessment) -> None:
    work = worklist(found, load_costs()).set_index("work_id")["work_no"]
    for key, number in work.items():
        assert (
            worklist(found, load_costs(), {key: number}).set_index("work_id")["work_no"].to_dict()
            == work.to_dict()
        )
    first, second = work.sort_values().index[:2]
    moved = worklist(found, load_costs(), {second: work[first]}).set_index("work_id")["work_no"]
    assert moved[second] == work[first]
    assert moved.is_unique
