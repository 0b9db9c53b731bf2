"""Folders of projects: where new ones go, what they are called, how one begins."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

import pandas as pd

from layers.errors import ProjectError
from layers.project import Project, create_project, take_back

PROJECTS = Path.home() / "village-planner-projects"
"""Where a new project goes unless its maker says otherwise."""


def folder_name(name: str) -> str:
    """
    Make a folder's name of a project's name, without what Windows or Linux forbid in one.

    Examples
    --------
    >>> folder_name("清河县: 2023/示范村")
    '清河县_2023_示范村'
    """
    kept = re.sub(r'[\\/:*?"<>|\s\x00-\x1f]+', "_", name).strip("._ ")
    return kept or "project"


def make_project(folder: Path, name: str, villages: pd.DataFrame) -> Project:
    """
    Make a project with its list of villages, or nothing at all.

    Parameters
    ----------
    folder, name
        Where, and what it is called.
    villages
        Text cells under heads the layer ``villages`` knows.

    Raises
    ------
    PlannerError
        If the folder is taken or cannot be made, or the list is not understood.
    """
    kept = folder.is_dir()
    project = create_project(folder, name=name)
    try:
        with tempfile.TemporaryDirectory() as held:
            path = Path(held) / "villages.csv"
            villages.to_csv(path, index=False, encoding="utf-8-sig")
            project.import_file("villages", path)
        if not _named_as_demonstration(project):
            # A standard binds demonstration villages; a list that names none means all of them.
            project.save_settings(scope="all")
    except BaseException:
        take_back(folder, keep_folder=kept)
        raise
    return project


def _named_as_demonstration(project: Project) -> bool:
    stored = project.frame("villages")
    return (
        stored is not None and "demo_level" in stored and bool(stored["demo_level"].notna().any())
    )


def copy_project(source: Path, where: Path) -> Path:
    """
    Copy a project into a folder, under the first name that is free there.

    Parameters
    ----------
    source
        The project.
    where
        Folder to put the copy into; made if need be.

    Returns
    -------
    Path
        The copy.

    Raises
    ------
    ProjectError
        If it cannot be written there.
    """
    names = [source.name, *(f"{source.name}-{number}" for number in range(2, 1000))]
    target = next(where / one for one in names if not (where / one).exists())
    try:
        where.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("cache", "*.py"))
    except (OSError, shutil.Error):
        shutil.rmtree(target, ignore_errors=True)
        msg = f"{where}: cannot be written to. Choose a folder you may write to."
        raise ProjectError(msg) from None
    return target
