"""What each measure asks of one subject, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from geo.grammar import TESTS, resolve
from geo.phrases import NOTHING, Pair, counter, fill, label, listed, moment, number, thing
from geo.target import Measure
from layers.schema import schema
from works.figures import goal_text
from works.standards.clauses import clause, clauses, named_thing

Keys = Mapping[str, Any]
COMMA: Pair = ("，", ", ")


def asked_by(measure: Measure, subjects: str) -> Pair:
    """
    Say what a measure asks of one subject.

    Parameters
    ----------
    measure
        The measure with its keys.
    subjects
        The layer whose rows are asked.

    Examples
    --------
    >>> asked_by(Measure("reach", {"facilities": "water_points", "within_m": 800}), "households")
    ('直线800米内有供水点', 'a water point within 800 m in a straight line')
    """
    return _SAYERS[measure.kind](measure.keys, subjects)


# ---------------------------------------------------------------------------------- attribute


def _attribute(keys: Keys, subjects: str) -> Pair:
    name = str(keys["column"])
    if "per" in keys:
        owner, field = resolve(name, subjects)
        tests = {key: keys[key] for key in TESTS & set(keys) if key != "at_least"}
        told = [fill("rule.per_column", label=label(owner, field), per=_per(keys, subjects),
                     least=_least(keys))]  # fmt: skip
        told += [clause(subjects, name, tests)] if tests else []
        return listed(told, signs=COMMA)
    return clause(subjects, name, {key: keys[key] for key in keys if key in TESTS})


def _per(keys: Keys, subjects: str) -> Pair:
    owner, field = resolve(str(keys["per"]["column"]), subjects)
    column = schema(owner).columns.get(field)
    n = float(keys["per"]["n"])
    shown = number(n, column.unit if column else "")[0], f"{n:g}"
    return fill("rule.per", label=label(owner, field), n=shown)


def _least(keys: Keys) -> Pair:
    """Say the least number beside a number for each so many; nothing where it is the usual one."""
    return (
        fill("rule.per_least", n=f"{float(keys['at_least']):g}") if "at_least" in keys else NOTHING
    )


# ---------------------------------------------------------------------------------- count


def _count(keys: Keys, subjects: str) -> Pair:
    own = keys["items"] == "self"
    layer = subjects if own else str(keys["items"])
    told = [_itself(keys, layer) if own else _items(keys, layer, subjects)]
    if "within_hours" in keys and keys.get("each") != "item":
        told.append(fill("rule.hours", **_hours(keys, layer)))
    if "no_item" in keys:
        told.append(fill(f"rule.no_item.{keys['no_item']}"))
    if "shared_by" in keys:
        told.append(fill("rule.shared_by", label=_label(str(keys["shared_by"]), subjects)))
    return listed(told, signs=COMMA)


def _itself(keys: Keys, layer: str) -> Pair:
    """Say a question about a subject's own date, or its own columns."""
    told = []
    if "where" in keys:
        told.append(clauses(keys["where"], layer))
    if "date" in keys:
        when = _when(keys) if {"period", "within_days"} & set(keys) else NOTHING
        key = "rule.own_date" if when != NOTHING else "rule.own_dated"
        told.append(fill(key, label=_label(str(keys["date"]), layer), when=when))
    told += _numbers(keys)
    return listed(told, signs=COMMA)


def _numbers(keys: Keys) -> list[Pair]:
    """Say the limits of a count about the subject itself, where they are not the usual "once"."""
    told = []
    for key in ("at_least", "at_most"):
        if key in keys and (key, keys[key]) != ("at_least", 1):
            told.append(fill(f"rule.times.{key}", n=f"{float(keys[key]):g}"))
    return told


def _items(keys: Keys, layer: str, subjects: str) -> Pair:
    what = named_thing(layer, keys.get("where"))
    some = named_thing(layer, keys.get("where"), many=True)
    parts: dict[str, Any] = {
        "where": _belonging(keys, layer, subjects),
        "when": _when(keys),
        "counter": (counter(layer), ""),
    }
    if keys.get("each") == "day":
        share = Decimal(str(keys["at_least_share"]))
        key = "rule.every_day" if share == 1 else "rule.days"
        return _tidy(fill(key, thing=some, n=goal_text(share), **parts))
    if keys.get("each") == "item":
        share = Decimal(str(keys["at_least_share"]))
        return _tidy(fill("rule.each_item", thing=some, n=goal_text(share),
                          **_hours(keys, layer), **parts))  # fmt: skip
    if "per" in keys:
        per = _per(keys, subjects)
        told = [fill("rule.count_per", thing=some, per=per, least=_least(keys), **parts)]
        if "at_most" in keys:
            told.append(fill("rule.times.at_most", n=f"{float(keys['at_most']):g}"))
        return _tidy(listed(told, signs=COMMA))
    most = keys.get("at_most")
    if most is not None and "at_least" not in keys:
        key = "rule.count_none" if most == 0 else "rule.count_most"
        return _tidy(fill(key, thing=some, n=f"{float(most):g}", **parts))
    least = float(keys.get("at_least", 1))
    told = [fill("rule.count_least", thing=what if least == 1 else some, n=f"{least:g}", **parts)]
    if most is not None:
        told.append(fill("rule.times.at_most", n=f"{float(most):g}"))
    return _tidy(listed(told, signs=COMMA))


