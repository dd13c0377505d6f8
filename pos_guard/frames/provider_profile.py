"""What one provider's requests and replies look like, as data: a TOML file a provider.

A profile names which requests there are, where their money stands, what a reply says and how a
refusal is written; ``provider_request``, ``provider_reply`` and ``provider_refusal`` read by it.
The files in ``data/providers`` come with this package; a vendor writes his own
(docs/link-providers.md). Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pos_guard.frames.provider_shape import Shape
from pos_guard.model import Tender


class Op(StrEnum):
    """What a request asks the provider to do."""

    SALE = "sale"
    REFUND = "refund"
    REVERSE = "reverse"
    """Undo an order whatever became of it: closes an unpaid one, refunds a paid one whole."""
    CLOSE = "close"
    """Close an unpaid order; refused for a paid one."""
    QUERY = "query"
    REFUND_QUERY = "refund-query"
    OTHER = "other"
    """Moves no money, and its answer is not read: certificates, bills, reports."""


class Body(StrEnum):
    """How a body is written."""

    JSON = "json"
    XML = "xml"
    """Flat elements below ``<xml>``."""
    FORM = "form"
    """``name=value`` in query and body together, in the charset that ``charset`` names."""


class Unit(StrEnum):
    """How amounts are written."""

    MINOR = "minor"
    """A whole number of minor units (fen)."""
    MAJOR = "major"
    """Decimal text in major units (yuan), with at most the currency's decimals."""


@dataclass(frozen=True, slots=True)
class Signer:
    """A header that names who signed: ``scheme`` begins it, ``field`` is quoted in it."""

    header: str
    scheme: str
    field: str


@dataclass(frozen=True, slots=True)
class Read:
    """Where in a request the pieces stand: dotted paths; the first of ``payee`` that is there."""

    order: str | None = None
    transaction: str | None = None
    refund: str | None = None
    amount: str | None = None
    total: str | None = None
    currency: str | None = None
    payee: tuple[str, ...] = ()
    code: str | None = None

    def paths(self) -> Iterator[str]:
        """All paths that are named."""
        for name in ("order", "transaction", "refund", "amount", "total", "currency", "code"):
            path: str | None = getattr(self, name)
            if path is not None:
                yield path
        yield from self.payee


@dataclass(frozen=True, slots=True)
class Said:
    """What an accepted reply says: where its state stands and what the states mean.

    ``wrap`` is the member that holds the answer. Without ``state`` acceptance itself is the
    state, called ``done``; with it, a reply that has no state but all of ``done_with`` is
    ``done``. ``again``: values that mean "not done yet". ``declined_without``: a field whose
    presence makes a declining state doubtful. ``unsure``: codes that say of other requests, but
    not of this one, that it moved nothing. ``reversed``: states that say of a reversal that
    it happened. ``same``: pieces of the request and where the reply must repeat them.
    """

    wrap: str | None = None
    state: str | None = None
    done: str = "DONE"
    done_with: tuple[str, ...] = ()
    approved: frozenset[str] = frozenset()
    declined: frozenset[str] = frozenset()
    declined_without: str | None = None
    unsure: frozenset[str] = frozenset()
    reversed: frozenset[str] = frozenset()
    again: Mapping[str, str] = field(default_factory=dict[str, str])
    same: Mapping[str, str] = field(default_factory=dict[str, str])
    amount: str | None = None
    currency: str | None = None
    receipt: str | None = None
    payee: str | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of request: what it is known by, all fields that it may hold, what they mean.

    ``path`` may hold ``{names}``; ``call`` is the value of the profile's ``call_field``.
    Whatever ``read`` names must be there, but for ``optional`` and ``one_of`` (exactly one).
    """

    op: Op
    path: str
    method: str = "POST"
    call: str | None = None
    fields: Shape = field(default_factory=Shape)
    read: Read = Read()
    optional: frozenset[str] = frozenset()
    one_of: tuple[str, ...] = ()
    reply: Said = Said()


@dataclass(frozen=True, slots=True)
class Replies:
    """What holds for all replies of a provider.

    ``statuses`` and ``accepted`` (field values) must fit for a request to count as carried out;
    else one of ``errors`` holding a code of ``definite``, under a status from ``failing[0]`` to
    ``failing[1]``, says that it moved nothing. ``done_before``: codes of a second reversal.
    ``stray``: the member that holds errors of requests which were not understood.
    """

    body: Body
    errors: tuple[str, ...]
    definite: frozenset[str]
    statuses: tuple[int, ...] = (200,)
    failing: tuple[int, ...] = (200, 200)
    accepted: Mapping[str, str] = field(default_factory=dict[str, str])
    done_before: frozenset[str] = frozenset()
    stray: str | None = None


@dataclass(frozen=True, slots=True)
class No:
    """One refusal: its HTTP status, and the provider's own code for it."""

    status: int
    code: str


@dataclass(frozen=True, slots=True)
class Refusals:
    """How a no is written; ``reasons`` by the verdict's reason.

    ``fields`` may hold ``{code}``, ``{message}``, ``{issue}``, ``{field}`` (left out where none
    is at fault) and ``{wrap}``. ``ascii``: text
    beyond ASCII is escaped, for tills that read other charsets than UTF-8.
    """

    type: str
    fields: Shape
    otherwise: No
    unknown: No
    reasons: Mapping[str, No] = field(default_factory=dict[str, No])
    ascii: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """One provider. ``formats`` are regular expressions by the last name of a field's path.

    ``passes``: beginnings of plain GET paths that may pass unread. ``common``: fields that every
    request may hold. ``unfold``: form fields that hold JSON.
    """

    name: str
    title: str
    host: str
    tender: Tender
    currency: str
    unit: Unit
    body: Body
    request: tuple[Rule, ...]
    reply: Replies
    refusal: Refusals
    sources: tuple[str, ...]
    formats: Mapping[str, str] = field(default_factory=dict[str, str])
    passes: tuple[str, ...] = ()
    common: Shape = field(default_factory=Shape)
    call_field: str | None = None
    unfold: tuple[str, ...] = ()
    signer: Signer | None = None
