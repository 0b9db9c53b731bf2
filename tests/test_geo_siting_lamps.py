"""The fewest lamps along roads: by hand, by trying every place, and confirmed by the measure."""

from itertools import combinations

import numpy as np
import pytest
import shapely
from hand import at, field, judged, line, project
from hypothesis import given
from hypothesis import strategies as st

from geo.lines import covered, segments_of, total
from geo.need import need
from geo.siting.intervals import Way, bounding, chains
from geo.siting.line_lamps import fewest_lamps
from geo.siting.lit import Lights
from layers.errors import UsageError
from layers.heed import Stopped, heard

NONE = np.empty(0, dtype=object)


def roads(*corners):
    return np.array([shapely.LineString(one) for one in corners], dtype=object)


def lit_mm(shapes, lamps, radius):
    lines = segments_of(shapely.line_merge(shapes))
    return np.rint(total(covered(lines, lamps, radius), len(shapes)) * 1000).astype(int)


def test_a_straight_road_by_hand():
    # 100 m, lamps light 20 m each way: two light 80 m, the third the last 20 m.
    road = roads([(0, 0), (100, 0)])
    most = fewest_lamps(road, NONE, 20, [80_000])
    assert (most.along.tolist(), most.gain.tolist()) == ([20.0, 60.0], [40_000, 40_000])
    whole = fewest_lamps(road, NONE, 20, [100_000])
    assert (len(whole.road), whole.bound, whole.status) == (3, 3, "optimal")
    assert whole.after.tolist() == [100_000]


def test_one_lamp_lights_both_sides_of_a_lit_piece():
    # A lamp at 50 lights 40-60; dark pieces 30-40 and 60-70 lie within 20 m of a lamp there.
    road = roads([(30, 0), (70, 0)])
    plan = fewest_lamps(road, np.array([shapely.Point(50, 0)]), 10, [40_000])
    assert (len(plan.road), plan.before.tolist()) == (2, [20_000])
    wide = fewest_lamps(road, np.array([shapely.Point(50, 17.3205080757)]), 20, [40_000])
    assert (len(wide.road), wide.along.tolist()) == (1, [20.0])


def test_a_lamp_at_a_crossing_counts_for_both():
    road = roads([(0, 0), (60, 0)], [(30, -30), (30, 30)])
    plan = fewest_lamps(road, NONE, 30, [120_000])
    assert (len(plan.road), plan.gain.tolist()) == (1, [120_000])
    assert plan.status == "optimal"


