"""The fonts of papers: named as official papers have them, each with what stands in for it."""

from __future__ import annotations

import functools
from collections.abc import Collection

import typst

from layers.errors import DataError
from layers.text import t

_LATIN = ("Times New Roman", "Liberation Serif", "Tinos")
_LATIN_SANS = ("Arial", "Liberation Sans", "Arimo", "DejaVu Sans")
_SONG = (
    "SimSun", "宋体", "NSimSun", "STSong", "Songti SC", "Noto Serif CJK SC", "Noto Serif SC",
    "Source Han Serif SC", "Source Han Serif CN",
)  # fmt: skip
_SANS = (
    "SimHei", "黑体", "STHeiti", "Heiti SC", "Microsoft YaHei", "微软雅黑", "PingFang SC",
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN",
    "WenQuanYi Zen Hei", "WenQuanYi Micro Hei",
)  # fmt: skip
_FAIR_SONG = tuple(one for one in _SONG if one.startswith(("Noto", "Source")))
STACKS = {
    "title": (
        "FZXiaoBiaoSong-B05S", "FZXiaoBiaoSong-B05", "方正小标宋简体", "方正小标宋_GBK",
        "STZhongsong", "华文中宋", *_FAIR_SONG, *_SANS, *_SONG,
    ),
    "body": (
        "FangSong", "仿宋", "FangSong_GB2312", "仿宋_GB2312", "STFangsong", "华文仿宋", *_SONG,
        *_SANS,
    ),
    "kai": (
        "KaiTi", "楷体", "KaiTi_GB2312", "楷体_GB2312", "STKaiti", "华文楷体", "Kaiti SC",
        "AR PL UKai CN", *_SONG, *_SANS,
    ),
    "hei": (*_SANS, *_SONG),
    "song": (*_SONG, *_SANS),
}  # fmt: skip
"""What a paper's letters are set in, first choice first."""
_CHINESE_SIGN, _NO_SIGN = "国", "\u0378"


@functools.cache
def installed() -> typst.Fonts:
    """Look once which fonts this computer has."""
    return typst.Fonts()


def stacks(lang: str, families: Collection[str]) -> dict[str, list[object]]:
    """
    Give for each kind of letters the fonts that are there, first choice first.

    Letters of ours and figures within Chinese text come from a font for them, where there is one:
    many Chinese fonts draw them as if typed.

    Examples
    --------
    >>> stacks("zh", {"SimHei", "Arial"})["hei"]
    ['SimHei']
    >>> stacks("en", {"SimSun", "Times New Roman"})["body"]
    ['Times New Roman', 'SimSun']
    """
    there = set(families)
    made: dict[str, list[object]] = {}
    for kind, names in STACKS.items():
        latin = _LATIN_SANS if kind == "hei" else _LATIN
        first = [name for name in latin if name in there][:1]
        chinese = [name for name in names if name in there]
        if lang == "en":
            made[kind] = [*first, *chinese] or ["Libertinus Serif"]
        elif kind in ("body", "kai", "song") and first:
            made[kind] = [{"name": first[0], "covers": "latin-in-cjk"}, *chinese]
        else:
            made[kind] = list(chinese) or ["Libertinus Serif"]
    return made


def need_chinese(fonts: typst.Fonts, lang: str) -> None:
    """
    Refuse to print Chinese where no font has it: boxes are no paper.

    Raises
    ------
    DataError
        If this computer has no font with Chinese characters.
    """
    if not _has_chinese(fonts):
        raise DataError(t("paperfile.no_font", lang))


@functools.lru_cache(maxsize=4)
def _has_chinese(fonts: typst.Fonts) -> bool:
    # Fonts have many names. What is drawn like a sign that no font has, is in none of them.
    pictures = [_drawn(fonts, sign) for sign in (_CHINESE_SIGN, _NO_SIGN)]
    return pictures[0] != pictures[1]


def _drawn(fonts: typst.Fonts, sign: str) -> bytes:
    source = b'#set page(width: 40pt, height: 40pt)\n#text(lang: "zh", sys.inputs.sign)'
    made = typst.compile(
        source, font_paths=fonts, ignore_system_fonts=True, format="png", sys_inputs={"sign": sign}
    )
    return made
