"""Ways along roads: by hand first, then against networkx, then laws that hold for every village."""

import itertools

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely
from hand import at, card, field, judged, line, often, project, standard, verdict
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from geo.assess import assess
from geo.ground import Ground
from geo.reach import reach
from geo.reaching.byroad import pairs, perhaps
from geo.reaching.case import case_of
from geo.roads.network import access, network_of
from geo.roads.ways import search, shortest, ways
from geo.target import layers_needed
from layers.errors import StandardError
from works.report import notes_text

V1 = [{"id": "V1", "name": "Dong"}]
TAP = {
    "subjects": "households", "measure": "reach", "facilities": "water_points",
    "where": {"status": ["working"]}, "mode": "road",
}  # fmt: skip


def home(number, x, y, **more):
    return {"id": f"H{number}", "village_id": "V1", "geometry": at(x, y), **more}


def tap(number, x, y, status="working", **more):
    return {"id": f"P{number}", "village_id": "V1", "status": status, "geometry": at(x, y), **more}


def road(number, *corners, **more):
    return {"id": f"R{number}", "geometry": line(*corners), **more}


def told(data, **keys):
    """Give value and reason per subject."""
    table = judged(data, {**TAP, **keys}).verdicts
    return {row.subject_id: (row.value, row.reason) for row in table.itertuples()}


def metres(data, subject="H1"):
    """Give the way of one subject where nothing limits it."""
    return told(data, within_m=100_000)[subject][0]


def village(roads, homes, taps, **more):
    return project(villages=V1, roads=roads, households=homes, water_points=taps, **more)


# ------------------------------------------------------------------ by hand


def test_the_walk_to_the_road_counts_at_both_ends():
    data = village([road(1, (0, 0), (300, 0))], [home(1, 50, 30)], [tap(1, 250, -20)])
    # 30 m to the road, 200 m along it, 20 m from it.
    assert metres(data) == 250.0


def test_two_on_one_straight_piece_go_along_it_and_not_round_by_its_ends():
    data = village([road(1, (0, 0), (1000, 0))], [home(1, 600, 5)], [tap(1, 650, 5)])
    assert metres(data) == 60.0


def test_roads_meet_at_a_bend_both_have():
    roads = [road(1, (0, 0), (100, 0), (200, 0)), road(2, (100, 100), (100, 0), (100, -50))]
    data = village(roads, [home(1, 0, 10)], [tap(1, 100, 110)])
    # 10 + 100 along the first, 100 up the second, 10 from its end.
    assert metres(data) == 220.0
    # Nearly the same point, 5 mm off, is the same; 5 cm off, the bend crosses what it does not end.
    near = [roads[0], road(2, (100, 100), (100, 0.005))]
    assert metres(village(near, [home(1, 0, 10)], [tap(1, 100, 110)])) == 220.0


def test_an_end_within_a_metre_of_a_road_meets_it_and_farther_off_does_not():
    for gap, way in ((0.0, 230.0), (0.5, 230.0), (1.0, 230.0), (1.1, None)):
        roads = [road(1, (0, 0), (300, 0)), road(2, (100, gap), (100, 100))]
        data = village(roads, [home(1, 0, 20)], [tap(1, 100, 110)])
        # 20 to the road, 100 along, the gap and the rest of 100 m up, 10 to the tap.
        assert metres(data) == way, gap


def test_a_lane_that_comes_back_to_itself_is_closed():
    loop = road(1, (0, 0), (100, 0), (100, 100), (0, 100), (0, 0.6))
    data = village([loop], [home(1, -2, 50)], [tap(1, -1, 0)])
    # Down the last side and over the gap of 0.6 m: 2 + 49.4 + 0.6 + 1, not 350 m round.
    assert metres(data) == 53.0


def test_roads_that_cross_meet_and_it_is_said():
    roads = [road(1, (0, 0), (200, 0)), road(2, (100, -100), (100, 100))]
    data = village(roads, [home(1, 0, 10)], [tap(1, 100, 110)])
    assert metres(data) == 220.0
    made = judged(data, {**TAP, "within_m": 1000})
    assert {"code": "roads_crossing", "n": "1"} in made.notes
    assert any("1" in said for said in notes_text(made, "zh"))
    # A side road that overshoots by half a metre is no crossing.
    side = [roads[0], road(2, (100, -0.5), (100, 100))]
    made = judged(village(side, [home(1, 0, 10)], [tap(1, 100, 110)]), {**TAP, "within_m": 1000})
    assert "roads_crossing" not in [note["code"] for note in made.notes]


