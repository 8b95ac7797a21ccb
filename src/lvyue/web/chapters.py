"""手册: the chapters of the manual, read from the Markdown beside this file, with tables made from the rules themselves.

A chapter is a title, a sentence, and sections under their headings. A link to ``facts.md#更正`` leads to that chapter, one
to ``page:web:account`` to a page, and a picture is looked for among the static files. A fence ``table rights`` is filled in
from the code that decides: no table of rights can say what the doors do not do.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from importlib import resources
from itertools import pairwise
from typing import Any

from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import get_script_prefix, reverse
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

from lvyue.accounts.choices import ContractRole
from lvyue.accounts.permissions import RIGHTS, Right
from lvyue.core.facts import KINDS
from lvyue.core.lifecycles import STATEMENT, SUPPLEMENT, Lifecycle
from lvyue.core.recorders import DEPARTMENT, FORMAL, RECORDERS, Recorder
from lvyue.obligations.marks import MARKS
from lvyue.settlements.waterfall import TEXTURES

#: The chapters in the order in which a newcomer needs them; each is a file in both languages.
SLUGS = (
    *("start", "roles", "reading", "today", "contract", "facts", "doubts", "amendments"),
    "tickets",
    "letters",
    "notices",
    *("statements", "settlement", "what-if", "exports", "questions", "words"),
)

LANGUAGES = ("zh", "en")

#: The pictures are all of one screen.
_WIDTH, _HEIGHT = "1280", "800"

#: So much is shown on each side of what was found.
_AROUND = 40


@dataclass(frozen=True, slots=True)
class Section:
    """一节: a heading and what stands under it; the beginning of a chapter has neither heading nor anchor."""

    title: str
    anchor: str
    html: SafeString
    text: str


@dataclass(frozen=True, slots=True)
class ManualChapter:
    """一章: one file of the manual."""

    slug: str
    title: str
    address: str
    lead: str
    sections: tuple[Section, ...]

    @property
    def headed(self) -> tuple[Section, ...]:
        return tuple(one for one in self.sections if one.title)


@dataclass(frozen=True, slots=True)
class Hit:
    """找到的一处: a section of the manual with the words in their surroundings."""

    chapter: ManualChapter
    section: Section
    excerpt: SafeString


def address_of(name: str, language: str, *more: str) -> str:
    """Where a page of the manual is in a language."""
    ending = "" if language == "zh" else f"-{language}"
    return reverse(f"web:{name}{ending}", args=more)


def manual_of(language: str) -> tuple[ManualChapter, ...]:
    """Every chapter, in order."""
    return _manual(language, get_script_prefix())


@lru_cache(maxsize=len(LANGUAGES) * 2)
def _manual(language: str, prefix: str) -> tuple[ManualChapter, ...]:
    """Rendered once: nothing in it hangs on a person or a day; ``prefix`` is where the site is mounted."""
    del prefix
    return tuple(_chapter(slug, language) for slug in SLUGS)


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _chapter(slug: str, language: str) -> ManualChapter:
    file = resources.files("lvyue.web") / "manual" / language / f"{slug}.md"
    reader = _reader()
    env = {"language": language}
    tokens = reader.parse(file.read_text("utf-8"), env)
    title, pieces = "", list[list[Token]]([[]])
    for token in tokens:
        if token.type == "heading_open" and token.tag == "h2":
            pieces.append([])
        pieces[-1].append(token)
    if pieces[0] and pieces[0][0].tag == "h1":
        title, pieces[0] = pieces[0][1].content, pieces[0][3:]
    sections = tuple(_section(reader, piece, env) for piece in pieces)
    address = address_of("manual-chapter", language, slug)
    return ManualChapter(slug, title, address, sections[0].text, sections)


def _section(reader: MarkdownIt, tokens: Sequence[Token], env: dict[str, Any]) -> Section:
    heading = ""
    if tokens and tokens[0].type == "heading_open":
        heading, tokens = tokens[1].content, tokens[3:]
    for token in _every(tokens):
        _settle(token, env["language"], heading)
    for opening, inside in pairwise(tokens):
        if any(one.type == "image" for one in inside.children or ()):
            opening.attrs.pop("class", None)  # a picture may be wider than a line of text
    html = reader.renderer.render(tokens, reader.options, env)
    return Section(heading, anchor_of(heading), mark_safe(html), _text_of(html))  # noqa: S308  the reader escapes


def _text_of(html: str) -> str:
    """What can be read, in one line: elements inside a line leave no gap behind, blocks do."""
    in_line = re.sub(r"</?(?:a|code|em|span|strong)\b[^>]*>", "", html)
    return unescape(" ".join(re.sub(r"<[^>]*>", " ", in_line).split()))


def anchor_of(heading: str) -> str:
    """The place of a heading in its page, as platforms that show Markdown make it, so that links hold there too."""
    kept = re.sub(r"[^\w\s-]", " ", heading.lower())
    return "-".join(kept.split())


def _every(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from token.children or ()


def _settle(token: Token, language: str, heading: str) -> None:
    """What the file says in its own terms, said in those of the site."""
    match token.type:
        case "link_open":
            token.attrSet("href", _leads_to(str(token.attrGet("href")), language))
        case "image":
            name = str(token.attrGet("src")).rpartition("/")[2]
            token.attrSet("src", static(f"web/manual/{name}"))
            token.attrSet("width", _WIDTH)
            token.attrSet("height", _HEIGHT)
            token.attrSet("loading", "lazy")
        case "paragraph_open" | "bullet_list_open" | "ordered_list_open":
            token.attrSet("class", "lead")
        case "table_open":
            token.meta["label"] = heading
        case "th_open":
            token.attrSet("scope", "col")
        case _:
            pass


def _leads_to(href: str, language: str) -> str:
    """The address behind a link of the file."""
    if href.startswith("page:"):
        return reverse(href.removeprefix("page:"))
    found = re.fullmatch(r"([\w-]+)\.md(#.*)?", href)
    if found is None:
        return href
    return address_of("manual-chapter", language, found[1]) + (found[2] or "")


def _reader() -> MarkdownIt:
    """Markdown with tables and without HTML: the files say words, the site decides how they look."""
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    reader.add_render_rule("fence", _fence)
    reader.add_render_rule("table_open", _table_open)
    reader.add_render_rule("table_close", _table_close)
    return reader


def _table_open(_: Any, tokens: Sequence[Token], at: int, *__: Any) -> str:
    return format_html(
        '<div class="scroll" tabindex="0" role="region" aria-label="{}"><table class="table">\n',
        tokens[at].meta["label"],
    )


def _table_close(*_: Any) -> str:
    return "</table></div>\n"


def _fence(_: Any, tokens: Sequence[Token], at: int, __: Any, env: Mapping[str, Any]) -> str:
    word, _, name = tokens[at].info.strip().partition(" ")
    if word != "table":
        return format_html("<pre><code>{}</code></pre>\n", tokens[at].content)
    return render_to_string("web/parts/manual_table.html", {"table": TABLES[name](env["language"])})


# ── tables made from the rules ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Table:
    """表: what a table of the manual is called, its heads and its rows; the first cell of a row names it."""

    name: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


_RECORDERS = {
    Recorder.BUYER: ("甲方", "the buyer"),
    Recorder.SUPPLIER: ("乙方", "the supplier"),
    Recorder.EITHER: ("任何一方", "either side"),
    Recorder.DEBTOR: ("按义务人", "the debtor"),
    Recorder.CREDITOR: ("按权利人", "the creditor"),
    Recorder.TOGETHER: ("双方签署，不能单方登记", "both, by an amendment"),
}


def _said(language: str, zh: str, en: str) -> str:
    return zh if language == "zh" else en


def _kinds(language: str, names: Iterator[str]) -> str:
    """Kinds of fact as people call them, or by their names in files, which are English."""
    return _said(language, "；", ", ").join(
        _said(language, KINDS[name].zh, name.replace("_", " ")) for name in names
    )


def _rights(language: str) -> Table:
    roles = [*ContractRole]
    return Table(
        _said(language, "能办什么", "Who may do what"),
        (
            _said(language, "事项", "what"),
            *(_said(language, role.label, role.value.replace("_", " ")) for role in roles),
        ),
        tuple(
            (
                _said(language, right.zh, right.name.lower().replace("_", " ")),
                *("✓" if role in RIGHTS[right.zh] else "—" for role in roles),
            )
            for right in Right
        ),
    )


def _recorders(language: str) -> Table:
    return Table(
        _said(language, "谁登记什么", "Who records what"),
        (_said(language, "登记人", "by"), _said(language, "事实的种类", "kinds of fact")),
        tuple(
            (
                _said(language, *_RECORDERS[recorder]),
                _kinds(language, (name for name in KINDS if RECORDERS[name] is recorder)),
            )
            for recorder in Recorder
        ),
    )


def _some_kinds(names: frozenset[str], zh: str, en: str) -> Callable[[str], Table]:
    def table(language: str) -> Table:
        found = _kinds(language, (name for name in KINDS if name in names))
        return Table(
            _said(language, zh, en),
            (_said(language, "谁", "who"), _said(language, "事实的种类", "kinds of fact")),
            ((_said(language, zh, en), found),),
        )

    return table


def _legend(language: str) -> Table:
    return Table(
        _said(language, "符号和颜色", "Symbols and colours"),
        (_said(language, "结论", "finding"), "English", _said(language, "意思", "meaning")),
        tuple(
            (
                format_html(
                    '<span class="mark is-{}"><span class="symbol" aria-hidden="true">{}</span>{}</span>',
                    mark.key,
                    mark.symbol,
                    mark.word,
                ),
                mark.en,
                mark.means,
            )
            for mark in MARKS
        ),
    )


def _textures(language: str) -> Table:
    return Table(
        _said(language, "图里的三种质地", "The textures of the picture"),
        (_said(language, "质地", "texture"), _said(language, "意思", "meaning")),
        tuple(
            (f"{one.word} {_said(language, '', one.key)}".strip(), one.means) for one in TEXTURES
        ),
    )


def _steps(lifecycle: Lifecycle, en: str) -> Callable[[str], Table]:
    def state(language: str, name: str) -> str:
        return _said(language, lifecycle.states[name], name.replace("_", " "))

    def table(language: str) -> Table:
        between = _said(language, "、", ", ")
        return Table(
            _said(language, f"{lifecycle.zh}的流程", en),
            tuple(
                _said(language, zh, other)
                for zh, other in (
                    ("做什么", "step"),
                    ("从", "from"),
                    ("到", "to"),
                    ("需要", "needs"),
                )
            ),
            tuple(
                (
                    _said(language, step.zh, step.name.replace("_", " ")),
                    between.join(state(language, name) for name in step.froms),
                    state(language, step.to),
                    between.join(step.needs) or "—",
                )
                for step in lifecycle.steps
            ),
        )

    return table


#: What a fence ``table <name>`` is filled with.
TABLES: Mapping[str, Callable[[str], Table]] = {
    "rights": _rights,
    "recorders": _recorders,
    "formal": _some_kinds(FORMAL, "由乙方项目经理登记", "the supplier's manager"),
    "department": _some_kinds(DEPARTMENT, "使用部门可以登记", "the using department"),
    "marks": _legend,
    "textures": _textures,
    "supplement": _steps(SUPPLEMENT, "Steps of an amendment"),
    "statement": _steps(STATEMENT, "Steps of an issued statement"),
}


# ── searching ────────────────────────────────────────────────────────────────────────────────────────────────────


def hits(chapters: Sequence[ManualChapter], sought: str) -> list[Hit]:
    """Sections that hold every word, those with all of them in a heading first."""
    words = _folded(sought).split()
    found = list[tuple[bool, Hit]]()
    for chapter in chapters if words else ():
        for section in chapter.sections:
            heads = _folded(f"{chapter.title} {section.title}")
            if all(word in heads or word in _folded(section.text) for word in words):
                hit = Hit(chapter, section, _excerpt(section.text, words))
                found.append((not all(word in heads for word in words), hit))
    found.sort(key=lambda one: one[0])
    return [hit for _, hit in found]


def _folded(text: str) -> str:
    """As people search: full width is half width, and capitals do not matter."""
    return unicodedata.normalize("NFKC", text).casefold()


def _excerpt(text: str, words: Sequence[str]) -> SafeString:
    """The first place where one of the words stands, with every word marked."""
    folded = _folded(text)
    if len(folded) != len(text):
        text = folded  # a place in the one is then no place in the other
    first = min((at for word in words if (at := folded.find(word)) >= 0), default=0)
    begin, end = max(first - _AROUND, 0), first + 2 * _AROUND
    shown = text[begin:end]
    marked = re.split(f"({'|'.join(map(re.escape, words))})", shown, flags=re.IGNORECASE)
    parts = [
        format_html("<mark>{}</mark>", part) if at % 2 else conditional_escape(part)
        for at, part in enumerate(marked)
    ]
    around = ("…" if begin else "", "…" if end < len(text) else "")
    return mark_safe(f"{around[0]}{''.join(parts)}{around[1]}")  # noqa: S308  every part is escaped
