"""What a project holds: rows, positions, completeness and the file each layer came from."""

import datetime as dt

import pandas as pd
import pytest

from layers.cache import load
from layers.inventory import inventory
from layers.project import Request, create_project


@pytest.fixture
def project(tmp_path):
    found = create_project(tmp_path / "p")

    def send(layer, file, request=None, **columns):
        path = tmp_path / file
        pd.DataFrame(columns).to_csv(path, index=False)
        found.import_file(layer, path, request)

    found.send = send
    return found


def held(project):
    return {one.layer: one for one in inventory(project, load(project))}


def test_a_new_project_holds_nothing(project):
    assert held(project) == {}


def test_rows_positions_file_and_day(project):
    project.send(
        "villages", "v.csv", id=["v1", "v2"], name=["甲村", "乙村"], lon=[107.8, None],
        lat=[35.7, None],
    )  # fmt: skip
    project.send("visits", "走访.csv", household_id=["h1", "h1"], date=["2023-05-02", "2023-06-30"])
    found = held(project)
    assert list(found) == ["villages", "visits"]
    assert (found["villages"].rows, found["villages"].placed) == (2, 1)
    assert (found["visits"].rows, found["visits"].placed) == (2, 0)
    assert found["visits"].date == dt.date(2023, 6, 30)
    assert found["visits"].file == "走访.csv"
    assert found["villages"].date is None


def test_complete_everywhere_somewhere_or_nowhere(project):
    project.send("villages", "v.csv", id=["v1", "v2"], name=["甲村", "乙村"])
    project.send("toilets", "t.csv", Request(complete_for=("甲村",)), household_id=["h1"])
    project.send("streetlights", "s.csv", Request(partial=True), id=["l1"])
    found = held(project)
    assert (found["villages"].complete, found["villages"].areas) == (True, ())
    assert (found["toilets"].complete, found["toilets"].areas) == (False, ("甲村",))
    assert (found["streetlights"].complete, found["streetlights"].areas) == (False, ())


def test_an_undone_import_is_not_there(project):
    project.send("villages", "v.csv", id=["v1"], name=["甲村"])
    project.send("villages", "w.csv", id=["v1", "v2"], name=["甲村", "乙村"])
    assert held(project)["villages"].file == "w.csv"
    project.undo()
    assert (held(project)["villages"].file, held(project)["villages"].rows) == ("v.csv", 1)