@pytest.mark.parametrize("over", ["bridge", "tunnel"])
def test_a_bridge_meets_roads_at_its_ends_only(over):
    under = road(1, (0, 0), (200, 0))
    bridge = road(2, (100, -50), (100, 50), **{over: True})
    ramp = road(3, (100, -50), (0, -50), (0, 0))
    beyond = road(4, (100, 50.4), (100, 100))
    data = village([under, bridge, ramp, beyond], [home(1, 0, 10)], [tap(1, 100, 110)])
    # 10, down the ramp 50, 100 across, 100 over the bridge, the gap, 49.6, 10.
    assert metres(data) == 320.0
    # On the ground it would be 10 + 100 + 100 + 10.
    flat = village([under, road(2, (100, -50), (100, 50)), beyond], [home(1, 0, 10)],
                   [tap(1, 100, 110)])  # fmt: skip
    assert metres(flat) == 220.0


def test_lines_drawn_upon_each_other_and_of_several_parts_are_joined():
    roads = [road(1, (0, 0), (200, 0)), road(2, (50, 0), (150, 0), (150, 100))]
    assert metres(village(roads, [home(1, 0, 10)], [tap(1, 150, 110)])) == 270.0
    # Even where they begin together: 10 + 50 back to the bend, 100 up, 10.
    roads = [road(1, (0, 0), (200, 0)), road(2, (0, 0), (150, 0), (150, 100))]
    assert metres(village(roads, [home(1, 200, 10)], [tap(1, 150, 110)])) == 170.0
    parts = shapely.multilinestrings([line((0, 0), (100, 0)), line((100, 0), (100, 100))])
    data = village([{"id": "R", "geometry": parts}], [home(1, 0, 10)], [tap(1, 100, 110)])
    assert metres(data) == 220.0
    # A line drawn twice, and one running back along itself, change nothing.
    twice = [road(1, (0, 0), (100, 0), (100, 0), (0, 0)), road(2, (0, 0), (100, 0))]
    assert metres(village(twice, [home(1, 0, 10)], [tap(1, 100, 10)])) == 120.0


def test_who_is_farther_from_the_road_than_from_the_tap_walks_there():
    roads = [road(1, (0, 0), (1000, 0))]
    data = village(roads, [home(1, 0, 500), home(2, 0, 20)], [tap(1, 30, 500)])
    # By road 500 + 30 + 500; straight 30, and no road is nearer. The other has 20 + 30 + 500.
    assert told(data, within_m=600) == {"H1": (30.0, "ok"), "H2": (480.9, "ok")}
    # From 20 m beside the road the straight way, 480.9 m, is shorter than the tap's to any road.
    far = village(roads, [home(1, 0, 20)], [tap(1, 100, -20)])
    assert metres(far) == 140.0  # though straight it would be 107.7


def test_the_nearest_road_decides_even_if_it_leads_nowhere():
    roads = [road(1, (0, 0), (300, 0)), road(2, (0, 40), (60, 40))]
    data = village(roads, [home(1, 0, 50), home(2, 10, 5)], [tap(1, 300, 10)])
    assert told(data, within_m=500) == {"H1": (None, "road_apart"), "H2": (305.0, "ok")}
    assert verdict(data, **TAP, within_m=500) == {"H1": "unmet", "H2": "met"}
    made = judged(data, {**TAP, "within_m": 500})
    note = {"code": "roads_apart", "layer": "households", "parts": "2", "share": "83.3", "n": "1"}
    assert note in made.notes
    assert any("83.3" in said and "1" in said for said in notes_text(made, "en"))
    assert made.gaps["reason_en"].tolist() == [
        "The nearest road does not lead to any water point that works"
    ]


def test_as_near_to_two_roads_joins_both():
    roads = [road(1, (0, 0), (300, 0)), road(2, (0, 20), (60, 20))]
    assert metres(village(roads, [home(1, 0, 10)], [tap(1, 300, 10)])) == 320.0
    assert metres(village(roads, [home(1, 0, 10)], [tap(1, 60, 25)])) == 75.0


