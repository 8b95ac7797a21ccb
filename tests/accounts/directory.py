"""A real directory: OpenLDAP's slapd, on free ports of this machine, with its own folder and certificate."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.accounts.loopback import Certified, certify

SLAPD = "/usr/sbin/slapd"

#: What Active Directory keeps of a person, as far as we ask for it; its numbers are Microsoft's own.
_CONF = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
attributetype ( 1.2.840.113556.1.4.8 NAME 'userAccountControl' EQUALITY integerMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.221 NAME 'sAMAccountName' EQUALITY caseIgnoreMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.656 NAME 'userPrincipalName' EQUALITY caseIgnoreMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.2 NAME 'objectGUID' EQUALITY octetStringMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 SINGLE-VALUE )
objectclass ( 1.2.840.113556.1.5.9 NAME 'user' AUXILIARY
  MAY ( userAccountControl $ sAMAccountName $ userPrincipalName $ objectGUID ) )
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload ppolicy
pidfile {folder}/slapd.pid
TLSCertificateFile {certificate}
TLSCertificateKeyFile {key}
sizelimit 4
database mdb
maxsize 16777216
suffix "dc=example,dc=gov"
directory {folder}/db
rootdn "cn=admin,dc=example,dc=gov"
rootpw admin-secret
overlay ppolicy
limits dn.exact="cn=lvyue,dc=example,dc=gov" size.prtotal=unlimited
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="cn=lvyue,dc=example,dc=gov" read by * none
"""

_PEOPLE = """
dn: dc=example,dc=gov
objectClass: dcObject
objectClass: organization
dc: example
o: 某单位

dn: cn=lvyue,dc=example,dc=gov
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: lvyue
userPassword: search-secret

dn: ou=people,dc=example,dc=gov
objectClass: organizationalUnit
ou: people

dn: ou=elsewhere,ou=people,dc=example,dc=gov
objectClass: referral
objectClass: extensibleObject
ou: elsewhere
ref: ldap://127.0.0.1:1/ou=elsewhere,dc=example,dc=gov
"""

_PERSON = """
dn: uid={uid},ou=people,dc=example,dc=gov
objectClass: inetOrgPerson
objectClass: user
uid: {uid}
cn: {cn}
sn: {cn}
userPassword: {password}
"""


@dataclass(frozen=True, slots=True)
class Directory:
    """A directory that answers."""

    plain: int
    secure: int
    named: Certified


PASSWORD = "目录里的密码"  # noqa: S105  of tests


def people() -> str:
    """Everybody in the directory, as LDIF."""
    everybody = [_PEOPLE]

    def person(uid: str, cn: str, more: str = "", password: str = PASSWORD) -> None:
        everybody.append(_PERSON.format(uid=uid, cn=cn, password=password) + more)

    person(
        "zhao",
        "赵一",
        "userAccountControl: 512\nsAMAccountName: zhaoyi\n"
        "userPrincipalName: zhao.yi@example.gov\nobjectGUID:: AAECAwQFBgcICQoLDA0ODw==\n",
    )
    person("qian", "钱二", "userAccountControl: 514\nsAMAccountName: qian\n")
    person("sun", "孙三", "pwdAccountLockedTime: 000001010000Z\n")
    person("twin", "双一", "sAMAccountName: zhao\n")
    for number in range(5):
        person(f"more{number}", f"某{number}")
    return "\n".join(everybody)


@contextmanager
def directory(folder: Path) -> Iterator[Directory]:
    """slapd with these people; skipped, and said so, where Debian's package is not there."""
    if not shutil.which(SLAPD):
        says = "slapd is not here: tools/install_test_tools.sh installs it."
        if os.environ.get("CI") == "true":
            pytest.fail(says)
        pytest.skip(says)
    named = certify(folder)
    plain, secure = _free(), _free()
    (folder / "db").mkdir()
    conf = folder / "slapd.conf"
    conf.write_text(
        _CONF.format(folder=folder, certificate=named.certificate, key=named.key), "utf-8"
    )
    (folder / "people.ldif").write_text(people(), "utf-8")
    subprocess.run(
        ["/usr/sbin/slapadd", "-q", "-f", str(conf), "-l", str(folder / "people.ldif")],
        check=True,
        capture_output=True,
    )
    addresses = f"ldap://127.0.0.1:{plain} ldaps://127.0.0.1:{secure}"
    server = subprocess.Popen(
        [SLAPD, "-f", str(conf), "-h", addresses, "-d", "0"],
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(secure, server)
        yield Directory(plain, secure, named)
    finally:
        server.terminate()
        server.wait(10)


def _free() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(500):
        if server.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    pytest.fail("slapd did not start.")
