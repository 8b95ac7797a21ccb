"""手册: the manual, for whoever can open the page: it says nothing of any contract and asks nobody to sign in."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lvyue.web.chapters import ManualChapter, address_of, hits, manual_of

#: What stands around the chapters, in their language.
WORDS = {
    "zh": {
        "lang": "zh-CN",
        "manual": "手册",
        "whole": "全文，打印用",
        "seek": "在手册里查找",
        "find": "查找",
        "chapters": "各章",
        "sections": "本章",
        "intro": "第一次用，从第一章开始，照着做一遍。每一页的“这一页是什么”里，都有到相关一章的链接。",
        "found": "找到",
        "nothing": "没有找到。换一个词，或者少写几个字。",
        "other": "English",
        "other_lang": "en",
    },
    "en": {
        "lang": "en",
        "manual": "Manual",
        "whole": "All of it, for printing",
        "seek": "Search the manual",
        "find": "Search",
        "chapters": "Chapters",
        "sections": "In this chapter",
        "intro": "If you are new, begin with the first chapter and do what it says. The help beside each page leads here.",
        "found": "found",
        "nothing": "Nothing. Try another word, or fewer of them.",
        "other": "中文",
        "other_lang": "zh-CN",
    },
}

#: What is asked for is cut here: no search is longer.
LONGEST = 100


@login_not_required
@require_safe
def contents(request: HttpRequest, language: str = "zh") -> HttpResponse:
    """目录: every chapter with its sentence; with ``q``, the sections that hold these words."""
    sought = request.GET.get("q", "").strip()[:LONGEST]
    found = hits(manual_of(language), sought)
    return _page(request, language, "manual", sought=sought, hits=found)


@login_not_required
@require_safe
def whole(request: HttpRequest, language: str = "zh") -> HttpResponse:
    """全文: every chapter on one page, for paper."""
    return _page(request, language, "manual-whole", whole=True)


@login_not_required
@require_safe
def chapter(request: HttpRequest, slug: str, language: str = "zh") -> HttpResponse:
    """一章."""
    chapters = manual_of(language)
    place = next((at for at, one in enumerate(chapters) if one.slug == slug), None)
    if place is None:
        raise Http404(f"手册里没有“{slug}”这一章。")
    before: ManualChapter | None = chapters[place - 1] if place else None
    after = chapters[place + 1] if place + 1 < len(chapters) else None
    return _page(
        request,
        language,
        "manual-chapter",
        slug,
        chapter=chapters[place],
        before=before,
        after=after,
    )


def _page(
    request: HttpRequest, language: str, name: str, *place: str, **more: object
) -> HttpResponse:
    context = {
        "words": WORDS[language],
        "chapters": manual_of(language),
        "manual": address_of("manual", language),
        "whole_page": address_of("manual-whole", language),
        "other": address_of(name, "en" if language == "zh" else "zh", *place),
        **more,
    }
    return render(request, "web/manual.html", context)
