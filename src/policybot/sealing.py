"""The seal of a receipt: proof, on the installation that issued it, that it did.

A hash alone proves only that nothing was altered by accident: whoever alters a file on purpose makes a new hash. A seal
is made with a key that never leaves this database.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import asdict, dataclass
from typing import Any

from policybot.database import open_engine, writing
from policybot.migrations import upgrade
from policybot.pseudonym import pseudonym
from policybot.receipt import UNREADABLE, Receipt, ReceiptError
from policybot.settings import Settings

PURPOSE = "seal of receipts"
FORMAT = 1
CLAIMS = ("sha256", "seal", "shown", "shown_seal")


def sealing_key(settings: Settings, organisation: str) -> bytes:
    """The organisation's key (32 bytes), always the same: drawn from the secret of this database, which is made on first use."""
    engine = open_engine(settings)
    try:
        upgrade(writing(engine))
        return bytes.fromhex(pseudonym(engine, organisation, "the installation", PURPOSE))
    finally:
        engine.dispose()


@dataclass(frozen=True, slots=True)
class Envelope:
    """A receipt as it travels, with what is claimed of it: its hash, its seal, and the same of what the file shows a reader.

    `shown` is a SHA-256 (hex, 64), '' where the file is the receipt alone or does not say.
    """

    receipt: Receipt
    sha256: str
    seal: str
    shown: str = ""
    shown_seal: str = ""

    def altered(self) -> bool:
        """Whether the hash is not the receipt's."""
        return not hmac.compare_digest(self.sha256, self.receipt.sha256)

    def sealed_with(self, key: bytes) -> bool:
        """Whether the seal was made with `key`."""
        return hmac.compare_digest(self.seal, _seal(key, "receipt", self.receipt.sha256))

    def shown_sealed_with(self, key: bytes) -> bool:
        """Whether the seal of what the file shows was made with `key`."""
        return hmac.compare_digest(self.shown_seal, seal_of_shown(self.receipt, key, self.shown))


def sealed(receipt: Receipt, key: bytes, shown: str = "") -> Envelope:
    """The receipt ready to travel; `shown`: SHA-256 of what the file around it shows."""
    tied = seal_of_shown(receipt, key, shown) if shown else ""
    return Envelope(receipt, receipt.sha256, _seal(key, "receipt", receipt.sha256), shown, tied)


def seal_of_shown(receipt: Receipt, key: bytes, shown: str) -> str:
    """Ties what a file shows to its receipt (hex, 64)."""
    return _seal(key, "shown", receipt.sha256, shown)


def digest_of_lines(text: str) -> str:
    """SHA-256 (hex, 64) of the text, white space and all: blank lines can hide an answer. Only how a line ends (LF or CRLF)
    does not count."""
    return hashlib.sha256(text.replace("\r\n", "\n").encode("utf-8", "replace")).hexdigest()


def as_line(envelope: Envelope) -> str:
    """The envelope as one line of JSON, in ASCII: no program on its way can take it for anything else."""
    return json.dumps(_fields(envelope), sort_keys=True, separators=(",", ":"))


def as_file(envelope: Envelope) -> bytes:
    """The envelope as a file of its own, for people to read as well."""
    return (json.dumps(_fields(envelope), ensure_ascii=False, indent=1) + "\n").encode()


def envelope_of(text: str) -> Envelope:
    """The envelope that JSON holds. ReceiptError where it holds none, or anything else besides."""
    try:
        held = json.loads(text, object_pairs_hook=_named_once)
    except (ValueError, RecursionError) as wrong:
        raise ReceiptError("The receipt", "it is not JSON", UNREADABLE) from wrong
    if not isinstance(held, dict) or held.get("policybot_receipt") != FORMAT:
        raise ReceiptError("The receipt", f"it is not a policybot receipt of format {FORMAT}", UNREADABLE)
    unknown = held.keys() - {"policybot_receipt", "receipt", *CLAIMS}
    if unknown:
        raise ReceiptError("The receipt", f"there is something else in it: {min(unknown)!r}", UNREADABLE)
    claims = {name: held.get(name, "") for name in CLAIMS}
    if not all(isinstance(claim, str) and claim.isascii() for claim in claims.values()):
        raise ReceiptError("The receipt", "its hash or its seal is not text", UNREADABLE)
    return Envelope(Receipt.from_fields(held.get("receipt")), **claims)


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The JSON object. ReceiptError where it says one thing twice: another program may read the other of the two."""
    held = dict(pairs)
    if len(held) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ReceiptError("The receipt", f"it says {twice!r} twice", UNREADABLE)
    return held


def _fields(envelope: Envelope) -> dict[str, Any]:
    claims = {name: claim for name in CLAIMS if (claim := getattr(envelope, name))}
    return {"policybot_receipt": FORMAT, "receipt": asdict(envelope.receipt), **claims}


def _seal(key: bytes, *said: str) -> str:
    """HMAC-SHA-256 (hex, 64; RFC 2104)."""
    return hmac.new(key, "\n".join(said).encode(), hashlib.sha256).hexdigest()
