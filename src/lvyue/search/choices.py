"""Words that the rows of this room may hold."""

from __future__ import annotations

from django.db.models import TextChoices


class EntryKind(TextChoices):
    """条目种类: what can be found, in the order in which it is shown."""

    CONTRACT = "contract", "合同"
    CLAUSE = "clause", "条款"
    TERM = "term", "约定"
    DOUBT = "doubt", "疑义"
    PARAMETER = "parameter", "参数"
    FACT = "fact", "事实"
    FILE = "file", "证明文件"
    AMENDMENT = "amendment", "补充协议"
    STATEMENT = "statement", "结算书"
    LETTER = "letter", "函件"
    ALERT = "alert", "告警"
    TICKET = "ticket", "工单"
    ARTICLE = "article", "知识"


#: In English, beside the Chinese.
ENGLISH = {
    EntryKind.CONTRACT: "contracts",
    EntryKind.CLAUSE: "clauses",
    EntryKind.TERM: "terms",
    EntryKind.DOUBT: "doubts",
    EntryKind.PARAMETER: "parameters",
    EntryKind.FACT: "facts",
    EntryKind.FILE: "files",
    EntryKind.AMENDMENT: "amendments",
    EntryKind.STATEMENT: "statements",
    EntryKind.LETTER: "letters",
    EntryKind.ALERT: "alerts",
    EntryKind.TICKET: "tickets",
    EntryKind.ARTICLE: "articles",
}


class Whose(TextChoices):
    """谁可见: everybody on the contract, or only one side of it.

    What is ``own`` is everybody's but for the using departments: of them it is whose it is alone, and their department's.
    What is ``own_buyer`` is so too, and not yet the supplier's to see.
    """

    ALL = "", "双方"
    BUYER = "buyer", "甲方"
    SUPPLIER = "supplier", "乙方"
    OWN = "own", "双方，使用部门只看本部门"
    OWN_BUYER = "own_buyer", "甲方，使用部门只看本部门"