def _tidy(pair: Pair) -> Pair:
    """Take out the gaps that empty parts leave between words."""
    return pair[0], " ".join(pair[1].split()).replace(" ,", ",")


def _belonging(keys: Keys, layer: str, subjects: str) -> Pair:
    """Say which things belong to a subject; nothing where they name it themselves."""
    if "within_m" in keys:
        return fill("rule.in_metres", m=f"{float(keys['within_m']):g}")
    by = str(keys.get("by", "inside"))
    if by == "inside" or (by == "village_id" and subjects == "villages"):
        return fill("rule.inside" if by == "inside" else "rule.in_village")
    if by == "village_id":
        return fill("rule.in_its_village")
    if by == schema(subjects).key:
        return NOTHING
    return fill("rule.by_column", label=_label(by, layer))


def _when(keys: Keys) -> Pair:
    if "period" in keys:
        return fill(f"rule.period.{keys['period']}")
    if "within_days" in keys:
        days = float(keys["within_days"])
        return fill("rule.last_day" if days == 1 else "rule.last_days", n=f"{days:g}")
    return NOTHING


def _hours(keys: Keys, layer: str) -> dict[str, Any]:
    until = keys["until"] if isinstance(keys["until"], list) else [keys["until"]]
    return {
        "hours": f"{float(keys['within_hours']):g}",
        "start": _moment(str(keys["date"]), layer),
        "end": listed([_moment(str(one), layer) for one in until], signs=("或", " or ")),
    }


def _moment(name: str, layer: str) -> Pair:
    owner, field = resolve(name, layer)
    return moment(owner, field)


def _label(name: str, layer: str) -> Pair:
    owner, field = resolve(name, layer)
    return label(owner, field)


# ---------------------------------------------------------------------------------- reach


def _reach(keys: Keys, subjects: str) -> Pair:
    del subjects
    layer = str(keys["facilities"])
    what = named_thing(layer, keys.get("where"))
    mode = str(keys.get("mode", "straight"))
    limit = "minutes" if "minutes" in keys else "metres"
    trip = fill(f"rule.trip.{'both' if keys.get('round_trip') else 'one'}")
    told = [fill(f"rule.reach.{mode}.{limit}", thing=what, trip=trip,
                 m=_figure(keys, "within_m"), min=_figure(keys, "minutes"))]  # fmt: skip
    if "minutes" in keys and "within_m" in keys:
        told.append(fill("rule.also_metres", m=_figure(keys, "within_m")))
    if "minutes" not in keys and keys.get("round_trip"):
        told.append(fill("rule.round_trip"))
    for key in ("climb_m", "speed_m_per_min", "detour"):
        if key in keys:
            told.append(fill(f"rule.{key}", n=_figure(keys, key)))
    if "wait" in keys:
        told.append(fill("rule.wait", label=_label(str(keys["wait"]), layer)))
    if "capacity" in keys:
        told.append(_capacity(keys["capacity"], layer))
    return listed(told, signs=COMMA)


def _figure(keys: Keys, name: str) -> str:
    return f"{float(keys[name]):g}" if name in keys else ""


def _capacity(given: Any, layer: str) -> Pair:
    """Say what each facility can serve: a number, a column, or so many for each of a column."""
    table = {"column": given} if isinstance(given, str) else given
    if not isinstance(table, Mapping):
        return fill("rule.capacity.number", n=f"{float(given):g}")
    title = _label(str(table["column"]), layer)
    if "n" not in table:
        return fill("rule.capacity.column", label=title)
    return fill("rule.capacity.times", label=title, n=f"{float(table['n']):g}")


# ---------------------------------------------------------------------------------- the others


def _along(keys: Keys, subjects: str) -> Pair:
    what = named_thing(str(keys["items"]), keys.get("where"))
    told = [fill("rule.along", thing=what, m=_figure(keys, "within_m"), line=thing(subjects))]
    if "max_gap_m" in keys:
        told = [fill("rule.along_gap", thing=what, m=_figure(keys, "within_m"),
                     gap=number(float(keys["max_gap_m"]), "m"))]  # fmt: skip
    return listed(told, signs=COMMA)


def _ratio(keys: Keys, subjects: str) -> Pair:
    one, of = (_label(str(keys[name]), subjects) for name in ("numerator", "denominator"))
    return fill("rule.ratio", one=one, of=of)


def _area(keys: Keys, subjects: str) -> Pair:
    del subjects
    return fill("rule.area", thing=named_thing(str(keys["items"]), keys.get("where"), many=True))


_SAYERS: Mapping[str, Callable[[Keys, str], Pair]] = {
    "attribute": _attribute,
    "count": _count,
    "reach": _reach,
    "along": _along,
    "ratio": _ratio,
    "area": _area,
}
