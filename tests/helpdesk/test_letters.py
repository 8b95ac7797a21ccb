"""来信的读法: letters of every form are read, and none of them breaks the reader."""

from __future__ import annotations

import base64
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lvyue.helpdesk.letters import (
    FILES,
    TEXT,
    Nature,
    html_as_text,
    look_alikes,
    read_letter,
    without_quotes,
)


def plain(*headers: str, body: bytes = b"hello") -> bytes:
    head = "\r\n".join(["From: a@b.example", *headers])
    return head.encode() + b"\r\n\r\n" + body


@pytest.mark.parametrize(
    ("said", "charset"),
    [
        ("打印机坏了，请派人。", "gb18030"),
        ("打印机坏了，请派人。", "gbk"),
        ("打印机坏了，请派人。", "utf-8"),
        ("镕基路朱镕基喆", "gbk"),
    ],
)
@pytest.mark.parametrize("declared", ["right", "gb2312", "utf-8", "x-nonsense", ""])
def test_chinese_is_read_whatever_it_says_it_is(said: str, charset: str, declared: str) -> None:
    named = charset if declared == "right" else declared
    kind = f"Content-Type: text/plain; charset={named}" if named else "X-Nothing: here"
    raw = plain(kind, "Content-Transfer-Encoding: 8bit", body=said.encode(charset))

    assert read_letter(raw).text == said


def test_headers_in_raw_gbk_and_in_broken_words() -> None:
    head = "From: 张三 <zhang@b.example>\r\nSubject: 打印机坏了\r\n\r\n".encode("gbk")
    letter = read_letter(head + b"x")
    assert (letter.subject, letter.sender) == ("打印机坏了", "张三 <zhang@b.example>")

    coded = base64.b64encode("镕基路".encode("gbk")).decode()
    assert read_letter(plain(f"Subject: =?gb2312?B?{coded}?=")).subject == "镕基路"
    assert read_letter(plain("Subject: =?utf-8?B?abc?=")).subject != ""
    assert read_letter(plain("Subject: =?no-such?Q?abc?=")).subject == "abc"


def test_a_letter_of_html_alone_is_read_as_text() -> None:
    raw = plain(
        "Content-Type: text/html; charset=utf-8",
        body="<style>p{}</style><p>第一行</p><script>alert(1)</script><div>第二&nbsp;行<br>第三行</div>".encode(),
    )
    assert read_letter(raw).text == "第一行\n\n第二 行\n第三行"
    assert html_as_text("<p>a") == "a"


def test_a_conversation_is_followed_from_the_nearest_letter() -> None:
    raw = plain(
        "Message-ID: <c@b.example>",
        "In-Reply-To: <b@lvyue.example>",
        "References: <a@b.example>\r\n <b@lvyue.example>",
        "Subject: Re: [GZ-0012] =?utf-8?B?55m75b2V?=",
    )
    letter = read_letter(raw)
    assert letter.message_id == "c@b.example"
    assert letter.answers == ("b@lvyue.example", "a@b.example")
    assert letter.numbers == (("GZ", 12),)
    assert read_letter(plain("Subject: AGZ-0012 GZ-1 gz-0012")).numbers == ()


@pytest.mark.parametrize(
    ("header", "nature"),
    [
        ("Subject: x", Nature.PERSON),
        ("X-Auto-Response-Suppress: All", Nature.PERSON),
        ("Auto-Submitted: no", Nature.PERSON),
        ("Auto-Submitted: auto-replied; owner=x", Nature.REPLY),
        ("Precedence: auto_reply", Nature.REPLY),
        ("Auto-Submitted: auto-generated", Nature.MACHINE),
        ("Precedence: bulk", Nature.MACHINE),
        ("List-Id: <all.b.example>", Nature.MACHINE),
        ("Return-Path: <>", Nature.BOUNCE),
        ("Content-Type: multipart/report; boundary=x", Nature.BOUNCE),
        ("X-Lvyue-Loop: desk@b.example", Nature.OWN),
    ],
)
def test_what_machines_send_each_other_is_known(header: str, nature: Nature) -> None:
    assert read_letter(plain(header)).nature is nature


