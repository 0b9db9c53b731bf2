"""Areas a file is complete for: by code, by name, with or without the ending of the name."""

import pandas as pd
import pytest

from layers.places import area_names, villages_in

VILLAGES = pd.DataFrame(
    {
        "id": ["V1", "V2", "V3"],
        "name": ["东沟村", "西山", "南坡村"],
        "township": ["东沟镇", "东沟镇", "西山乡"],
    }
)


@pytest.mark.parametrize(
    ("area", "expected"),
    [
        ("V3", {"V3"}),
        ("南坡", {"V3"}),
        ("南坡村委会", {"V3"}),
        # the name as written wins: 西山 is a village here, not the township 西山乡
        ("西山", {"V2"}),
        ("西山乡", {"V3"}),
        ("西山村", {"V2"}),
        # the ending tells village and township of one name apart; without it both are meant
        ("东沟村", {"V1"}),
        ("东沟镇", {"V1", "V2"}),
        ("东沟", {"V1", "V2"}),
        ("北岭", set()),
    ],
)
def test_villages_of_an_area(area, expected):
    assert villages_in(area, area_names(VILLAGES)) == expected


def test_an_import_takes_an_area_without_its_ending(village_planner, tmp_path):
    VILLAGES.to_csv(tmp_path / "villages.csv", index=False)
    (tmp_path / "toilets.csv").write_text("id,household_id,type\n", "utf-8")
    project = tmp_path / "p"
    assert village_planner("import", project, "villages", tmp_path / "villages.csv").code == 0
    ledger = ("import", project, "toilets", tmp_path / "toilets.csv", "--complete-for")
    assert village_planner(*ledger, "南坡,东沟镇").code == 0
    lost = village_planner(*ledger, "北岭")
    assert lost.code == 2
    assert "北岭" in lost.err
