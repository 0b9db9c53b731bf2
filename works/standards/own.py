"""A county's own standard: only what differs from another one, kept as a file of the project."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geo.rescore import UNCHANGED, changes_of
from geo.shelf import choose, expand
from geo.standard import Standard, read_standard
from layers.errors import DataError, ProjectError, StandardError, UsageError
from layers.facts import load_toml
from layers.pending import write_whole
from layers.project import Project
from layers.text import said, t
from layers.toml_text import toml_key, toml_value
from works.library import load_standard, standards

FOLDER = "standards"
"""Folder of a project with the standards of its own."""
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,19}")
_LONG = ("any_of", "all_of", "of", "where")


@dataclass(frozen=True)
class Head:
    """
    What is said of a standard of one's own, beside its rules.

    Attributes
    ----------
    id, version
        Small letters, digits and -; the version a short word such as 1.
    title
        In both languages.
    source
        The document that set it; '' where there is none yet: then its figures are to be checked.
    effective_from
        The day it takes effect; None for that of the standard it builds on.
    """

    id: str
    version: str
    title: Mapping[str, str]
    source: str = ""
    effective_from: dt.date | None = None


@dataclass(frozen=True)
class OwnFile:
    """A standard kept in a project: its file, and its rules, or what is wrong with it."""

    path: Path
    standard: Standard | None
    fault: str = ""

    @property
    def named(self) -> str:
        """Give how ``project.toml`` names it."""
        return f"{FOLDER}/{self.path.name}"


# ---------------------------------------------------------------------------------- what differs


def own_table(base: Standard, wanted: Standard, head: Head) -> dict[str, Any]:
    """
    Give a standard as what differs from the one it builds on.

    Parameters
    ----------
    base
        The standard it builds on.
    wanted
        The rules as they are to be, such as :func:`works.standards.limits.moved` gives them.
    head
        Its name, version and source.

    Returns
    -------
    dict
        A table with ``extends``, and of each target only the keys that are other ones; what was
        changed says that its source is the new document, or is still to be found.
    """
    table: dict[str, Any] = {
        "id": head.id,
        "version": head.version,
        "title": dict(head.title),
        "effective_from": head.effective_from or base.effective_from,
        "extends": base.label,
    }
    if table["effective_from"] == dt.date.min:
        del table["effective_from"]
    if base.short:
        # The name for narrow places would be that of the other standard.
        table["short"] = dict(head.title)
    if head.source:
        table["source"] = head.source
    scope = wanted.written.get("scope")
    if scope is not None and scope != base.written.get("scope"):
        table["scope"] = scope
    old = {str(one["id"]): one for one in base.written["target"]}
    new = {str(one["id"]): one for one in wanted.written["target"]}
    if gone := [key for key in old if key not in new]:
        table["drop"] = gone
    changed = [_changed(old.get(key), one, head) for key, one in new.items() if old.get(key) != one]
    if changed:
        table["target"] = changed
    return table


def whole_table(wanted: Standard, head: Head) -> dict[str, Any]:
    """Give a standard in full under a name of its own, building on no other."""
    named: dict[str, Any] = {"id": head.id, "version": head.version, "title": dict(head.title)}
    if head.source:
        named["source"] = head.source
    if head.effective_from:
        named["effective_from"] = head.effective_from
    if "short" in wanted.written:
        named["short"] = dict(head.title)
    return {**wanted.written, **named}


def _changed(old: Mapping[str, Any] | None, new: Mapping[str, Any], head: Head) -> dict[str, Any]:
    if old is None:
        return dict(new)
    keys = [key for key in new if key != "id" and new[key] != old.get(key)]
    told: dict[str, Any] = {"id": new["id"], **{key: new[key] for key in keys}}
    if "measure" not in told and "measure" in new and set(keys) - {"goal", "kind", "weight"}:
        # Said again so that it is the same question with another figure, and not another one.
        told = {"id": new["id"], "measure": new["measure"], **told}
    if "confidence" not in keys and keys:
        told["confidence"] = _confidence(new.get("confidence", "default"), keys, head)
    if head.source and "source" not in keys:
        told["source"] = "; ".join(filter(None, (str(old.get("source", "")), head.source)))
    return told


def _confidence(before: Any, keys: Sequence[str], head: Head) -> dict[str, str]:
    """Say how sure the changed figures are: seen where a document is named, else to be checked."""
    word = "seen" if head.source else "recalled"
    sure = (
        {"rule": before} if isinstance(before, str) else {str(k): str(v) for k, v in before.items()}
    )
    return {**sure, **dict.fromkeys(keys, word)}


# ---------------------------------------------------------------------------------- as text


def own_text(table: Mapping[str, Any], lang: str = "zh") -> str:
    """
    Write a standard as TOML, for people to read.

    Parameters
    ----------
    table
        What :func:`own_table` gives.
    lang
        Language of the remark at its head.
    """
    base = table.get("extends")
    lines = [f"# {t('own.remark', lang, base=str(base))}", ""] if base else []
    lines += [f"{toml_key(key)} = {_flat(value)}" for key, value in table.items()
              if key != "target"]  # fmt: skip
    for entry in table.get("target", ()):
        lines += ["", "[[target]]"]
        for key, value in entry.items():
            if key != "grade":
                lines.append(f"{toml_key(key)} = {_flat(value, deep=key in _LONG)}")
        for grade in entry.get("grade", ()):
            lines += ["", "[[target.grade]]"]
            lines += [f"{toml_key(key)} = {_flat(value, deep=key in _LONG)}"
                      for key, value in grade.items()]  # fmt: skip
    return "\n".join(lines) + "\n"


def _flat(value: Any, *, deep: bool = False) -> str:
    """Write a value; the parts of a joined question stand on lines of their own."""
    if deep and isinstance(value, list) and value and all(isinstance(v, Mapping) for v in value):
        rows = "".join(f"  {_table(one)},\n" for one in value)
        return f"[\n{rows}]"
    return _table(value) if isinstance(value, Mapping) else toml_value(value)


def _table(value: Mapping[str, Any]) -> str:
    pairs = (
        f"{toml_key(str(key))} = {_table(one) if isinstance(one, Mapping) else _item(one)}"
        for key, one in value.items()
    )
    return "{ " + ", ".join(pairs) + " }" if value else "{}"


def _item(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_table(v) if isinstance(v, Mapping) else toml_value(v)
                               for v in value) + "]"  # fmt: skip
    return toml_value(value)


# ---------------------------------------------------------------------------------- checked, kept


def checked_own(text: str, wanted: Standard, shelf: Sequence[Mapping[str, Any]]) -> Standard:
    """
    Read a standard back from its text and hold it against what it should say.

    Parameters
    ----------
    text
        What :func:`own_text` wrote.
    wanted
        The rules as they are to be.
    shelf
        Where the standard it builds on is found.

    Raises
    ------
    StandardError
        If it cannot be read, or reads as other rules: a difference that ``extends`` cannot say.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise StandardError("own standard", [f"is not TOML ({error})"]) from None
    made = read_standard(expand(table, shelf), str(table.get("id", "own standard")))
    other = [key for key, kind in changes_of(wanted, made).items() if kind != UNCHANGED]
    if other or made.scope != wanted.scope:
        said = [] if made.scope == wanted.scope else ["scope: reads back as another one"]
        said += [f"target {key}: reads back as another rule" for key in other]
        raise StandardError(str(table.get("id", "own standard")), said)
    return made


