"""Escaping: a browser must show the text as it was, and nothing in it may run."""

from __future__ import annotations

import html

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.escape import csv_safe, esc

HOSTILE = "{{7*191}}<img src=x onerror=alert(1)>${1}"


@given(st.text())
def test_a_browser_reads_back_the_same_text(text: str) -> None:
    assert html.unescape(esc(text)) == html.unescape(html.escape(text)) == text


@given(st.text())
def test_no_sign_that_starts_something_is_left(text: str) -> None:
    assert not set(esc(text)) & set("<>\"'`${}\\")


def test_the_hostile_name_is_only_text() -> None:
    assert esc(HOSTILE) == (
        "&#123;&#123;7*191&#125;&#125;&lt;img src=x onerror=alert(1)&gt;&#36;&#123;1&#125;"
    )


def test_numbers_and_nothing() -> None:
    assert (esc(None), esc(12), esc(0)) == ("", "12", "0")


@pytest.mark.parametrize("text", ["=1+1", "+86", "-1+1", "@a", "\tx", "\rx", "＝1+1"])
def test_formula_starts_get_an_apostrophe(text: str) -> None:
    assert csv_safe(text) == "'" + text


@pytest.mark.parametrize("value", [-3, 2.5, np.int64(-7), None, "-", "东沟村", "a=b", "", " =1"])
def test_everything_else_is_left_alone(value: object) -> None:
    assert csv_safe(value) is value
