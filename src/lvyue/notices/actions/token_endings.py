"""令牌快失效了: whoever answers for a token is told two weeks before it ends, and again on the last day but one."""

from __future__ import annotations

from datetime import timedelta

from lvyue import clock
from lvyue.accounts.queries import Token, answers_for, tokens_ending
from lvyue.notices.actions.telling import tell
from lvyue.notices.choices import Topic

#: How long before its end a token is spoken of; once for each, however often this is asked.
BEFORE = (timedelta(days=14), timedelta(days=2))


def warn_of_ending_tokens() -> int:
    """提醒换令牌. How many tokens end within the longest time."""
    now, told = clock.now(), 0
    for token in tokens_ending(now, now + max(BEFORE)):
        told += 1
        for before in BEFORE:
            if token.expires_at - now <= before:
                _warn(token, f"token-ends:{token.pk}:{token.expires_at:%Y%m%d}:{before.days}")
    return told


def _warn(token: Token, key: str) -> None:
    keeper = answers_for(token.account)
    whose = "" if keeper.pk == token.account_id else f"（服务账号 {token.account.username}）"
    tell(
        [keeper],
        topic=Topic.SECURITY,
        subject=f"令牌“{token.name}”快失效了",
        body=f"令牌“{token.name}”{whose} {token.expires_at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M} 失效，"
        "之后用它的程序不能再登录。请更换：新的给程序换上之前，原来的还能用 24 小时；不用了就吊销。",
        address="/account/tokens/"
        if keeper.pk == token.account_id
        else f"/account/services/{token.account.username}/",
        key=key,
        by="系统",
    )