def base_of(path: Path | None, standard: Standard) -> Standard:
    """Give the standard that one builds on: that of its file's ``extends``, else itself."""
    if path is None:
        return standard
    named = load_toml(path).get("extends")
    if not named:
        return standard
    shelf = [*_tables_beside(path.parent), *standards()]
    return read_standard(expand(choose(shelf, str(named), None), shelf), str(named))


def _tables_beside(folder: Path) -> list[dict[str, Any]]:
    found = []
    for path in sorted(folder.glob("*.toml")) if folder.is_dir() else []:
        try:
            found.append(load_toml(path))
        except DataError:
            continue
    return [one for one in found if "id" in one]


def default_title(base: Standard) -> dict[str, str]:
    """Give what a standard of one's own is called until somebody names it."""
    return {lang: t("own.default", lang, base=said(base.name, lang)) for lang in ("zh", "en")}


def check_head(head: Head, taken: Sequence[str]) -> None:
    """
    Check the name of a standard of one's own.

    Parameters
    ----------
    head
        Its head.
    taken
        Labels (``id@version``) that are in use.

    Raises
    ------
    UsageError
        If id or version cannot be used, is taken, or there is no title.
    """
    if not _ID.fullmatch(head.id):
        msg = f"{head.id or 'id'}: cannot be the id of a standard. "
        raise UsageError(msg + "Use small letters, digits and -, such as qinghe-2024.")
    if not _VERSION.fullmatch(head.version):
        msg = f"{head.version or 'version'}: cannot be a version. Write a short one, such as 1."
        raise UsageError(msg)
    if not all(head.title.get(lang, "").strip() for lang in ("zh", "en")):
        msg = f"{head.id}: has no title. Give it one."
        raise UsageError(msg)
    if f"{head.id}@{head.version}" in taken:
        msg = f"{head.id}@{head.version}: there is such a standard. Take another id or version."
        raise UsageError(msg)