def test_ten_thousand_lines_are_read_whole() -> None:
    said = "\n".join(f"第 {number} 行 🙂" for number in range(10_000))
    letter = EmailMessage(policy=SMTP)
    letter["From"], letter["Subject"] = "a@b.example", "长信 🙂"
    letter.set_content(said)

    read = read_letter(letter.as_bytes())
    assert read.text.count("\n") == 9_999
    assert read.subject == "长信 🙂"
    assert not read.warnings

    more = read_letter(plain(body=b"x" * (TEXT + 5)))
    assert (len(more.text), len(more.warnings)) == (TEXT, 1)


def test_files_are_taken_under_their_names_and_not_without_end() -> None:
    letter = EmailMessage(policy=SMTP)
    letter["From"] = "a@b.example"
    letter.set_content("见附件")
    letter.add_attachment(
        b"MZ", maintype="application", subtype="x-msdownload", filename="../../发票.exe"
    )
    inner = EmailMessage(policy=SMTP)
    inner["Subject"] = "inner"
    inner.set_content("inside")
    letter.add_attachment(inner)
    for number in range(FILES + 3):
        letter.add_attachment(b"x%d" % number, maintype="text", subtype="plain")

    read = read_letter(letter.as_bytes())
    assert read.text == "见附件"
    assert read.files[0].name == "../../发票.exe"
    assert read.files[1].name == "附件2.eml"
    assert b"inside" in read.files[1].content
    assert len(read.files) == FILES
    assert "附件多于" in read.warnings[0]


@pytest.mark.parametrize(
    ("name", "address", "says"),
    [
        ("Pаypal", "a@b.example", "混用"),  # the second letter is Cyrillic
        ("zhang@gov.example", "evil@b.example", "实际地址是"),
        ("张\u200b三", "a@b.example", "看不见"),
        ("张三 🙂", "a@xn--b-0ga.example", "非英文字母"),
    ],
)
def test_a_sender_that_looks_like_another_is_pointed_out(
    name: str, address: str, says: str
) -> None:
    assert any(says in one for one in look_alikes(name, address))
    assert look_alikes("张三 🙂", "zhang@b.example") == []


def test_the_address_is_the_real_one_and_not_the_one_in_the_name() -> None:
    coded = base64.b64encode("局长 <boss@gov.example>".encode()).decode()
    letter = read_letter(f"From: =?utf-8?B?{coded}?= <evil@b.example>\r\n\r\nx".encode())

    assert letter.address == "evil@b.example"
    assert letter.warnings
    assert read_letter(b"From: nobody\r\n\r\nx").address == ""
    assert read_letter(b"\r\n").address == ""


def test_what_was_quoted_is_left_out_where_something_else_is_said() -> None:
    assert without_quotes("好了，谢谢\n\n在 2026年3月2日，服务台 写道：\n> 请再试") == "好了，谢谢"
    assert without_quotes("ok\n-----原始邮件-----\nFrom: x") == "ok"
    assert without_quotes("> 只有引用") == "> 只有引用"


@given(st.binary(max_size=3000))
def test_nothing_breaks_the_reader(raw: bytes) -> None:
    read_letter(raw)


@given(
    st.lists(
        st.sampled_from(
            [
                *(
                    "From: ",
                    "Subject: ",
                    "To: ",
                    "References: ",
                    "Content-Type: multipart/mixed; boundary=b",
                ),
                *(
                    "Content-Type: text/plain; charset=",
                    "Content-Disposition: attachment; filename*=utf-8''",
                ),
                *(
                    "Content-Transfer-Encoding: base64",
                    "Message-ID: <",
                    "=?gb2312?B?",
                    "\xff\xfe",
                    "--b",
                    "",
                    " ",
                ),
                *(
                    "Content-Type: message/rfc822",
                    "Return-Path: <>",
                    "=?utf-8?Q?=zz?=",
                    "\u202e",
                    "@@<>,;:",
                ),
            ]
        ),
        max_size=25,
    )
)
def test_no_pieces_of_letters_break_the_reader(pieces: list[str]) -> None:
    letter = read_letter("\r\n".join(pieces).encode("utf-8", "replace"))
    letter.text.encode()
    letter.subject.encode()
    letter.sender.encode()
    letter.address.encode()
