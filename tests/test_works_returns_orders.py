"""The generated returns: each answered as its index says, and all orders come to the same."""

from pathlib import Path

import pytest
from returned import codes

from benchmarks import returns as series
from layers.tasks.replay import kept
from layers.tasks.store import MemoryStore
from works.returns.taking import take_returns
from works.returns.told import Returned


class Project:
    """A folder where nothing lies yet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("returned")
    assert len(series.expectations(folder)) == 10
    return folder


def taken(corpus: Path, folder: Path) -> tuple[MemoryStore, dict[str, Returned]]:
    """Take all lists in the order of their names."""
    store = MemoryStore()
    series.made(store)
    files = sorted((corpus / "returns").glob("*.xlsx"))
    told = take_returns(Project(folder), store, files, day=series.DAY)
    return store, {file.stem: one for file, one in zip(files, told, strict=True)}


def answer(one: Returned) -> str:
    """Give what a list came to in the words of the index."""
    if one.refusal:
        return "reject"
    return "warn" if any((one.conflicts, one.refused, one.notes, one.same_as)) else "accept"


def test_every_list_is_answered_as_its_index_says(corpus: Path, tmp_path: Path) -> None:
    expected = series.expectations(corpus)
    store, told = taken(corpus, tmp_path)
    for name, row in expected.items():
        assert answer(told[name]) in {row["expect"], *row["also_ok"].split()}, name
    found = {name: codes([*one.conflicts, *one.refused, *one.notes]) for name, one in told.items()}
    assert found == {
        "0_sent": [],
        "1_returned": [],
        "2_returned_again_same": [],
        "3_returned_conflict": ["clash"],
        "4_returned_stale": ["clash"],
        "5_returned_clock": ["time_implausible"],
        "6_returned_unknown_ids": ["unknown"],
        "7_returned_bad_values": ["state_word", "progress_range", "progress_word"]
        + ["done_unfinished"] * 2,
        "8_returned_lost_key_columns": [],
        "9_returned_rows_reordered": [],
    }
    assert told["2_returned_again_same"].same_as == told["1_returned"].receipt
    items = store.items()
    assert sorted(items) == [f"W00{n}" for n in range(5)]
    stands = {key: (item["state"], item["progress"]) for key, item in items.items()}
    assert stands == {
        "W000": ("in_progress", "60"), "W001": ("done", "100"), "W002": ("in_progress", "70"),
        "W003": ("in_progress", "55"), "W004": ("in_progress", "45"),
    }  # fmt: skip
    claims = [(one["value"], one["base"]) for one in kept(items["W000"], "claims")["progress"]]
    assert claims == [("80", 3), ("10", 1)]
    assert items["W000"]["note"] == "现场核实"


def test_thirty_orders_each_twice_come_to_the_same(corpus: Path, tmp_path: Path) -> None:
    files = series.six(corpus)
    first = series.in_memory(files)
    assert first.disputed == {("W000", "progress"): frozenset({"10", "60", "80"})}
    assert first.agreed["W001", "state"] == "done"
    some = series.orders(files, 24)
    assert len(some) == 30
    start = series.template(tmp_path / "start")
    for number, order in enumerate(some):
        assert series.faults(series.in_memory(order), first) == []
        on_disk = series.on_disk(start, tmp_path / f"{number}.gpkg", order)
        assert series.faults(on_disk, first) == []


def test_the_comparison_sees_what_it_should(corpus: Path) -> None:
    files = series.six(corpus)
    whole, less = series.in_memory(files), series.in_memory(files[:-1])
    assert any("agreed" in one for one in series.faults(less, whole))
    store = MemoryStore()
    series.made(store)
    series.run(store, files[:1])
    history = store.history()
    assert not series.outcome(store, 0).lost
    assert "60" in set(history["value"])
    assert series.faults(series.outcome(store, 2), series.outcome(store, 0)) == [
        "a second time made 2 entries"
    ]