def test_minutes_there_and_back_and_by_how_much():
    data = village(
        [road(1, (0, 0), (3000, 0))], [home(1, 0, 0), home(2, 1000, 0)], [tap(1, 1800, 0)]
    )
    keys = {"minutes": 20, "speed_m_per_min": 80, "round_trip": True}
    # 1800 m twice at 80 m a minute: 45 minutes; 800 m: 20, exactly at the limit.
    assert told(data, **keys) == {"H1": (45.0, "road_too_long_both"), "H2": (20.0, "ok")}
    made = judged(data, {**TAP, **keys})
    assert made.verdicts["limit"].tolist() == ["20", "20"]
    assert "45分钟" in made.gaps["reason_zh"].iloc[0]
    assert "超出25分钟" in made.gaps["reason_zh"].iloc[0]
    assert told(data, minutes=20, speed_m_per_min=80) == {
        "H1": (22.5, "road_too_long"), "H2": (10.0, "ok"),
    }  # fmt: skip
    # With both limits the tighter one: 20 minutes are 1600 m.
    both = {"minutes": 20, "speed_m_per_min": 80}
    assert told(data, **both, within_m=1000)["H1"] == (1800.0, "road_too_far")
    assert told(data, **both, within_m=1700)["H1"] == (22.5, "road_too_long")


def test_the_wait_is_added_once():
    row = [road(1, (0, 0), (3000, 0))]
    taps = [tap(1, 400, 0, queue_minutes=15), tap(2, 600, 0, queue_minutes=2)]
    data = village(row, [home(1, 0, 0)], taps)
    keys = {"speed_m_per_min": 80, "round_trip": True, "wait": "queue_minutes"}
    # P1: 10 minutes and 15; P2: 15 minutes and 2.
    made = judged(data, {**TAP, **keys, "minutes": 17})
    assert made.verdicts[["value", "facility_id"]].to_numpy().tolist() == [[17.0, "P2"]]
    assert told(data, **keys, minutes=16)["H1"] == (17.0, "road_too_long_both_wait")
    # Where nobody wrote it down it may be any time.
    open_ = village(row, [home(1, 0, 0)], [tap(1, 400, 0, queue_minutes=None)])
    assert verdict(open_, **TAP, **keys, minutes=17) == {"H1": "unknown"}


def test_beyond_three_times_the_limit_only_longer_is_known():
    data = village([road(1, (0, 0), (3000, 0))], [home(1, 0, 0), home(2, 100, 0)], [tap(1, 700, 0)])
    assert told(data, within_m=200) == {"H1": (None, "road_beyond"), "H2": (600.0, "road_too_far")}
    keys = {"minutes": 2.5, "speed_m_per_min": 80}
    assert told(data, **keys)["H1"] == (None, "road_beyond_minutes")
    assert told(data, **keys, round_trip=True)["H2"] == (None, "road_beyond_minutes_both")


def test_a_doubtful_tap_leaves_it_open():
    data = village(
        [road(1, (0, 0), (500, 0))],
        [home(1, 0, 0), home(2, 450, 0)],
        [tap(1, 100, 0, status=None), tap(2, 500, 0)],
    )
    made = judged(data, {**TAP, "within_m": 150})
    assert made.verdicts["reason"].tolist() == ["facility_unknown", "ok"]
    assert verdict(data, **TAP, within_m=50) == {"H1": "unmet", "H2": "met"}


def test_where_roads_are_not_all_listed_only_a_straight_line_too_long_fails():
    row = [road(1, (0, 0), (500, 0)), road(2, (0, 60), (50, 60))]
    homes = [home(1, 0, 70), home(2, 400, 0), home(3, 0, 900)]
    data = village(row, homes, [tap(1, 400, 5)], partial=["roads"])
    assert verdict(data, **TAP, within_m=450) == {"H1": "unknown", "H2": "met", "H3": "unmet"}
    assert told(data, within_m=450)["H1"] == (None, "roads_not_listed")
    listed = village(row, homes, [tap(1, 400, 5)])
    assert verdict(listed, **TAP, within_m=450) == {"H1": "unmet", "H2": "met", "H3": "unmet"}


