"""Kept work: by hand first, then any sequence of actions, in memory and in a GeoPackage alike."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hand import often
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle as Known
from hypothesis.stateful import (
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

from layers.errors import DataError, ProjectError
from layers.project import create_project
from layers.tasks.gpkg_store import GeoPackageStore
from layers.tasks.replay import as_json, blank, fold, kept, replay, stamped
from layers.tasks.store import MemoryStore, Said, TaskStore
from layers.work_form import COLUMNS, FIELDS, Event, HandOut, Item, Receipt
from works.tasks.act import STEPS, choose, edit, take_step
from works.tasks.merge import Past, equal, merge

ME = Said("王某某", "page")


@pytest.fixture(params=["memory", "geopackage"])
def store(request: pytest.FixtureRequest, tmp_path: Path, template: None) -> Iterator[TaskStore]:
    if request.param == "memory":
        yield MemoryStore()
    else:
        shutil.copytree(TEMPLATE[0], tmp_path / "p")
        yield GeoPackageStore(tmp_path / "p" / "project.gpkg")


def made(key: str, **told: str) -> Event:
    columns = {"work_id": key, "work_no": f"东沟-厕-{key}", "state": "open"}
    return Event(key, "made", value=as_json(columns | told))


def keep(store: TaskStore, *events: Event, said: Said = ME) -> list[Event]:
    with store.writing() as writer:
        return writer.keep(events, said)


def replayed(history: pd.DataFrame) -> dict[str, Item]:
    names = ("work_id", "action", "field", "before", "value", "base", "note", "version")
    rows = history.to_dict("records")
    return replay((Event(*(row[name] for name in names)), row["who"]) for row in rows)


# ------------------------------------------------------------ by hand


def test_an_item_is_what_was_said_of_it(store: TaskStore) -> None:
    keep(store, made("1", quantity="1"))
    keep(store, Event("1", "set", "state", "open", "accepted", 1))
    keep(store, Event("1", "claim", "progress", None, "60", 1), said=Said("乙", "return", 4))
    item = store.items()["1"]
    assert (item["version"], item["state"], item["quantity"]) == (2, "accepted", "1")
    assert kept(item, "claims") == {"progress": [{"value": "60", "who": "乙", "base": 1}]}
    assert item["progress"] is None
    keep(store, Event("1", "settle", "progress", None, "80", 2, "看过"))
    item = store.items()["1"]
    assert (item["version"], item["progress"], item["claims"]) == (3, "80", "")
    history = store.history()
    assert history["action"].tolist() == ["made", "set", "claim", "settle"]
    assert history["version"].tolist() == [1, 2, 2, 3]
    assert history["receipt"].tolist() == [None, None, 4, None]
    assert history["note"].tolist()[-1] == "看过"
    assert history["number"].tolist() == [1, 2, 3, 4]


def test_every_claim_stays_on_the_table_until_somebody_chooses(store: TaskStore) -> None:
    keep(store, made("1"), Event("1", "set", "progress", None, "60", 1))
    for value, who in (("40", "甲"), ("20", "乙")):
        keep(store, Event("1", "claim", "progress", "60", value, 1), said=Said(who, "return"))
    keep(store, Event("1", "claim", "note", None, "好", 1), said=Said("丙", "return"))
    claims = kept(store.items()["1"], "claims")
    assert {name: [one["value"] for one in rows] for name, rows in claims.items()} == {
        "progress": ["40", "20"], "note": ["好"],
    }  # fmt: skip
    keep(store, Event("1", "settle", "progress", "60", "20", 1))
    assert list(kept(store.items()["1"], "claims")) == ["note"]


def test_events_kept_together_share_one_version(store: TaskStore) -> None:
    both = [made("1"), Event("1", "handed", "QD-1"), Event("1", "set", "team", None, "甲队")]
    assert [one.version for one in keep(store, *both)] == [1, 1, 1]
    quiet = [Event("1", "handed", "QD-2"), Event("1", "photo", value='{"file": "a.jpg"}')]
    assert [one.version for one in keep(store, *quiet)] == [1, 1]
    item = store.items()["1"]
    assert kept(item, "handed") == {"QD-1": 1, "QD-2": 1}
    assert kept(item, "photos") == [{"file": "a.jpg"}]
    assert [one.version for one in keep(store, Event("1", "set", "due", None, "2023-07-01"))] == [2]


def test_a_question_is_asked_once_and_goes_with_its_answer(store: TaskStore) -> None:
    keep(store, made("1"), Event("1", "question", "far_away", value="120"))
    keep(store, Event("1", "question", "far_away", value="140"))
    assert kept(store.items()["1"], "questions") == [
        {"code": "far_away", "value": "140", "who": "王某某"}
    ]
    keep(store, Event("1", "answer", "far_away", note="现场看过"))
    assert kept(store.items()["1"], "questions") == []
    assert store.history()["value"].tolist()[1:3] == ["120", "140"]


def test_a_change_of_a_layer_is_proposed_and_settled(store: TaskStore) -> None:
    keep(store, made("1"), Event("1", "propose", value='{"layer": "toilets"}'))
    assert kept(store.items()["1"], "change") == {"layer": "toilets", "state": "propose"}
    keep(store, Event("1", "apply", value='{"version": "28"}'))
    expected = {"layer": "toilets", "state": "apply", "version": "28"}
    assert kept(store.items()["1"], "change") == expected


def test_only_the_items_and_events_asked_for_are_given_in_the_order_asked(
    store: TaskStore,
) -> None:
    keep(store, *(made(str(n)) for n in range(5)))
    keep(store, Event("3", "set", "note", None, "x"))
    assert list(store.items(["3", "1", "9", "3"])) == ["3", "1"]
    assert store.history(["3"])["action"].tolist() == ["made", "set"]
    assert list(store.items()) == ["0", "1", "2", "3", "4"]


def test_many_ids_are_asked_for_at_once(store: TaskStore) -> None:
    keep(store, *(made(str(n)) for n in range(1200)))
    wanted = [str(n) for n in range(1199, -1, -1)]
    assert list(store.items(wanted)) == wanted
    history = store.history(wanted)
    assert history["number"].tolist() == list(range(1, 1201))


def test_an_error_within_leaves_everything_as_it_was(store: TaskStore) -> None:
    keep(store, made("1"))

    def fail() -> None:
        with store.writing() as writer:
            writer.keep([made("2"), Event("1", "set", "note", None, "x")], ME)
            writer.give_receipt(Receipt("甲", "a.xlsx", "m", {}))
            writer.hand_out(HandOut("QD-1", "甲队", "", "", {"1": 1}), "我")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert list(store.items()) == ["1"]
    assert store.items()["1"]["note"] is None
    assert (len(store.history()), len(store.receipts()), len(store.handed())) == (1, 0, 0)


def test_a_receipt_says_what_is_known_at_the_end(store: TaskStore) -> None:
    with store.writing() as writer:
        first = writer.give_receipt(Receipt("甲", "a.xlsx", "m1", {}))
        second = writer.give_receipt(Receipt("乙", "b.xlsx", "m2", {"taken": 1}))
        writer.tell(first, Receipt("甲", "a.xlsx", "m1", {"taken": 3}))
        assert (first, second) == (1, 2)
    told = store.receipts()
    assert [json.loads(one) for one in told["told"]] == [{"taken": 3}, {"taken": 1}]
    assert told["sender"].tolist() == ["甲", "乙"]
    assert told["at"].str.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ").all()


def test_a_list_handed_out_is_kept_with_its_versions(store: TaskStore) -> None:
    with store.writing() as writer:
        writer.keep([made("1")], ME)
        assert (
            writer.hand_out(HandOut("QD-0001", "甲队", "六月", "2023-06-30", {"1": 1}), "我") == 1
        )
    row = store.handed().iloc[0]
    assert (row["list_no"], row["who"], json.loads(row["versions"])) == ("QD-0001", "我", {"1": 1})


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (Event("9", "set", "note", None, "x"), "was never made"),
        (made("1"), "is made already"),
        (Event("1", "burn"), "burn: no such event"),
        (Event("1", "set", "quantity", "1", "2"), "quantity: no field people fill in"),
        (Event("1", "claim", "colour", None, "red"), "colour: no field"),
        (Event("1", "set", "progress", None, 60), "progress: its value is no text"),  # type: ignore[arg-type]
        (Event("1", "refresh", value='{"state": "done"}'), "state: no column of it"),
        (Event("1", "refresh", value='{"quantity": 2}'), "no texts of its own"),
        (Event("2", "made", value='{"work_id": "3"}'), "no texts of its own"),
        (Event("2", "made", value='{"colour": "red"}'), "colour: no column of it"),
        (Event("", "made", value="{}"), "no such event"),
    ],
)
def test_what_no_store_could_give_back_is_refused(store: TaskStore, event: Event, why: str) -> None:
    keep(store, made("1"))
    with pytest.raises(DataError, match=why):
        keep(store, Event("1", "set", "note", None, "ok"), event)
    assert store.items()["1"]["note"] is None
    assert len(store.history()) == 1


def test_hostile_and_odd_texts_come_back_as_they_were(store: TaskStore) -> None:
    texts = ["'); DROP TABLE work_items; --", "{{7*7}}", "\x00a", "村\n二", "=1+1", " " * 3, "𠮷"]
    keep(store, *(made(str(n)) for n in range(len(texts))))
    keep(store, *(Event(str(n), "set", "note", None, text) for n, text in enumerate(texts)))
    assert [one["note"] for one in store.items().values()] == texts
    assert store.history()["value"].tolist()[len(texts) :] == texts


def test_a_word_that_is_no_text_is_refused_with_a_sentence(tmp_path: Path) -> None:
    store = GeoPackageStore(create_project(tmp_path / "p").store)
    with pytest.raises(ProjectError, match=r"p/project\.gpkg: was given signs that are no text"):
        keep(store, made("1"), Event("1", "set", "note", None, "caf\udce9"))
    assert store.items() == {}


def test_what_is_read_in_a_transaction_is_a_copy(store: TaskStore) -> None:
    keep(store, made("1"))
    with store.writing() as writer:
        writer.items(["1"])["1"]["note"] = "meddled"
        writer.items()["1"]["note"] = "meddled"
        writer.keep([Event("1", "set", "team", None, "甲队")], ME)
        assert writer.items(["1"])["1"]["note"] is None
        assert writer.items()["1"]["team"] == "甲队"
    assert store.items()["1"]["note"] is None


def test_folding_changes_nothing_it_was_given() -> None:
    before = fold(None, stamped([made("1")], {})[0])
    copy = dict(before)
    after = fold(before, Event("1", "set", "note", None, "x", version=2))
    assert before == copy
    assert after == before | {"note": "x", "version": 2}
    assert set(blank("1")) == {"version", *COLUMNS}


def test_an_item_may_begin_at_a_later_version(store: TaskStore) -> None:
    begun = Event("1", "made", value=made("1").value, version=3)
    assert keep(store, begun)[0].version == 3
    assert keep(store, Event("1", "set", "note", None, "x"))[0].version == 4


# ------------------------------------------------------------ any sequence of actions

MEMORY = next((one for one in ("/dev/shm",) if Path(one).is_dir()), None)
"""Where files cost no disk, if there is such a place."""
VALUES = {
    "progress": st.sampled_from(["0", "40", "60", "60.0", "100"]),
    "note": st.sampled_from(["好", "不好", "好 ", "=1+1"]),
    "state": st.sampled_from(["accepted", "in_progress", "done", "disputed"]),
    "team": st.sampled_from(["甲队", "乙队"]),
    "due": st.sampled_from(["2023-06-30", "2023-07-15"]),
}
FIELD_AND_VALUE = st.sampled_from(sorted(VALUES)).flatmap(
    lambda name: st.tuples(st.just(name), VALUES[name])
)
SENDERS = st.sampled_from(["", "甲", "乙"])


class Work(RuleBasedStateMachine):
    """Everything people do with work, on both stores at once; nothing said may get lost."""

    keys = Known("keys")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="work-", dir=MEMORY))
        shutil.copytree(TEMPLATE[0], self.folder / "p")
        on_disk = GeoPackageStore(self.folder / "p" / "project.gpkg")
        self.stores: tuple[TaskStore, ...] = (MemoryStore(), on_disk)
        self.said: list[tuple[str, str, str | None]] = []
        self.versions: dict[str, int] = {}
        self.count = 0

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    def both(self, act: Any) -> Any:
        """Do it to both stores; they answer alike."""
        first, second = (act(store) for store in self.stores)
        assert first == second
        return first

    @initialize(target=keys)
    def begin(self) -> Any:
        return multiple(*(self.register() for _ in range(2)))

    @rule(target=keys)
    def register_one(self) -> str:
        return self.register()

    def register(self) -> str:
        self.count += 1
        key = f"w-{self.count}"
        self.both(lambda store: keep(store, made(key), said=Said("", "assess")))
        return key

    @rule(key=keys, priority=st.integers(1, 9))
    def refresh(self, key: str, priority: int) -> None:
        told = as_json({"priority": str(priority)})
        self.both(lambda store: keep(store, Event(key, "refresh", value=told)))

    @rule(
        keys=st.lists(keys, min_size=1, max_size=3, unique=True),
        step=st.sampled_from(sorted(STEPS)),
        note=st.sampled_from(["", "因故"]),
        behind=st.integers(0, 2),
    )
    def step(self, keys: list[str], step: str, note: str, behind: int) -> None:
        base = {key: max(1, self.versions[key] - behind) for key in keys}
        state = STEPS[step].state
        before = self.stores[0].items(keys)
        done = self.both(lambda s: take_step(s, keys, step, ME, note=note, base=base))
        assert {*done.changed, *done.unchanged, *done.refused} | {c[0] for c in done.clashes} == {
            *keys
        }
        for key in done.changed:
            if state and before[key]["state"] != state and key not in {c[0] for c in done.clashes}:
                self.said.append((key, "state", state))

    @rule(key=keys, told=FIELD_AND_VALUE, behind=st.integers(0, 3))
    def edit(self, key: str, told: tuple[str, str], behind: int) -> None:
        name, value = told
        if name == "state" or value == "60.0":
            return
        base = {key: max(1, self.versions[key] - behind)}
        done = self.both(lambda s: edit(s, {key: {name: value}}, ME, base=base))
        if done.changed:
            self.said.append((key, name, value))
        elif not done.clashes:
            assert equal(name, self.stores[0].items([key])[key][name], value)

    @rule(
        told=st.lists(st.tuples(keys, FIELD_AND_VALUE), min_size=1, max_size=4),
        who=SENDERS,
        behind=st.integers(0, 3),
        twice=st.booleans(),
    )
    def come_back(
        self,
        told: list[tuple[str, tuple[str, str]]],
        who: str,
        behind: int,
        twice: bool,
    ) -> None:
        rows = {(key, name): value for key, (name, value) in told if name not in ("team", "due")}
        bases = {key: max(1, self.versions[key] - behind) for key, _ in rows}
        self.both(lambda s: came_back(s, rows, bases, who))
        self.said += [(key, name, value) for (key, name), value in rows.items()]
        if twice:
            assert self.both(lambda s: came_back(s, rows, bases, who)) == []

    @rule(key=keys, value=st.sampled_from(["120", "300"]), answer=st.booleans())
    def ask(self, key: str, value: str, answer: bool) -> None:
        self.both(lambda s: keep(s, Event(key, "question", "far_away", value=value)))
        if answer:
            self.both(lambda s: keep(s, Event(key, "answer", "far_away", note="看过")))

    @precondition(lambda self: any(one["claims"] for one in self.stores[0].items().values()))
    @rule(data=st.data())
    def choose(self, data: st.DataObject) -> None:
        items = self.stores[0].items()
        key = data.draw(st.sampled_from([k for k, one in items.items() if one["claims"]]))
        claims = kept(items[key], "claims")
        name = data.draw(st.sampled_from(sorted(claims)))
        value = data.draw(st.sampled_from([one["value"] for one in claims[name]]))
        self.both(lambda s: choose(s, key, name, value, ME))
        assert name not in kept(self.stores[0].items([key])[key], "claims")

    @rule(keys=st.lists(keys, min_size=1, max_size=4, unique=True))
    def hand_out(self, keys: list[str]) -> None:
        number = f"QD-{len(self.stores[0].handed()) + 1:04d}"
        versions = {key: self.versions[key] for key in keys}

        def act(store: TaskStore) -> int:
            with store.writing() as writer:
                writer.keep([Event(key, "handed", number) for key in keys], ME)
                return writer.hand_out(HandOut(number, "甲队", "", "", versions), "我")

        self.both(act)
        for key in keys:
            assert kept(self.stores[0].items([key])[key], "handed")[number] == versions[key]

    @rule(key=keys, fields=st.lists(FIELD_AND_VALUE, min_size=1, max_size=3))
    def fail(self, key: str, fields: list[tuple[str, str]]) -> None:
        def act(store: TaskStore) -> None:
            with store.writing() as writer:
                writer.keep([Event(key, "set", name, None, value) for name, value in fields], ME)
                raise ZeroDivisionError

        for store in self.stores:
            with pytest.raises(ZeroDivisionError):
                act(store)

    @rule(key=consumes(keys))
    def leave(self, key: str) -> None:
        """Nobody speaks of it any more; it stays."""
        assert key in self.stores[0].items()

    @invariant()
    def both_agree_and_history_says_what_stands(self) -> None:
        first, second = ((one.items(), one.history()) for one in self.stores)
        assert first[0] == second[0]
        assert list(first[0]) == list(second[0])
        pd.testing.assert_frame_equal(
            first[1].drop(columns="at"), second[1].drop(columns="at"), check_dtype=False
        )
        assert replayed(first[1]) == first[0]

    @invariant()
    def no_item_is_lost_and_versions_only_grow(self) -> None:
        items = self.stores[1].items()
        assert list(items) == [f"w-{n + 1}" for n in range(self.count)]
        for key, item in items.items():
            assert item["version"] >= self.versions.get(key, 1)
            self.versions[key] = item["version"]
        history = self.stores[1].history()
        for _, one in history.groupby("work_id"):
            assert one["version"].is_monotonic_increasing
        assert history["number"].is_monotonic_increasing

    @invariant()
    def every_value_ever_said_is_in_the_history(self) -> None:
        history = self.stores[1].history()
        told = set(zip(history["work_id"], history["field"], history["value"], strict=True))
        items = self.stores[1].items()
        for key, name, value in self.said:
            known = any(
                one[0] == key and one[1] == name and equal(name, one[2], value) for one in told
            )
            # What is no news, because it stood there already, is no event.
            assert known or equal(name, items[key][name], value) or value == "open", (key, name)


def came_back(
    store: TaskStore, rows: dict[tuple[str, str], str], bases: dict[str, int], who: str
) -> list[tuple[str, str, str]]:
    """Take a list back the short way: every value merged, kept with its receipt."""
    with store.writing() as writer:
        items = writer.items({key for key, _ in rows})
        past = Past(writer.history(items))
        events = []
        for (key, name), value in rows.items():
            outcome = merge(items[key], past, name, value, bases[key], who)
            if outcome != "same":
                action = {"take": "set", "late": "late", "clash": "claim"}[outcome]
                events.append(Event(key, action, name, items[key][name], value, bases[key]))
        if events:
            number = writer.give_receipt(Receipt(who, "a.xlsx", "m", {"n": len(events)}))
            writer.keep(events, Said(who, "return", number))
        return [(one.work_id, one.action, one.field) for one in events]


TEMPLATE: list[Path] = []


@pytest.fixture(scope="module", autouse=True)
def template(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("template") / "p"
    TEMPLATE[:] = [create_project(folder).folder]


TestWork = Work.TestCase
TestWork.settings = settings(
    max_examples=often(9, 150),
    stateful_step_count=often(14, 40),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def test_fields_of_the_sequences_are_fields() -> None:
    assert set(VALUES) <= set(FIELDS)
