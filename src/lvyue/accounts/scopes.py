"""令牌的权限: how much less than its account a token may, and from which addresses it is taken.

A token never may more than its account: what the roles allow is asked first, and this only takes away.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from lvyue.accounts.choices import Scope
from lvyue.core.doubts import Refused, malformed

#: What each right needs of a token; whatever is not here needs ``Scope.MANAGE``, so that a new right is not given away.
_NEEDS: Mapping[str, Scope] = {
    "SEE": Scope.READ,
    "WHAT_IF": Scope.READ,
    "AUDIT": Scope.READ,
    "RECORD": Scope.RECORD,
    "TICKET_OPEN": Scope.RECORD,
    "TICKET_WORK": Scope.RECORD,
    "REACH": Scope.RECORD,
    "IMPORT": Scope.IMPORT,
    "EXPORT": Scope.EXPORT,
}

#: The most networks that anybody keeps for one token.
MOST_NETWORKS = 20


def whole(scopes: Iterable[str]) -> frozenset[Scope]:
    """What was chosen with what it takes along: every token reads, and who imports facts records them."""
    chosen = {Scope(one) for one in scopes} | {Scope.READ}
    if Scope.IMPORT in chosen:
        chosen.add(Scope.RECORD)
    return frozenset(chosen)


def needed(right: str) -> Scope:
    """Which scope a right takes, by the name of the right."""
    return _NEEDS.get(right, Scope.MANAGE)


def withheld(scopes: Collection[Scope] | None, scope: Scope) -> str:
    """Why a token does not get through; empty where it does, and for people, who bring no token."""
    if scopes is None or scope in scopes:
        return ""
    has = "、".join(one.label for one in Scope if one in scopes)
    return f"令牌没有“{scope.label}”权限，只有：{has}。请本人另建一个有这项权限的令牌。"


def networks(text: str) -> tuple[str, ...]:
    """Addresses and networks as somebody writes them, each in its plain form; `Refused` names what is none."""
    found: list[str] = []
    for word in text.replace("，", " ").replace(",", " ").replace("；", " ").split():
        try:
            network = ip_network(word)
        except ValueError as error:
            says = f"“{word[:60]}”不是地址或网段。"
            if "host bits" in str(error):
                says = f"“{word[:60]}”不是网段的起点，应为 {ip_network(word, strict=False)}。"
            mend = "请写成 10.0.8.15 或 10.0.8.0/24 的样子，用空格隔开。"
            raise Refused([malformed("来源地址", says, mend)]) from None
        if network.prefixlen == 0:
            says = f"“{word}”是所有地址，等于不限制。"
            raise Refused([malformed("来源地址", says, "不限制就不要填写。")])
        alone = network.prefixlen == network.max_prefixlen
        plain = str(network.network_address) if alone else str(network)
        if plain not in found:
            found.append(plain)
    if len(found) > MOST_NETWORKS:
        says = f"有 {len(found)} 个网段，最多 {MOST_NETWORKS} 个。"
        raise Refused([malformed("来源地址", says, "请合并成较大的网段。")])
    return tuple(found)


def comes_from(address: str, allowed: Collection[str]) -> bool:
    """Whether an address is inside the networks. Where there are none every address is; what is no address never is."""
    if not allowed:
        return True
    try:
        here: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return False
    if isinstance(here, IPv6Address) and here.ipv4_mapped is not None:
        here = here.ipv4_mapped
    return any(_inside(here, ip_network(one)) for one in allowed)


def _inside(address: IPv4Address | IPv6Address, network: IPv4Network | IPv6Network) -> bool:
    return address.version == network.version and address in network
