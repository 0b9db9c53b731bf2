"""Names of villages as people write them: proposed with a reason, kept once accepted."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.errors import UsageError
from layers.places import stated_village
from layers.sent.names import accepted, folded, kept_names, likeness, propose
from layers.text import township_key

VILLAGES = pd.DataFrame(
    {
        "id": list("ABCDEFGH"),
        "name": ["石桥村", "王家庄村", "三村", "南坡村", "北坡村", "王家庄村", "东沟村", "一村"],
        "township": ["东沟镇"] * 4 + ["西川乡"] * 4,
        "county": ["清河县"] * 8,
    }
)


def rows(*pairs):
    made = pd.DataFrame(pairs, columns=["township", "village"], dtype="str")
    return made.set_axis(range(1, len(made) + 1))


def best(township, village):
    found = propose(rows((township, village)), VILLAGES)
    return (found[0].value.rpartition("=")[2], found[0].code, found[0].certain) if found else None


@pytest.mark.parametrize(
    ("township", "village", "expected"),
    [
        ("东沟镇", "石乔村", ("A", "village_alike", 0.85)),  # 乔 and 桥 sound alike
        ("东沟镇", "王庄", ("B", "village_alike", 0.8)),  # 家 left out
        ("东沟镇", "第3村", ("C", "village_variant", 0.95)),
        ("东沟镇", "第三村", ("C", "village_variant", 0.95)),
        ("东沟镇", "石橋村", ("A", "village_variant", 0.95)),  # traditional form
        ("东沟镇", "王家莊村委会", ("B", "village_variant", 0.95)),
        ("东沟镇", "清河县东沟镇石桥村", ("A", "village_prefix", 0.95)),
        ("东沟镇", "东沟石桥", ("A", "village_prefix", 0.95)),
        ("东沟镇", "石桥村（原小石桥）", ("A", "village_bracket", 0.8)),
        ("东沟镇", "石桥村王家组", ("A", "village_part", 0.7)),
        ("东沟镇", "石桥三组", ("A", "village_part", 0.7)),
        ("东沟镇", "合并村（南坡村）", ("D", "village_merged", 0.6)),
        ("东沟镇", "王佳庄村", ("B", "village_alike", 0.85)),
        ("东沟镇", "王大庄村", None),  # 大 tells places apart
        ("东沟镇", "王二庄村", None),
        ("东沟镇", "柳树湾", None),
        ("东勾镇", "王家庄", ("B", "township_alike", 0.85)),  # the township is misspelled
        ("西川乡", "南坡村", ("D", "village_elsewhere", 0.38)),  # of another township
        ("西川乡", "二村", None),  # the neighbour's number is another village
        ("西川乡", "西沟村", None),
    ],
)
def test_the_village_that_was_meant(township, village, expected):
    assert best(township, village) == expected


def test_names_that_fit_are_not_proposed():
    assert (
        propose(rows(("东沟镇", "石桥村"), ("东沟", "石桥"), ("西川乡", "王家庄")), VILLAGES) == []
    )
    assert propose(pd.DataFrame({"id": ["1"]}), VILLAGES) == []


def test_rows_of_one_name_are_proposed_together():
    found = propose(rows(("东沟镇", "石乔"), ("东沟镇", "石桥"), ("东沟镇", "石乔")), VILLAGES)
    assert [(one.value, one.rows) for one in found] == [("东沟镇/石乔=A", (1, 3))]
    assert "石桥村" in found[0].message("zh")


def test_two_villages_that_are_as_likely_share_the_certainty():
    twins = pd.DataFrame(
        {"id": ["1", "2"], "name": ["石桥村", "石樵村"], "township": ["东沟镇"] * 2}
    )
    found = propose(rows(("东沟镇", "石乔村")), twins)
    assert [(one.value[-1], one.certain) for one in found] == [("1", 0.42), ("2", 0.42)]


def test_an_accepted_name_is_known_from_then_on():
    frame = rows(("东沟镇", "石乔村"), ("东勾镇", "王家庄"), ("西川乡", "石乔村"))
    named = accepted(VILLAGES, ["东沟镇/石乔村=A", "东勾镇/王家庄=B"])
    assert named["other_names"].dropna().tolist() == ["东沟镇/石乔村", "东勾镇/王家庄"]
    found, failed = stated_village(frame, named)
    assert found.iloc[:2].tolist() == ["A", "B"]
    # in another township the accepted name says nothing
    assert failed.tolist() == [False, False, True]
    assert stated_village(frame, VILLAGES)[1].all()


def test_an_accepted_name_never_takes_a_villages_own():
    frame = rows((None, "北坡"), ("西川乡", "北坡"))
    named = accepted(VILLAGES, ["东沟镇/北坡=D"])
    assert stated_village(frame, named)[0].tolist() == ["E", "E"]
    with pytest.raises(UsageError, match="is the name of E"):
        accepted(VILLAGES, ["西川乡/北坡=D"])


@pytest.mark.parametrize("said", ["石乔", "=A", "石乔=", "石乔=Z", "/=A"])
def test_what_is_no_pair_is_refused(said):
    with pytest.raises(UsageError, match="--accept"):
        accepted(VILLAGES, [said])


def test_a_new_list_keeps_the_names_of_the_same_villages():
    named = accepted(VILLAGES, ["东沟镇/石乔村=A", "西川乡/东勾=G"])
    fresh = VILLAGES.assign(id=[f"N{n}" for n in range(8)]).iloc[:4]
    kept = kept_names(named, fresh)
    assert kept["other_names"].dropna().tolist() == ["东沟镇/石乔村"]
    assert kept.loc[0, "name"] == "石桥村"
    assert kept_names(VILLAGES, fresh) is fresh


names = st.text(alphabet="东西王石桥乔家庄村沟勾三3第", min_size=1, max_size=6)


@given(names, names)
def test_likeness_is_the_same_both_ways_and_never_sure_of_another(one, other):
    assert likeness(one, other) == likeness(other, one)
    assert (likeness(one, other) == 1) == (one == other)


@given(names)
def test_forms_of_signs_make_no_difference(name):
    other = name.replace("庄", "莊").replace("东", "東").replace("三", "3").replace("桥", " 橋")
    assert folded(other) == folded(name)
    assert folded(name, township_key)


@given(st.lists(st.tuples(st.sampled_from(["东沟镇", "西川乡", "东勾镇"]), names), max_size=8))
def test_what_is_accepted_is_found_and_nothing_else_moves(pairs):
    frame = rows(*pairs)
    before, _ = stated_village(frame, VILLAGES)
    said = {}
    for one in propose(frame, VILLAGES):
        said.setdefault(one.value.rpartition("=")[0], one)
    named = accepted(VILLAGES, [one.value for one in said.values()])
    after, failed = stated_village(frame, named)
    for one in said.values():
        assert set(after.loc[list(one.rows)]) == {one.value.rpartition("=")[2]}
        assert not failed.loc[list(one.rows)].any()
    there = before.notna()
    assert after[there].tolist() == before[there].tolist()