def own_files(folder: Path) -> list[OwnFile]:
    """Give the standards kept in a project's folder, each read or with what is wrong with it."""
    found = []
    home = folder / FOLDER
    for path in sorted(home.glob("*.toml")) if home.is_dir() else []:
        try:
            found.append(OwnFile(path, load_standard(str(path))))
        except (DataError, StandardError, UsageError) as error:
            found.append(OwnFile(path, None, str(error)))
    return found


def made_own(
    folder: Path | None, base: Standard, wanted: Standard, head: Head, lang: str
) -> tuple[str, Standard]:
    """
    Make the text of a standard of one's own, and read it back.

    Parameters
    ----------
    folder
        The project it is for; None for none.
    base, wanted, head, lang
        As for :func:`own_table` and :func:`own_text`.

    Raises
    ------
    UsageError
        If its name cannot be used.
    StandardError
        If it cannot be said as what differs.
    """
    beside = [] if folder is None else _tables_beside(folder / FOLDER)
    shelf = [*beside, *standards()]
    labels = [f"{one['id']}@{one.get('version', '1')}" for one in shelf]
    check_head(head, labels)
    # What nobody could find again cannot be built on: then all of it is written.
    table = own_table(base, wanted, head) if base.label in labels else whole_table(wanted, head)
    text = own_text(table, lang)
    return text, checked_own(text, wanted, shelf)


def keep_own(project: Project, text: str, made: Standard, *, use: bool) -> OwnFile:
    """
    Keep a standard in its project.

    Parameters
    ----------
    project
        An open project.
    text, made
        What :func:`made_own` gave.
    use
        Make it the project's standard at once.

    Raises
    ------
    ProjectError
        If the disk does not allow it, or there is such a file.
    """
    home = project.folder / FOLDER
    path = home / f"{made.id}.toml"
    if path.exists():
        path = home / f"{made.id}-{made.version}.toml"
    if path.exists():
        msg = f"{FOLDER}/{path.name}: is there already. Take another id or version."
        raise ProjectError(msg)
    try:
        home.mkdir(exist_ok=True)
        write_whole(path, text.encode("utf-8"))
    except OSError as error:
        msg = f"{FOLDER}/{path.name}: cannot be written ({error.strerror}). Free the folder."
        raise ProjectError(msg) from None
    kept = OwnFile(path, load_standard(str(path)))
    if use:
        use_own(project, kept.named)
    return kept


def use_own(project: Project, named: str) -> None:
    """Make a standard the project's: ``standards/NAME.toml``, or the id of one on the shelf."""
    project.save_settings(standard=named)
