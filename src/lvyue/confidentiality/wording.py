"""措辞: consent is given for named things to somebody named. What is open at one end is no request. Pure."""

from __future__ import annotations

import re
from unicodedata import normalize

_THINGS = r"(?:资料|文件|数据|信息|材料|文档|内容|记录|附件|成果|档案|图纸|报表|东西)"
_MANY = r"(?:全部|所有|一切|全套|整套|全体|任何|各类|各种|各项|各个|一应|凡是|有关|相关|其他|其它|其余|若干|一批)"

#: What leaves an end open, each with what is wrong with it.
_OPEN: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(rf"{_MANY}(?:的|与\w{{0,12}}?的)?[\w、和及或]{{0,16}}?{_THINGS}"),
        "没有说是哪几个文件",
    ),
    (re.compile(rf"{_THINGS}(?:的)?(?:全部|所有|全套)"), "没有说是哪几个文件"),
    (re.compile(rf"等(?:等|{_THINGS}|$|[,，。;；、\s])"), "用“等”留了口子"),
    (
        re.compile(
            r"包括但不限于|不限于|诸如此类|以及其他|及其他|如需|必要时|视需要|随时|陆续|后续另行"
        ),
        "没有写尽",
    ),
    (
        re.compile(
            r"\b(?:all|any|every|whole|entire)\b[\w\s]{0,40}?\b(?:documents?|files?|data|materials?|records?|information)\b"
            r"|\betc\b|and so on",
            re.IGNORECASE,
        ),
        "没有说是哪几个文件",
    ),
)

#: Whom nobody can name.
_ANYBODY = re.compile(
    rf"{_MANY}(?:的)?(?:单位|部门|人员|人|公司|企业|机构|方|第三方|合作方|供应商|厂商)|各(?:家)?(?:单位|部门|公司|企业|机构|方)|不特定|社会公众|公众|待定|任何人|有需要的|等(?:单位|公司|部门|人员|机构)|\b(?:anyone|anybody|everyone|public)\b",
    re.IGNORECASE,
)


def open_ended(text: str) -> str:
    """What leaves a request or a consent open, with the words that do; empty where it is closed."""
    plain = normalize("NFKC", text).strip()
    for pattern, says in _OPEN:
        if found := pattern.search(plain):
            return f"“{found[0].strip()}”{says}"
    return ""


def nobody_in_particular(text: str) -> str:
    """Words that name no single recipient; empty where somebody is named."""
    found = _ANYBODY.search(normalize("NFKC", text).strip())
    return f"“{found[0]}”不是一个确定的接收方" if found else ""
