"""What a county wants ticked before a piece of work may be struck off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from layers.checklists import lists_of
from layers.errors import ProjectError


def must_tick(settings: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """
    Give the items of the list that ``[work] close_list`` of ``project.toml`` names.

    Parameters
    ----------
    settings, name
        What ``project.toml`` says, and the project's name.

    Returns
    -------
    tuple of str
        Nothing where no list is named.

    Raises
    ------
    ProjectError
        If the list that is named has not been filled: nobody could tick it.

    Examples
    --------
    >>> must_tick({"work": {"close_list": "a"}, "lists": {"a": {"items": ["x", "y"]}}}, "county")
    ('x', 'y')
    """
    work = settings.get("work", {})
    if not isinstance(work, Mapping):
        msg = f'{name}/project.toml, work: write [work] with close_list = "seven-open".'
        raise ProjectError(msg)
    wanted = work.get("close_list")
    if not wanted:
        return ()
    items = lists_of(settings, name).get(str(wanted))
    if items is None:
        msg = f"{name}/project.toml, work.close_list: the list {wanted} has no items. "
        msg += f"Fill it: village-planner lists PROJECT {wanted} --items FILE."
        raise ProjectError(msg)
    return items
