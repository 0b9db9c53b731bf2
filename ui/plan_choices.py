"""Numbers and names a reader types on the page of plans: kept from page to page, in the address."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction

import streamlit as st

from layers.text import t
from ui.choices import chosen, keep
from works.papers import cells

TEN_THOUSAND = 10_000
_SEP = "|"


def read_number(text: str | None) -> Decimal | None:
    """Read a number somebody typed or an address holds; None where it is none."""
    try:
        value = Decimal(text or "")
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def number(
    name: str,
    label: str,
    default: float | None,
    least: float,
    most: float,
    *,
    step: float = 1,
    help: str | None = None,  # noqa: A002  as Streamlit calls it
) -> Decimal | None:
    """
    Draw a choice of a number and give it.

    Parameters
    ----------
    name
        Of the choice and of its part of the address.
    label, help
        What is asked.
    default
        What holds where nothing valid was typed; None for nothing.
    least, most
        What is offered.
    step
        Of the buttons; whole steps make whole numbers.
    """
    held = read_number(chosen(name))
    if held is None or not Decimal(str(least)) <= held <= Decimal(str(most)):
        held = None if default is None else Decimal(str(default))
    widget = f"choice-{name}"
    whole = isinstance(step, int)
    if held is None:
        st.session_state[widget] = None
    else:
        st.session_state[widget] = int(held) if whole else float(held)

    def taken() -> None:
        value = st.session_state.get(widget)
        keep(name, None if value is None else f"{Decimal(str(value)).normalize():f}")

    kind = int if whole else float
    st.number_input(
        label, min_value=kind(least), max_value=kind(most), step=kind(step), key=widget,
        on_change=taken, help=help, placeholder="", format=None if whole else "%.6g",
    )  # fmt: skip
    return held


def names(
    name: str, label: str, offered: Sequence[str], said: Callable[[str], str], empty: str
) -> tuple[str, ...]:
    """
    Draw a choice of several and give them.

    Parameters
    ----------
    name
        Of the choice and of its part of the address.
    label
        The question.
    offered
        Values there are.
    said
        How each is written.
    empty
        What stands there while none is chosen.
    """
    held = [one for one in (chosen(name) or "").split(_SEP) if one in offered]
    widget = f"choice-{name}"
    st.session_state[widget] = held

    def taken() -> None:
        keep(name, _SEP.join(st.session_state.get(widget) or []) or None)

    st.multiselect(
        label, list(offered), format_func=said, key=widget, on_change=taken, placeholder=empty
    )
    return tuple(held)


def written(name: str, label: str, *, help: str | None = None) -> str:  # noqa: A002
    """Draw a choice that is typed, and give it."""
    widget = f"choice-{name}"
    st.session_state[widget] = chosen(name) or ""

    def taken() -> None:
        keep(name, str(st.session_state.get(widget) or "").strip() or None)

    st.text_input(label, key=widget, on_change=taken, help=help)
    return (chosen(name) or "").strip()


def money(name: str, label: str, currency: str, default: float, lang: str) -> Fraction:
    """Draw a choice of money, in 10,000 yuan where it is yuan; give it in whole units."""
    by = TEN_THOUSAND if currency == "CNY" else 1
    unit = cells.money_unit(currency, "zh") if lang == "zh" else _unit(currency, lang)
    typed = number(name, t("plan.money_in", lang, label=label, unit=unit), default, 0, 10_000_000,
                   step=1.0)  # fmt: skip
    return Fraction(str(typed or 0)) * by


def _unit(currency: str, lang: str) -> str:
    return t("plan.unit_money", lang) if currency == "CNY" else currency