def test_lamps_that_others_make_needless_are_left_out():
    # Each road alone takes three lamps of 40 m; where they cross, lamps stand for both.
    corners = [[(0, 50 * k), (100, 50 * k)] for k in range(3)]
    road = roads(*corners, [(50, -20), (50, 120)])
    plan = fewest_lamps(road, NONE, 20, [430_000])
    alone = sum(-(-length // 40) for length in (100, 100, 100, 140))
    assert plan.bound <= len(plan.road) < alone
    for k in range(len(plan.road)):
        less = np.delete(plan.points, k)
        assert lit_mm(road, less, 20).sum() < 430_000


def test_only_needless_lamps_are_left_out():
    # Lamps at 20, 30 and 60 light 0-40, 10-50 and 40-80: the one at 30 lights nothing alone.
    lines = segments_of(roads([(0, 0), (80, 0)]))
    lights = Lights.of(lines, NONE, np.array([[20.0, 0], [30, 0], [60, 0]]), 20)
    group, amount = np.zeros(1, dtype=int), np.array([80_000])
    kept = lights.needed(np.array([80_000]), group, amount)
    assert kept[:, 0].tolist() == [20, 60]
    assert len(lights.needed(np.array([0]), group, amount)) == 0


def test_villages_have_needs_of_their_own():
    road = roads([(0, 0), (100, 0)], [(0, 900), (100, 900)], [(0, 1900), (100, 1900)])
    plan = fewest_lamps(road, NONE, 25, [50_000, 0, 100_000], [0, 1, 2])
    assert plan.after.tolist() == [50_000, 0, 100_000]
    assert (len(plan.road), plan.bound) == (3, 3)
    assert sorted(plan.road) == [0, 2, 2]


def test_no_lamp_on_roads_that_may_have_none():
    road = roads([(0, 0), (40, 0)], [(0, 500), (40, 500)])
    plan = fewest_lamps(road, NONE, 20, [40_000], allowed=[False, True])
    assert plan.road.tolist() == [1]
    # What cannot be reached stays dark, and the plan says what is lit.
    less = fewest_lamps(road, NONE, 20, [80_000], allowed=[False, True])
    assert (less.road.tolist(), less.after.tolist()) == ([1], [40_000])


def test_nothing_to_light():
    none = fewest_lamps(NONE, NONE, 20, [0])
    assert (len(none.road), none.bound, none.status, none.gap) == (0, 0, "optimal", 0.0)
    holes = np.array([None, shapely.Point(1, 1), *roads([(0, 0), (10, 0)])], dtype=object)
    assert fewest_lamps(holes, NONE, 20, [99_000]).road.tolist() == [2]
    with pytest.raises(UsageError, match="one need for each code"):
        fewest_lamps(holes, NONE, 20, [0], [0, 1, 1])
    with pytest.raises(UsageError, match="above 0"):
        fewest_lamps(holes, NONE, 0, [0])


def test_who_stops_keeps_the_lamps_so_far():
    def stop(step):
        if step.done == 1:
            raise Stopped("enough")

    road = roads([(0, 0), (40, 0)], [(0, 500), (40, 500)])
    with heard(stop):
        plan = fewest_lamps(road, NONE, 20, [40_000, 40_000], [0, 1])
    assert (plan.status, plan.after.tolist()) == ("stopped", [40_000, 0])


@st.composite
def pieces(draw):
    """A straight way with dark pieces between whole metres."""
    length = draw(st.integers(4, 26))
    cuts = draw(st.sets(st.integers(0, length), min_size=2, max_size=8))
    ends = np.array(sorted(cuts)[: len(cuts) // 2 * 2], dtype=float)
    way = Way(np.array([[0.0, 0.0], [length, 0.0]]), np.array([0.0, length]), ends[::2], ends[1::2])
    return way, float(draw(st.integers(1, 4)))


@given(case=pieces())
def test_k_lamps_light_most_of_every_k_on_the_grid(case):
    # Ends and radii are whole metres, so some best plan stands on whole metres.
    way, radius = case
    cells, grid = np.arange(way.at[-1]) + 0.5, np.arange(way.at[-1] + 1)
    dark = ((cells[:, None] > way.start) & (cells[:, None] < way.end)).any(axis=1)
    near = (np.abs(cells[None, :] - grid[:, None]) < radius) & dark
    found, bound = chains(way, radius), bounding(way, radius)
    assert (np.diff(found.best, 2) <= 1e-9).all()
    for k in range(4):
        best = max(near[list(some)].any(axis=0).sum() for some in combinations(range(len(grid)), k))
        used = min(k, len(found.best) - 1)
        assert found.best[used] == pytest.approx(best)
        assert bound[min(k, len(bound) - 1)] == pytest.approx(best)
        places = found.places(used)
        here = (np.abs(cells[None, :] - places[:, None]) < radius) & dark
        assert here.any(axis=0).sum() == best


@st.composite
def towns(draw):
    """A few short roads, straight, bent and crossing, of two villages."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    count = draw(st.integers(1, 4))
    shapes = [rng.integers(0, 60, (int(rng.integers(2, 5)), 2)) for _ in range(count)]
    found = roads(*[s if len(np.unique(s, axis=0)) == len(s) else [(0, 0), (9, 0)] for s in shapes])
    lamps = np.array(shapely.points(rng.integers(0, 60, (int(rng.integers(0, 3)), 2))))
    return found, lamps, rng.integers(0, 2, count), float(rng.integers(6, 25)), rng


@given(case=towns())
def test_a_plan_keeps_what_it_promises(case):
    shapes, lamps, group, radius, rng = case
    amount = np.rint(shapely.length(shapes) * 1000).astype(int)
    whole = np.bincount(group, amount, 2).astype(int)
    needs = [need(goal, int(mm)) for goal, mm in zip(("0.8", "1"), whole, strict=True)]
    plan = fewest_lamps(shapes, lamps, radius, needs, group)
    assert (plan.after >= needs).all()
    lit = np.minimum(lit_mm(shapes, np.concatenate([lamps, plan.points]), radius), amount)
    assert plan.after.tolist() == np.bincount(group, lit, 2).astype(int).tolist()
    assert plan.gain.sum() == (plan.after - plan.before).sum()
    assert plan.bound <= len(plan.road)
    assert (shapely.distance(shapes[plan.road], plan.points) < 1e-6).all()
    # Lamps every 3 m of every road: no few of them may do what the bound rules out.
    grid = np.concatenate(
        [shapely.line_interpolate_point(s, np.arange(0, s.length + 3, 3)) for s in shapes]
    )
    some = [rng.choice(len(grid), max(plan.bound - 1, 0), replace=False) for _ in range(8)]
    for few in some if plan.bound else []:
        lit = np.minimum(lit_mm(shapes, np.concatenate([lamps, grid[few]]), radius), amount)
        assert (np.bincount(group, lit, 2) < needs).any()


def test_a_bend_leaves_hardly_anything_open():
    turns = np.cumsum(np.random.default_rng(1).normal(0, 0.15, 60))
    steps = np.column_stack([np.cos(turns), np.sin(turns)]) * 30
    road = roads(np.cumsum(steps, axis=0))
    plan = fewest_lamps(road, NONE, 25, [need("0.90", lit_mm(road, road, 25)[0])])
    assert plan.bound <= len(plan.road) <= plan.bound + 1


@given(length=st.integers(5, 60), radius=st.integers(3, 20), goal=st.sampled_from(["0.5", "1"]))
def test_apart_and_straight_is_proved(length, radius, goal):
    shapes = roads([(0, 0), (length, 0)], [(0, 500), (0, 500 + length)])
    wanted = need(goal, 2000 * length)
    plan = fewest_lamps(shapes, NONE, radius, [wanted])
    # On each road full lamps, then what is left of it.
    steps = [min(2 * radius, length - 2 * radius * k) for k in range(-(-length // (2 * radius)))]
    sums = np.cumsum(sorted(steps * 2, reverse=True)) * 1000
    assert len(plan.road) == int(np.searchsorted(sums, wanted)) + 1
    assert plan.status == "optimal"


def test_assess_says_what_the_plan_promises():
    bent = line((0, 0), (120, 40), (200, 160), (420, 170))
    across = line((150, -80), (160, 300))
    homes = [{"id": "V1", "name": "V1", "geometry": field(-50, -100, 500, 400)}]
    ways = [
        {"id": "R1", "village_id": "V1", "geometry": bent},
        {"id": "R2", "village_id": "V1", "geometry": across},
    ]
    old = [{"id": "L1", "status": "working", "village_id": "V1", "geometry": at(60, 22)}]

    def share(lamps):
        made = judged(
            project(villages=homes, roads=ways, streetlights=lamps),
            {
                "kind": "required", "subjects": "roads", "amount": "length", "measure": "along",
                "items": "streetlights", "where": {"status": ["working"]}, "within_m": 25,
                "goal": "0.90",
            },
        )  # fmt: skip
        return made.found[0]

    before = share(old)
    wanted = need("0.90", int(before.amount.sum()))
    by_id = {"R1": bent, "R2": across}
    shapes = np.array([by_id[str(i).split("@")[0]] for i in before.rows.ids], dtype=object)
    plan = fewest_lamps(shapes, np.array([at(60, 22)], dtype=object), 25, [wanted])
    assert plan.before.tolist() == [before.met.sum()]
    new = [
        {"id": f"N{k}", "status": "working", "village_id": "V1", "geometry": point}
        for k, point in enumerate(plan.points)
    ]
    after = share(old + new)
    assert plan.after.tolist() == [after.met.sum()]
    assert after.met.sum() >= wanted
    # One lamp less and the village misses its goal: none is there for nothing.
    assert share(old + new[:-1]).met.sum() < wanted
