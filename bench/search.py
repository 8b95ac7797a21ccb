"""How fast a word is found among a million, beside a plain scan of the same rows in the same run.

`python bench/search.py` takes 200 000 entries of 200 contracts, `python bench/search.py 1000000` so many, of as many
contracts as there are thousands. The database is SQLite in a temporary file unless DATABASE_URL names another;
`python tools/with_postgresql.py python bench/search.py` runs it on PostgreSQL.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import django
from django.core.management import call_command

PER_CONTRACT = 1000
ROUNDS = 15

SYSTEMS = [
    "政务邮箱",
    "门户网站",
    "视频会议",
    "数据交换",
    "统一认证",
    "电子证照",
    "档案管理",
    "财务系统",
    "人事系统",
    "机房空调",
]
HAPPENED = [
    "登录缓慢",
    "收不到邮件",
    "页面打不开",
    "画面卡顿",
    "证书过期",
    "磁盘将满",
    "备份失败",
    "账号锁定",
    "接口超时",
    "灯管损坏",
]

QUESTIONS = (
    ("a common word", "政务邮箱"),
    ("two words", "视频会议 卡顿"),
    ("one character", "灯"),
    ("a number's beginning", "GD-0000012"),
    ("a rare word", "独一无二"),
    ("an excluded word", "邮箱 -缓慢"),
    ("nothing", "查无此事"),
)


def texts(count: int) -> Iterator[tuple[str, str]]:
    chance = random.Random(7)
    for number in range(count):
        title = f"报障 GD-{number:07}"
        text = f"{chance.choice(SYSTEMS)}{chance.choice(HAPPENED)}，第 {number % 97} 号终端，影响 {number % 300} 人"
        yield title, text if number % 250_000 else f"{text}，独一无二"


def median_of(act: Callable[[], object]) -> float:
    times = list[float]()
    for _ in range(ROUNDS):
        began = time.perf_counter()
        act()
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000


def run(count: int) -> None:
    django.setup()
    from django.conf import settings  # noqa: PLC0415

    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher"
    ]  # not what is measured
    from django.db import connection, transaction  # noqa: PLC0415  after the settings

    from lvyue.accounts.actions import appoint, create_account  # noqa: PLC0415
    from lvyue.accounts.choices import ContractRole  # noqa: PLC0415
    from lvyue.search import actions, queries  # noqa: PLC0415
    from lvyue.search.choices import EntryKind  # noqa: PLC0415
    from lvyue.search.feeds import Row  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    contracts = [f"c-{number:05}" for number in range(-(-count // PER_CONTRACT))]
    few = create_account("few", "三份", "a-long-bench-password", by="bench")
    everywhere = create_account("all", "全部", "a-long-bench-password", by="bench")
    with transaction.atomic():
        for contract_id in contracts:
            appoint(everywhere, contract_id, ContractRole.AUDITOR, by="bench")
        for contract_id in contracts[:3]:
            appoint(few, contract_id, ContractRole.AUDITOR, by="bench")
    rows = texts(count)
    began = time.perf_counter()
    for contract_id in contracts:
        with transaction.atomic():
            some = [
                Row(EntryKind.FACT, title, title, text)
                for _, (title, text) in zip(range(PER_CONTRACT), rows, strict=False)
            ]
            actions.enter(contract_id, some)
    taken = time.perf_counter() - began
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:  # as its own housekeeping would within a minute
            cursor.execute("VACUUM ANALYZE")
    print(
        f"{connection.vendor}: {count:,} entries of {len(contracts):,} contracts, "
        f"{count / taken:,.0f} entered in a second; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )
    print(
        f"{'median of ' + str(ROUNDS) + ', ms':24} {'on 3 contracts':>16} {'on all':>10} {'plain scan':>12}"
    )

    def scan(word: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM search_indexentry WHERE text LIKE %s OR title LIKE %s ORDER BY id DESC LIMIT 51",
                [f"%{word}%", f"%{word}%"],
            )
            cursor.fetchall()

    for name, typed in QUESTIONS:
        word = typed.split()[0]
        times = (
            median_of(lambda: queries.find(few, queries.Asked(typed))),  # noqa: B023  called at once
            median_of(lambda: queries.find(everywhere, queries.Asked(typed))),  # noqa: B023
            median_of(lambda: scan(word)),  # noqa: B023
        )
        print(f"{name:24} {times[0]:16.1f} {times[1]:10.1f} {times[2]:12.1f}", flush=True)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    os.environ["DJANGO_SETTINGS_MODULE"] = "lvyue.project.settings"
    with tempfile.TemporaryDirectory(prefix="lvyue-bench-") as folder:
        os.environ["LVYUE_HOME"] = folder
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{Path(folder) / 'bench.sqlite3'}")
        run(count)


main()