def test_without_roads_nothing_is_known_but_what_is_too_far_in_any_case():
    homes = [home(1, 0, 0), home(2, 5000, 0)]
    data = project(villages=V1, households=homes, water_points=[tap(1, 100, 0)])
    assert verdict(data, **TAP, within_m=200) == {"H1": "unknown", "H2": "unmet"}
    made = assess(data, standard({**TAP, "within_m": 6000, "goal": "1"}))
    assert {"code": "no_roads"} in made.notes
    assert set(made.verdicts["reason"]) == {"no_roads"}
    assert card(made, "village", "V1")["status"] == "not_assessed"
    # A list of roads that is complete and empty says that everybody walks straight.
    none = village([], homes, [tap(1, 100, 0)])
    assert verdict(none, **TAP, within_m=200) == {"H1": "met", "H2": "unmet"}
    assert judged(none, {**TAP, "within_m": 200}).notes == []


def test_without_a_place_it_is_unknown_and_without_a_tap_unmet():
    row = [road(1, (0, 0), (500, 0))]
    lost = {"id": "H1", "village_id": "V1", "geometry": None}
    data = village(row, [lost, home(2, 0, 0)], [tap(1, 100, 0)])
    assert told(data, within_m=200) == {"H1": (None, "no_position"), "H2": (100.0, "ok")}
    broken = village(row, [home(1, 0, 0)], [tap(1, 100, 0, status="broken")])
    assert told(broken, within_m=200) == {"H1": (None, "no_facility")}
    partial = village(row, [home(1, 0, 0)], [tap(1, 400, 0)], partial=["water_points"])
    assert told(partial, within_m=200) == {"H1": (400.0, "not_surveyed")}


def test_an_outline_is_reached_where_it_is_nearest_to_a_road():
    school = {"id": "S", "village_id": "V1", "kind": "school", "status": "working",
              "geometry": field(400, 10, 500, 60)}  # fmt: skip
    keys = {"subjects": "households", "measure": "reach", "facilities": "facilities",
            "where": {"kind": ["school"]}, "mode": "road", "within_m": 900}  # fmt: skip

    def way(*roads):
        data = project(villages=V1, roads=roads, households=[home(1, 0, 0)], facilities=[school])
        return judged(data, keys).verdicts["value"].tolist()

    # Along the road to where the near side begins, and 10 m over.
    assert way(road(1, (0, 0), (800, 0))) == [410.0]
    # A road into the grounds is the nearest, and arrives at the fence.
    assert way(road(1, (0, 0), (450, 0), (450, 30))) == [460.0]
    assert way(road(1, (0, 0), (350, 0), (350, 30), (450, 30))) == [430.0]
    # Who lives inside is there.
    data = project(villages=V1, roads=[road(1, (0, 0), (800, 0))], facilities=[school],
                   households=[home(1, 450, 50)])  # fmt: skip
    assert judged(data, keys).verdicts["value"].tolist() == [0.0]


def test_the_detour_is_told():
    roads = [road(1, (0, 0), (0, 400), (300, 400), (300, 0))]
    data = village(roads, [home(1, 0, 0), home(2, 0, 400)], [tap(1, 300, 0)])
    ground = Ground(data, {"V1"})
    made = reach(ground, ground.subjects("households"), {**TAP, "within_m": 2000})
    assert made.detour is not None
    assert made.detour == pytest.approx([1100 / 300, 700 / 500])


def test_pairs_within_the_limit():
    row = [road(1, (0, 0), (1000, 0))]
    homes = [home(1, 0, 0), home(2, 500, 0), home(3, 500, 5000)]
    taps = [tap(1, 400, 0, queue_minutes=5), tap(2, 600, 0, queue_minutes=1), tap(3, 500, 5010)]
    data = village(row, homes, taps)
    ground = Ground(data, {"V1"})
    rows = ground.subjects("households")

    def found(keys, which=(0, 1, 2)):
        case = case_of(ground, rows, keys)
        one, other, way = pairs(ground, rows, case, keys, np.array(which))
        names = zip(rows.ids[one], case.items.ids[other], way.round(6).tolist(), strict=True)
        return sorted(names)

    near = {**TAP, "within_m": 400}
    expected = [("H1", "P1", 400.0), ("H2", "P1", 100.0), ("H2", "P2", 100.0), ("H3", "P3", 10.0)]
    assert found(near) == expected
    assert found(near, [1]) == [("H2", "P2", 100.0)]
    # 100 m are 1.25 minutes: with 5 minutes of wait too long for 5, and none is known of P3.
    timed = {**TAP, "minutes": 5, "speed_m_per_min": 80, "wait": "queue_minutes"}
    assert found(timed, [0, 1]) == [("H2", "P2", 100.0)]


