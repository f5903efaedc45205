"""The sets that an evaluator of one organisation may see, read through that organisation's own policies alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from filelock import FileLock

from eval.cases import Case, load_cases
from eval.fault import Fault, SetError
from eval.reviewed import SETS, replace_set, reviewed_set
from eval.sets import SUFFIXES, read_set, read_sets, write_set
from eval.template import write_template
from policybot.catalogue import Catalogue, unknown_clause
from policybot.errors import UnknownOrganisation
from policybot.organisation import require_slug
from policybot.records import Clause, Organisation, Policy

GOLD = Path(__file__).parent / "gold"
MOST_BYTES = 5_000_000
"""Largest file that is taken."""
_LONGEST_NAME = 60


class OwnCatalogue(Catalogue):
    """A catalogue as one organisation sees it: to whoever reads a set through it the others are not there.

    Reading a set tells what lies near a name that was not found. Of another organisation nothing may be told, so it
    is not enough to sort out its cases afterwards. It only reads; every other method of Catalogue fails.
    """

    def __init__(self, whole: Catalogue, organisation: str) -> None:
        # Not Catalogue.__init__: without an engine no inherited method can reach another organisation.
        require_slug("organisation", organisation)
        self._whole, self._slug = whole, organisation

    def organisations(self) -> tuple[Organisation, ...]:
        """Their own. UnknownOrganisation when nobody has ingested it."""
        return (self._whole.organisation(self._slug),)

    def organisation(self, slug: str) -> Organisation:
        """UnknownOrganisation for any but their own."""
        self._require_own(slug)
        return self._whole.organisation(slug)

    def policies(self, slug: str) -> tuple[Policy, ...]:
        """UnknownOrganisation for any but their own."""
        self._require_own(slug)
        return self._whole.policies(slug)

    def clause(self, clause_id: str) -> Clause:
        """UnknownClause, with near ids of their own organisation, for any but their own clauses."""
        clauses = {c.id: c for policy in self.policies(self._slug) for c in policy.clauses}
        if clause_id not in clauses:
            raise unknown_clause(clause_id, list(clauses))
        return clauses[clause_id]

    def _require_own(self, slug: str) -> None:
        if slug != self._slug:
            raise UnknownOrganisation(f"organisation {slug}", "nobody has ingested it", "Correct it, or ingest it")


@dataclass(frozen=True, slots=True)
class OwnSet:
    """A set that an evaluator may run. `key` is unique among their sets: 'shipped/traps', 'own/my-set', 'reviewed'."""

    key: str
    label: str
    path: Path


def sets_of(home: Path, organisation: str) -> tuple[OwnSet, ...]:
    """The organisation's sets: reviewed questions, those uploaded, those shipped, each in the order of their names.

    Which are its own is told by where a file lies, never by what it says. ValueError for no slug.
    """
    reviewed = reviewed_set(home, organisation)
    found = [OwnSet("reviewed", "Reviewed answers", reviewed)] if reviewed.is_file() else []
    uploaded = (p for p in sorted((home / SETS / organisation).glob("*.jsonl")) if not p.name.startswith("."))
    found += [OwnSet(f"own/{p.stem}", p.stem, p) for p in uploaded]
    shipped = {
        "": ("Shipped: used in development", GOLD / f"{organisation}.jsonl"),
        "further": ("Shipped: not used in development", GOLD / "own" / f"{organisation}.jsonl"),
        "traps": ("Shipped: traps, which only another policy answers", GOLD / "own" / f"{organisation}.traps.jsonl"),
        "disclosures": ("Shipped: worries about a child", GOLD / "own" / f"{organisation}.disclosures.jsonl"),
    }
    return (*found, *(OwnSet(f"shipped/{name}", label, path) for name, (label, path) in shipped.items() if path.is_file()))


def read_own(sets: Sequence[OwnSet], catalogue: Catalogue, organisation: str) -> tuple[Case, ...]:
    """All cases of the sets. SetError tells what is wrong in every file, a case of another organisation too."""
    return read_sets([s.path for s in sets], OwnCatalogue(catalogue, organisation))


def read_upload(name: str, content: bytes, catalogue: Catalogue, organisation: str) -> tuple[Case, ...]:
    """The cases of a file that somebody sends; nothing is kept. SetError tells everything that is wrong in it."""
    suffix = Path(name).suffix.lower()
    if suffix not in SUFFIXES:
        cause = f"a set cannot be a {suffix} file" if suffix else "a set cannot be a file without an ending"
        raise SetError(name, [Fault("the file", cause, f"Save it as one of {', '.join(SUFFIXES)}")])
    if len(content) > MOST_BYTES:
        raise SetError(name, [Fault("the file", f"it is larger than {MOST_BYTES // 1_000_000} MB", "Divide it into several")])
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{_stem(name)}{suffix}"
        path.write_bytes(content)
        return read_set(path, OwnCatalogue(catalogue, organisation))


def keep_upload(name: str, cases: Sequence[Case], home: Path, organisation: str) -> OwnSet:
    """Keep cases of `read_upload` under the file's name, in the place of an older set of that name.

    ValueError when a case is not the organisation's.
    """
    require_slug("organisation", organisation)
    if any(case.organisation != organisation for case in cases):
        raise ValueError(f"a case is not of organisation {organisation!r}")
    path = home / SETS / organisation / f"{_stem(name)}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_set(path, cases)
    return OwnSet(f"own/{path.stem}", path.stem, path)


def template_of(organisation: Organisation) -> bytes:
    """The spreadsheet to fill in, .xlsx, with this organisation alone in its list."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "template.xlsx"
        write_template(path, [organisation])
        return path.read_bytes()


def is_own(own: OwnSet) -> bool:
    """Whether the evaluators made the set themselves; what ships with the program is read-only."""
    return not own.key.startswith("shipped/")


def spreadsheet_of(own: OwnSet) -> bytes:
    """The set as .xlsx, which can be sent again after it was changed. CaseError or SetError when it cannot be read."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "set.xlsx"
        # Not read_set: a clause that went with an older policy must not keep anybody from mending the set.
        write_set(path, load_cases(own.path))
        return path.read_bytes()


def delete_set(home: Path, organisation: str, key: str) -> None:
    """Delete one of the organisation's own sets. SetError when it has none under this key, and nothing is deleted."""
    own = next((s for s in sets_of(home, organisation) if s.key == key and is_own(s)), None)
    if own is None:
        raise SetError(key, [Fault("the set", "your organisation has no set of its own under this name", "Reload the page")])
    with FileLock(own.path.with_suffix(".lock")):
        own.path.unlink(missing_ok=True)


def _stem(name: str) -> str:
    """'../My set (2).xlsx' -> 'my-set-2': a file's name on every system, and no path."""
    return re.sub(r"[^a-z0-9]+", "-", Path(name).stem.lower()).strip("-")[:_LONGEST_NAME] or "set"
