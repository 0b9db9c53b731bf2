"""The errors of the planner: one root, one sentence, one exit code."""

from __future__ import annotations

from collections.abc import Iterable


class PlannerError(Exception):
    """
    Anything the planner tells a person instead of a result.

    The text is one sentence of the form
    ``<layer or file>[, column, row ids]: what was found. What to do.``
    """

    exit_code = 1

    def say(self, lang: str) -> str:  # noqa: ARG002  those that speak both languages use it
        """Give the sentence in a language, where it was written in both."""
        return str(self)


class DataError(PlannerError, ValueError):
    """A file, a layer or a project holds something that cannot be used."""


class CRSError(DataError):
    """A layer has no coordinate reference system, not a metric one, or not the one expected."""


class ProjectError(DataError):
    """A project folder is missing, broken, locked or from a newer version."""


class UsageError(PlannerError, ValueError):
    """The call itself is wrong: an unknown layer, option or value."""

    exit_code = 2


class StandardError(PlannerError, ValueError):
    """
    A standard, schema or cost file with mistakes, all of them at once.

    Parameters
    ----------
    source
        Name of the file.
    faults
        One text per mistake, each beginning with the key it is about.
    """

    def __init__(self, source: str, faults: Iterable[str]) -> None:
        self.source = source
        self.faults = list(faults)
        count = len(self.faults)
        head = f"{source}: {count} mistake{'s' if count != 1 else ''} found"
        super().__init__(head + ". Correct them: " + "; ".join(self.faults))


class ConservationError(PlannerError, AssertionError):
    """Met, unmet and unknown do not add up to the amount: a mistake of the planner itself."""


def some(ids: Iterable[object], limit: int = 5) -> str:
    """
    Name up to five ids and count the rest.

    Examples
    --------
    >>> some(["H1", "H2"])
    'H1, H2'
    >>> some(range(8))
    '0, 1, 2, 3, 4 (and 3 more)'
    """
    listed = [str(one) for one in ids]
    shown = ", ".join(listed[:limit])
    return shown if len(listed) <= limit else f"{shown} (and {len(listed) - limit} more)"