def test_pairs_a_road_nobody_listed_might_bring_near():
    row = [road(1, (0, 0), (1000, 0)), road(2, (0, 50), (10, 50))]
    homes, taps = [home(1, 0, 0), home(2, 0, 60)], [tap(1, 300, 0), tap(2, 900, 0)]

    def found(**more):
        ground = Ground(village(row, homes, taps, **more), {"V1"})
        rows, keys = ground.subjects("households"), {**TAP, "within_m": 400}
        case = case_of(ground, rows, keys)
        one, other, _ = perhaps(ground, rows, case, keys, np.array([0, 1]))
        return list(zip(rows.ids[one], case.items.ids[other], strict=True))

    assert found() == []
    # H1 is there in any case; H2 would be 305.9 m off on a straight road.
    assert found(partial=["roads"]) == [("H2", "P1")]


def test_capacity_along_roads():
    row = [road(1, (0, 0), (1000, 0)), road(2, (0, 50), (10, 50))]
    homes = [home(1, 0, 0), home(2, 100, 0), home(3, 0, 60)]
    taps = [tap(1, 50, 0), tap(2, 400, 0)]
    keys = {"within_m": 350, "capacity": 1}
    # P2 is within 350 m of H2 only, so H2 goes there and H1 to P1. H3's road leads nowhere.
    assert verdict(village(row, homes, taps), **TAP, **keys) == {
        "H1": "met", "H2": "met", "H3": "unmet",
    }  # fmt: skip
    # One tap serves one; by a road nobody listed the other might be served as well.
    one = verdict(village(row, homes[:2], taps[:1]), **TAP, **keys)
    assert sorted(one.values()) == ["met", "unmet"]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({}, "give within_m or minutes"),
        ({"minutes": 5}, "minutes along roads need a speed"),
        ({"minutes": 5, "speed_m_per_min": 0}, "0 is no speed"),
        ({"within_m": 5, "climb_m": 5}, "belongs to mode straight"),
        ({"within_m": 5, "detour": 1.3}, "belongs to mode straight"),
        (
            {"within_m": 5, "minutes": 5, "speed_m_per_min": 80, "wait": "queue_minutes"},
            "minutes and wait are given too",
        ),
    ],
)
def test_keys_that_do_not_fit_are_named(keys, said):
    with pytest.raises(StandardError, match=said):
        standard({**TAP, **keys})


def test_the_roads_are_needed():
    assert layers_needed(standard({**TAP, "within_m": 5}))["roads"] == ["t"]


# ------------------------------------------------------------------ against networkx

corners = st.tuples(st.integers(0, 12), st.integers(0, 12)).map(
    lambda c: (c[0] * 40.0, c[1] * 40.0)
)
lanes = st.lists(corners, min_size=2, max_size=4, unique=True)
streets = st.lists(st.tuples(lanes, st.booleans()), min_size=1, max_size=8)
spots = st.lists(
    st.tuples(st.integers(0, 480), st.integers(0, 480)).map(lambda c: (c[0] + 0.5, c[1] + 0.25)),
    min_size=1, max_size=6,
)  # fmt: skip


