"""The words of titles, and the blocks of numbers, among the words: the index is emptied, and follows anew by itself."""

from __future__ import annotations

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

CREATE = {
    "sqlite": (
        """CREATE VIRTUAL TABLE search_posting USING fts5(words, content='', prefix='1',
        tokenize="unicode61 remove_diacritics 0 tokenchars '-._/@:+'")""",
    ),
    "postgresql": (
        "CREATE TABLE search_posting (entry bigint PRIMARY KEY, words tsvector NOT NULL)",
        "CREATE INDEX search_posting_words ON search_posting USING gin (words)",
    ),
}


def begin_anew(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("search", "IndexProgress").objects.all().delete()
    apps.get_model("search", "IndexEntry").objects.all().delete()
    editor.execute("DROP TABLE search_posting")
    for sql in CREATE[editor.connection.vendor]:
        editor.execute(sql)


class Migration(migrations.Migration):
    dependencies = [("search", "0001_first")]

    operations = [migrations.RunPython(begin_anew, elidable=False)]
