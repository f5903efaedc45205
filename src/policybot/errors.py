"""The tree of errors. Each message names the thing, the cause and the cure.

PolicybotError
├── SettingsError            a setting is unknown or impossible
├── DocumentError            a file cannot be read as a policy (exit code 2)
│   ├── EmptyDocument
│   ├── EncryptedDocument
│   ├── ImageOnlyDocument    needs OCR
│   ├── BrokenDocument       truncated, or not the format its name says
│   ├── UnknownEncoding
│   └── UnsupportedFormat
├── CorpusError              a folder is not a corpus, or two files claim one policy
├── IngestBusy               another ingest holds the lock
├── UnknownOrganisation
├── UnknownClause
├── IndexMismatch            the index was built by another model
├── ScopeViolation           a hit from another organisation: a bug, never shown
├── ModelError               a model is missing or not the one it should be
├── SignInError              nobody, or nobody we know, is signed in
├── BatchError               a line of a batch is not a question
└── ChatUnavailable          a chat model gave no answer that can be used; the composed one stands
    ├── ChatTimedOut         too late
    ├── ChatRefused          it said no, or nobody listens at its address
    ├── ChatBroken           it broke off, or what came back cannot be read
    └── ChatResting          not asked: it has failed too often just before
"""

from __future__ import annotations


class PolicybotError(Exception):
    """Root of all errors this program raises on purpose.

    `thing` is what went wrong with, `cause` why, `cure` what the reader can do.
    """

    def __init__(self, thing: str, cause: str, cure: str) -> None:
        super().__init__(f"{thing}: {cause}. {cure}")
        self.thing, self.cause, self.cure = thing, cause, cure


class SettingsError(PolicybotError):
    """A setting is unknown or impossible."""


class DocumentError(PolicybotError):
    """A file cannot be read as a policy."""


class EmptyDocument(DocumentError):
    """There are no words in the file."""


class EncryptedDocument(DocumentError):
    """The file is locked with a password."""


class ImageOnlyDocument(DocumentError):
    """The pages are pictures; reading them needs OCR."""


class BrokenDocument(DocumentError):
    """The file is cut short, or is not the format its name says."""


class UnknownEncoding(DocumentError):
    """The bytes are text in no encoding we can tell."""


class UnsupportedFormat(DocumentError):
    """No reader for this kind of file."""


class CorpusError(PolicybotError):
    """A folder is not a corpus, or its files contradict each other."""


class IngestBusy(PolicybotError):
    """Another ingest is writing."""


class UnknownOrganisation(PolicybotError):
    """Nobody has ingested this organisation."""


class UnknownClause(PolicybotError):
    """No current clause has this id."""


class IndexMismatch(PolicybotError):
    """The index was built by another embedding model."""


class ScopeViolation(PolicybotError):
    """A clause of another organisation came out of a shelf. Always a bug; never shown."""


class ModelError(PolicybotError):
    """A model is missing or is not the one it should be."""


class SignInError(PolicybotError):
    """Nobody we know is signed in."""


class BatchError(PolicybotError):
    """A line of a batch is not a question."""


class ChatUnavailable(PolicybotError):
    """A chat model gave no answer that can be used. What came before the failure is not one either."""


class ChatTimedOut(ChatUnavailable):
    """The first words, or the last, did not come in time."""


class ChatRefused(ChatUnavailable):
    """The provider answered with an HTTP error, or could not be reached at all."""


class ChatBroken(ChatUnavailable):
    """The answer broke off, was empty, or was not in the provider's own format."""


class ChatResting(ChatUnavailable):
    """The circuit is open: the model failed too often just before, and was not asked."""
