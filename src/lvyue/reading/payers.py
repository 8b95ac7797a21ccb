"""谁付: which side pays by a sentence of liability, by the words around the paying."""

from __future__ import annotations

import re

from lvyue.core.terms import Party

BUYER = r"(?:甲方|采购人|委托方|委托人|买方|需方|发包人|发包方|采购方|采购单位)"
SUPPLIER = r"(?:乙方|供应商|受托方|受托人|卖方|供方|承包人|承包方|服务方|服务商|中标人|服务单位)"
EITHER = re.compile(
    r"违约方|责任方|过错方|受(?:不可抗力)?影响(?:的?一?)方|任何?一方(?!侵|因|向)|(?:甲乙)?双方均?(?:应|须)|一方违约|各自承担"
)


def _says(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


def _who(party: str, other: str) -> tuple[re.Pattern[str], ...]:
    """Ways to say that one party pays, surest first."""
    return (
        _says(rf"由{party}(?:单位|自行)?(?:全部|全额)?[^，。；]{{0,8}}(?:承担|负责|赔偿|支付|补偿)", rf"(?:均|都|应|概)由{party}"),
        _says(
            rf"(?:要求|追究|责令){party}[^，。；]{{0,40}}?(?:赔偿|支付|承担|责任)",
            rf"向{party}[^，。；]{{0,20}}?(?:索赔|追偿|主张|提出|追究|追索)",
            rf"对{party}[^，。；]{{0,20}}?(?:处罚|罚款|扣款|追究)",
            rf"(?:扣除|扣减|扣罚){party}",
            rf"从[^，。；]{{0,24}}(?:{party}|应付)[^，。；]{{0,20}}(?:扣除|扣减|抵扣)",
            rf"追究{party}",
        ),
        _says(
            rf"向{other}[^，。；]{{0,10}}(?:支付|赔偿|承担|赔付|进行赔偿|补偿)",
            rf"赔偿(?:给|因此给)?(?:因此)?{other}",
            rf"给{other}[^，。；]{{0,12}}造成|{other}(?:因此)?(?:遭受|受到|所受)[^，。；]{{0,8}}损失|导致{other}[^，。；]{{0,6}}损失|补足{other}",
        ),
        _says(rf"{party}(?:单位|人员)?(?:均|还|仍|除)?(?:应当?|须|需|必须|将|愿意?|同意)[^。；]{{0,40}}?(?:赔偿|支付|承担|补足|负)"),
        _says(rf"(?:^|[，。；：如若因]){party}"),
    )  # fmt: skip


#: who was told to do or not to do it, before 否则
_BOUND = re.compile(
    rf"(?:(?P<buyer>{BUYER})|(?P<supplier>{SUPPLIER}))[^，。；]{{0,12}}?(?:不得|无权|应|须|保证|不可|必须|负责|不能|需)"
)
_PAYS = {Party.BUYER: _who(BUYER, SUPPLIER), Party.SUPPLIER: _who(SUPPLIER, BUYER)}


def debtor(text: str) -> Party:
    """Who pays by a sentence; both where it says 违约方, and where it names nobody."""
    if EITHER.search(text) and not re.search(
        rf"(?:要求|由|向){SUPPLIER}[^，。；]{{0,10}}(?:赔偿|承担|支付)", text
    ):
        return Party.BOTH
    otherwise = text.find("否则")
    bound = list(_BOUND.finditer(text, 0, otherwise)) if otherwise > 0 else []
    if bound and not re.search(rf"{BUYER}|{SUPPLIER}", text[otherwise:]):
        return Party.BUYER if bound[-1]["buyer"] else Party.SUPPLIER
    for buyer, supplier in zip(_PAYS[Party.BUYER], _PAYS[Party.SUPPLIER], strict=True):
        pays = {Party.BUYER: buyer.search(text), Party.SUPPLIER: supplier.search(text)}
        met = [party for party, found in pays.items() if found]
        if len(met) == 1:
            return met[0]
    first = re.search(rf"(?P<buyer>{BUYER})|(?P<supplier>{SUPPLIER})", text)
    if not first:
        return Party.SUPPLIER if re.search(r"扣除|扣减|扣款|扣罚|核减", text) else Party.BOTH
    return Party.BUYER if first["buyer"] else Party.SUPPLIER