class Slow:
    """The same roads joined one pair after the other, searched by networkx."""

    def __init__(self, roads):
        self.pieces = [
            (number, shapely.LineString(pair), over)
            for number, (way, over) in enumerate(roads)
            for pair in itertools.pairwise(way)
        ]
        self.cuts = [[(0.0, self.name(p.coords[0])), (p.length, self.name(p.coords[1]))]
                     for _, p, _ in self.pieces]  # fmt: skip
        self.graph = nx.MultiGraph()
        for (i, (_, a, up)), (j, (_, b, over)) in itertools.combinations(enumerate(self.pieces), 2):
            if not up and not over:
                for point in shapely.get_coordinates(a.intersection(b)):
                    self.cut(i, point)
                    self.cut(j, point)
        for number, (way, _) in enumerate(roads):
            for end in (way[0], way[-1]):
                for other, (street, _) in enumerate(roads):
                    if other != number and end not in street:
                        self.meet(end, other)
        # Points nearly in one place are one to the planner: such networks are not compared.
        places = np.array(sorted({name for cut in self.cuts for _, name in cut}))
        apart = np.hypot(*(places[:, None] - places[None, :]).T)
        assume((apart[apart > 0] > 0.02).all())

    @staticmethod
    def name(point):
        return tuple(np.round(np.asarray(point), 6).tolist())

    def cut(self, piece, point):
        shape = self.pieces[piece][1]
        self.cuts[piece].append((shape.project(shapely.Point(point)), self.name(point)))

    def meet(self, end, other):
        mine = [k for k, (number, _, _) in enumerate(self.pieces) if number == other]
        away = [self.pieces[k][1].distance(shapely.Point(end)) for k in mine]
        if min(away) <= 1.0:
            piece = mine[int(np.argmin(away))]
            shape = self.pieces[piece][1]
            foot = shape.interpolate(shape.project(shapely.Point(end))).coords[0]
            self.cut(piece, foot)
            self.graph.add_edge(self.name(end), self.name(foot), weight=min(away))

    def join(self, spot, who):
        """Put a place on the nearest pieces; give its points there with the walk to them."""
        away = np.array([piece.distance(shapely.Point(spot)) for _, piece, _ in self.pieces])
        for piece in np.flatnonzero(away == away.min()):
            along = self.pieces[piece][1].project(shapely.Point(spot))
            self.cuts[piece].append((along, (who, int(piece))))
            yield (who, int(piece)), float(away.min())

    def table(self, homes, taps):
        """Give all ways, homes by taps."""
        mine = [list(self.join(spot, f"home {k}")) for k, spot in enumerate(homes)]
        theirs = [list(self.join(spot, f"tap {k}")) for k, spot in enumerate(taps)]
        for cut in self.cuts:
            for (one, a), (two, b) in itertools.pairwise(
                sorted(cut, key=lambda c: (c[0], str(c[1])))
            ):
                self.graph.add_edge(a, b, weight=two - one)
        found = np.full((len(homes), len(taps)), np.inf)
        for j, points in enumerate(theirs):
            for point, walk in points:
                away = nx.single_source_dijkstra_path_length(self.graph, point)
                for i, starts in enumerate(mine):
                    ends = [away[start] + lead for start, lead in starts if start in away]
                    found[i, j] = min([found[i, j], *(end + walk for end in ends)])
        return found


def points(spots):
    return np.array([shapely.Point(spot) for spot in spots], dtype=object)


def net(roads):
    shapes = np.array([shapely.LineString(way) for way, _ in roads], dtype=object)
    return network_of(shapes, np.array([over for _, over in roads]))


def nearest_ways(roads, homes, taps, lead=None):
    made = net(roads)
    placed = search(made, access(made, points(taps)), np.zeros(len(taps)) if lead is None else lead)
    return shortest(placed, access(made, points(homes)), np.inf)


@settings(max_examples=often(50, 300), deadline=None)
@given(streets, spots, spots, st.lists(st.integers(0, 300), min_size=6, max_size=6))
def test_ways_equal_those_of_networkx(roads, homes, taps, waits):
    table = Slow(roads).table(homes, taps)
    lead = np.array(waits[: len(taps)], dtype=float)
    made = net(roads)
    placed = search(made, access(made, points(taps)), lead)
    mine = access(made, points(homes))
    way, which = shortest(placed, mine, np.inf)
    best = (table + lead).min(axis=1)
    assert np.array_equal(np.isinf(way), np.isinf(best))
    some = np.isfinite(best)
    assert np.allclose(way[some], best[some], rtol=0, atol=1e-6)
    assert np.allclose((table + lead)[some, which[some]], best[some], rtol=0, atol=1e-6)
    # All pairs within a limit, too.
    one, other, metres_ = ways(placed, mine, 400.0)
    wanted = table + lead
    assume((np.abs(wanted[np.isfinite(wanted)] - 400) > 1e-6).all())
    assert sorted(zip(one.tolist(), other.tolist(), strict=True)) == sorted(
        zip(*(found.tolist() for found in np.nonzero(wanted <= 400)), strict=True)
    )
    assert np.allclose(metres_, wanted[one, other], rtol=0, atol=1e-6)


def test_blocks_of_facilities_change_nothing(monkeypatch):
    roads = [([(0.0, 0.0), (400.0, 0.0)], False), ([(200.0, -50.0), (200.0, 80.0)], False)]
    taps = [(10.0 * k, 7.0) for k in range(30)]
    made = net(roads)
    placed = search(made, access(made, points(taps)), np.zeros(30))
    mine = access(made, points([(200.0, 85.0), (3.0, 4.0)]))
    whole = ways(placed, mine, 150.0)
    monkeypatch.setattr("geo.roads.ways.CELLS", 200)
    for a, b in zip(whole, ways(placed, mine, 150.0), strict=True):
        assert np.array_equal(np.sort(a), np.sort(b))


