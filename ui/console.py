"""The console: the one command, how it prints, and how an expected fault becomes one sentence."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import typer

from layers.errors import PlannerError
from layers.findings import Finding
from layers.project import open_project
from layers.text import t

ABOUT = "Measure villages against a standard: files in; scorecard, gaps, map and work list out."
app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None,
                  help=ABOUT)  # fmt: skip

F = TypeVar("F", bound=Callable[..., Any])


def say(text: str, *, error: bool = False) -> None:
    """Print a line; signs the console does not know become question marks, never an error."""
    stream = sys.stderr if error else sys.stdout
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "replace").decode(encoding) + "\n")
    stream.flush()


def plainly(command: F) -> F:
    """Turn every expected fault into one sentence and an exit code."""
    return _plainly(command, lambda _: "en")


def plainly_said(command: F) -> F:
    """Do the same, and say what is wrong in the language of the project the command is about."""
    return _plainly(command, _language)


def _language(folder: Any) -> str:
    """Give a project's language; English where there is no project to be opened."""
    try:
        return open_project(Path(folder)).language
    except (PlannerError, OSError, TypeError):
        return "en"


def _plainly(command: F, language: Callable[[Any], str]) -> F:
    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except PlannerError as error:
            told = error.say(language(kwargs.get("folder")))
            say(" ".join(told.split()), error=True)
            raise typer.Exit(error.exit_code) from None
        except BrokenPipeError:
            # Whoever read our lines has read enough; the work itself is done.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from None
        except OSError as error:
            name = Path(str(error.filename or "disk")).name
            say(f"{name}: {error.strerror}. Check the disk and who may write there.", error=True)
            raise typer.Exit(1) from None

    return run  # type: ignore[return-value]


def show(findings: Iterable[Finding], lang: str) -> None:
    """Print findings, one line each."""
    for finding in findings:
        say(f"  {t('severity.' + finding.severity, lang)}  {finding.message(lang)}")
