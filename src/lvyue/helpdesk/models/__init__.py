"""The rows of the help desk, one module for each noun."""

from __future__ import annotations

from lvyue.helpdesk.models.channels import Call, DeskChannel, Incoming, Outgoing
from lvyue.helpdesk.models.consents import PriorConsent
from lvyue.helpdesk.models.duty import DutyHandover, DutyLog, DutyRoster, DutySwap, ReachTest
from lvyue.helpdesk.models.knowledge import Article, ArticleVersion
from lvyue.helpdesk.models.losses import LossFile, LossPaper
from lvyue.helpdesk.models.parts import FittedPart
from lvyue.helpdesk.models.remote import (
    RemoteAttempt,
    RemoteCommand,
    RemotePermission,
    SystemOwner,
)
from lvyue.helpdesk.models.reviews import MajorReview, ReviewAction
from lvyue.helpdesk.models.sieves import SavedSieve
from lvyue.helpdesk.models.tickets import Ticket, TicketEvent, TicketNumber

__all__ = [
    "Article",
    "ArticleVersion",
    "Call",
    "DeskChannel",
    "DutyHandover",
    "DutyLog",
    "DutyRoster",
    "DutySwap",
    "FittedPart",
    "Incoming",
    "LossFile",
    "LossPaper",
    "MajorReview",
    "Outgoing",
    "PriorConsent",
    "ReachTest",
    "RemoteAttempt",
    "RemoteCommand",
    "RemotePermission",
    "ReviewAction",
    "SavedSieve",
    "SystemOwner",
    "Ticket",
    "TicketEvent",
    "TicketNumber",
]