# ------------------------------------------------------------------ laws


@settings(max_examples=often(20, 200), deadline=None)
@given(streets, spots, spots, lanes)
def test_a_new_road_lengthens_no_way_of_those_whose_road_stays(roads, homes, taps, lane):
    before, _ = nearest_ways(roads, homes, taps)
    more = [*roads, (lane, False)]
    after, _ = nearest_ways(more, homes, taps)
    # A new road that is the nearest to somebody takes them, and may lead elsewhere.
    old, new = (access(net(some), points(homes)).least for some in (roads, more))
    stays = old < new + 1e-9
    theirs = access(net(roads), points(taps)).least <= access(net(more), points(taps)).least + 1e-9
    if theirs.all():
        assert (after[stays] <= before[stays] + 0.02).all()


@settings(max_examples=often(20, 200), deadline=None)
@given(streets, spots, spots, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(roads, homes, taps, dice):
    way, which = nearest_ways(roads, homes, taps)
    mixed = dice.sample(roads, len(roads))
    order = dice.sample(range(len(homes)), len(homes))
    again, whose = nearest_ways(mixed, [homes[k] for k in order], taps)
    assert np.array_equal(again, way[order])
    assert np.array_equal(whose, which[order])


def counts(roads, homes, taps, **keys):
    rows = [road(k, *way, bridge=over) for k, (way, over) in enumerate(roads)]
    data = village(
        rows,
        [home(k, *spot) for k, spot in enumerate(homes)],
        [tap(k, *spot) for k, spot in enumerate(taps)],
    )
    return verdict(data, **TAP, **keys)


@settings(max_examples=often(8, 100), deadline=None)
@given(streets, spots, spots, st.integers(50, 300))
def test_a_stricter_limit_a_slower_walk_and_fewer_taps_raise_nothing(roads, homes, taps, limit):
    def met(taps_, **keys):
        return {i for i, said in counts(roads, homes, taps_, **keys).items() if said == "met"}

    loose = met(taps, within_m=limit)
    assert met(taps, within_m=limit - 30) <= loose
    assert met(taps[:1], within_m=limit) <= loose
    slow, fast = (met(taps, minutes=4, speed_m_per_min=speed) for speed in (40, 60))
    assert slow <= fast
    assert met(taps, minutes=4, speed_m_per_min=60, round_trip=True) <= fast
    assert met(taps, minutes=8, speed_m_per_min=60, round_trip=True) == fast


# ------------------------------------------------------------------ real roads


def test_real_roads_join_into_few_parts(shared):
    zaatari = shared / "data" / "zaatari_d1_d6" / "zaatari_d1_d6.gpkg"
    roads = gpd.read_file(zaatari, layer="roads").to_crs(32637).geometry.to_numpy()
    made = network_of(roads, np.zeros(len(roads), dtype=bool))
    assert (len(roads), len(made.part_m)) == (114, 1)
    assert made.part_m.sum() == pytest.approx(shapely.length(roads).sum())
    gulu = shared / "data" / "gulu_uganda" / "gulu.gpkg"
    roads = gpd.read_file(gulu, layer="roads").to_crs(32636).geometry.to_numpy()
    made = network_of(roads, np.zeros(len(roads), dtype=bool))
    assert (len(made.part_m), made.crossings) == (60, 17)
    assert made.part_m.max() / made.part_m.sum() == pytest.approx(0.916, abs=0.001)
    homes = gpd.read_file(gulu, layer="buildings_mit_points").to_crs(32636).geometry.to_numpy()
    mine = access(made, homes)
    way, which = shortest(search(made, access(made, homes[::500]), np.zeros(54)), mine, 15_000.0)
    some = np.flatnonzero(which >= 0)
    straight = shapely.distance(homes[some], homes[::500][which[some]])
    apart = straight > 0
    # Nothing is snapped: a way is never shorter than the straight line.
    assert (way[some] >= straight - 1e-6).all()
    assert np.median(way[some][apart] / straight[apart]) == pytest.approx(1.35, abs=0.01)
