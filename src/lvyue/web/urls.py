"""The addresses of the pages."""

from __future__ import annotations

from django.urls import path

from lvyue.web.views import (
    account,
    amendments,
    audit,
    changes,
    contracts,
    doubts,
    due_calendar,
    facts,
    manual,
    parameters,
    people,
    portfolio,
    releases,
    settlement,
    sign_in,
    statements,
    styleguide,
    today,
    what_if,
)

app_name = "web"

CONTRACT = "contracts/<slug:contract_id>/"
PERSON = "people/accounts/<str:username>/"
AMENDMENT = f"{CONTRACT}amendments/<int:number>/"

urlpatterns = [
    path("", today.today, name="today"),
    path("calendar/", due_calendar.calendar, name="calendar"),
    path("sign-in/", sign_in.SignIn.as_view(), name="sign-in"),
    path("sign-in/as/", sign_in.enter, name="enter"),
    path("sign-out/", sign_in.SignOut.as_view(), name="sign-out"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
    path("manual/", manual.contents, name="manual"),
    path("manual/whole/", manual.whole, name="manual-whole"),
    path("manual/en/", manual.contents, {"language": "en"}, name="manual-en"),
    path("manual/en/whole/", manual.whole, {"language": "en"}, name="manual-whole-en"),
    path("manual/en/<slug:slug>/", manual.chapter, {"language": "en"}, name="manual-chapter-en"),
    path("manual/<slug:slug>/", manual.chapter, name="manual-chapter"),
    path("account/", account.account, name="account"),
    path("account/password/", account.change_password, name="own-password"),
    path("account/tokens/", account.create_token, name="new-token"),
    path("account/tokens/<int:token_id>/revoke/", account.revoke_token, name="revoke-token"),
    path("audit/", audit.audit, name="audit"),
    path("people/", people.people, name="people"),
    path("people/new-account/", people.new_account, name="new-account"),
    path("people/new-organisation/", people.new_organisation, name="new-organisation"),
    path(PERSON, people.person, name="person"),
    path(f"{PERSON}rename/", people.rename, name="rename"),
    path(f"{PERSON}password/", people.password, name="set-password"),
    path(f"{PERSON}switch-off/", people.switch_off, name="switch-off"),
    path(f"{PERSON}switch-on/", people.switch_on, name="switch-on"),
    path(f"{PERSON}appoint/", people.appoint, name="appoint"),
    path(f"{PERSON}dismiss/", people.dismiss, name="dismiss"),
    path("contracts/", portfolio.contracts, name="contracts"),
    path(f"{CONTRACT}people/", people.contract_people, name="contract-people"),
    path(f"{CONTRACT}audit/", audit.contract_audit, name="contract-audit"),
    path(CONTRACT, contracts.contract, name="contract"),
    path(f"{CONTRACT}calendar/", due_calendar.contract_calendar, name="due-calendar"),
    path(f"{CONTRACT}terms/<slug:term_id>/", contracts.term, name="term"),
    path(f"{CONTRACT}terms/<slug:term_id>/note/", contracts.note, name="note"),
    path(f"{CONTRACT}settlement/", settlement.settlement, name="settlement"),
    path(f"{CONTRACT}statement/", statements.statement, name="statement"),
    path(f"{CONTRACT}statements/", statements.statements, name="statements"),
    path(f"{CONTRACT}statements/issue/", statements.issue, name="statement-issue"),
    path(
        f"{CONTRACT}statements/<int:number>/", statements.issued_statement, name="issued-statement"
    ),
    path(
        f"{CONTRACT}statements/<int:number>/difference/",
        statements.statement_difference,
        name="statement-difference",
    ),
    path(f"{CONTRACT}statements/<int:number>/<slug:name>/", statements.act, name="statement-act"),
    path(f"{CONTRACT}difference/", statements.difference, name="difference"),
    path(f"{CONTRACT}what-if/", what_if.what_if, name="what-if"),
    path(f"{CONTRACT}doubts/", doubts.doubts, name="doubts"),
    path(f"{CONTRACT}parameters/", parameters.parameters, name="parameters"),
    path(f"{CONTRACT}releases/", releases.releases, name="releases"),
    path(f"{CONTRACT}amendments/", amendments.amendments, name="amendments"),
    path(f"{CONTRACT}amendments/new/", amendments.new_amendment, name="new-amendment"),
    path(AMENDMENT, amendments.amendment_page, name="amendment"),
    path(f"{AMENDMENT}edit/", amendments.edit_amendment, name="edit-amendment"),
    path(f"{AMENDMENT}changes/", changes.changes, name="amendment-changes"),
    path(f"{AMENDMENT}changes/remove/", changes.remove_change, name="remove-change"),
    path(f"{AMENDMENT}changes/term/", changes.add_term, name="add-term"),
    path(f"{AMENDMENT}propose/", amendments.propose, name="propose-amendment"),
    path(f"{AMENDMENT}sign/", amendments.sign, name="sign-amendment"),
    path(f"{AMENDMENT}refuse/", amendments.refuse, name="refuse-amendment"),
    path(f"{AMENDMENT}withdraw/", amendments.withdraw, name="withdraw-amendment"),
    path(f"{AMENDMENT}rebase/", amendments.rebase, name="rebase-amendment"),
    path(f"{CONTRACT}facts/", facts.facts, name="facts"),
    path(f"{CONTRACT}facts/new/", facts.new_fact, name="new-fact"),
    path(f"{CONTRACT}facts/import/", facts.import_facts, name="import-facts"),
    path(f"{CONTRACT}facts/import/<int:number>/", facts.upload, name="upload"),
    path(f"{CONTRACT}facts/import/<int:number>/commit/", facts.commit_upload, name="commit-upload"),
    path(f"{CONTRACT}files/<str:sha256>/", facts.evidence_file, name="evidence-file"),
    path(
        f"{CONTRACT}facts/<path:fact_id>/", facts.fact, name="fact"
    ),  # last: an id may be any text
]
