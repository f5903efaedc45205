"""Isolation: nothing gets another organisation's clause out of a shelf, and no crash half a version.

Another organisation's rule in an answer is the worst fault this program could have, so
these tests go behind its back: they write into Chroma and SQLite directly, and kill it.
"""

from __future__ import annotations

import contextlib
import inspect
import os
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Mapping
from pathlib import Path

import chromadb
import numpy as np
import pytest
from conftest import CountingEmbeddings, make_organisation, make_policy
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from policybot.catalogue import Catalogue
from policybot.errors import ScopeViolation, UnknownClause
from policybot.index import Index, VectorKey, collection_name
from policybot.library import Library
from policybot.models import reading_model
from policybot.records import Policy
from policybot.settings import Settings
from policybot.shelf import Shelf

SLUGS = ("oak", "oak-hill", "oak-hill-oak", "o", "-".join(["oak"] * 40), "-".join(["oak"] * 41))
"""Prefixes of each other, and two that differ only far behind what a collection's name holds."""
TEXTS = (
    "Staff must not post photographs.",
    "Staff may post photographs.",
    "Passwords are changed every term.",
    "oak-hill/rules/p0 belongs to oak-hill.",
    "Ask the head of oak.",
)


# -- whatever is done, in whatever order


class Tenants(RuleBasedStateMachine):
    """Several organisations publish, withdraw and search; a dictionary says what must be found."""

    @initialize()
    def open(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.settings = Settings.load(home=self.folder.name)
        self.catalogue = Catalogue.open(self.settings)
        self.library = Library.open(self.settings, self.catalogue, CountingEmbeddings())
        self.truth: dict[str, dict[str, Policy]] = {slug: {} for slug in SLUGS}
        for slug in SLUGS:
            self.catalogue.save_organisation(make_organisation(slug))

    @rule(
        slug=st.sampled_from(SLUGS),
        name=st.sampled_from(("rules", "oak", "hill")),
        texts=st.lists(st.sampled_from(TEXTS), min_size=1, max_size=4),
    )
    def publish(self, slug: str, name: str, texts: list[str]) -> None:
        policy = make_policy(slug, *texts, name=name)
        self.library.publish(policy)
        self.truth[slug][policy.id] = policy

    @rule(slug=st.sampled_from(SLUGS), name=st.sampled_from(("rules", "oak", "hill")))
    def withdraw(self, slug: str, name: str) -> None:
        self.library.withdraw(f"{slug}/{name}")
        self.truth[slug].pop(f"{slug}/{name}", None)

    @rule()
    def restart(self) -> None:
        self.library = Library.open(self.settings, self.catalogue, CountingEmbeddings())

    @rule()
    def reindex(self) -> None:
        self.library.reindex()

    @rule(slug=st.sampled_from(SLUGS), other=st.sampled_from(SLUGS), text=st.sampled_from(TEXTS), k=st.integers(1, 30))
    def search(self, slug: str, other: str, text: str, k: int) -> None:
        shelf = self.library.shelf(slug)
        for hit in shelf.search(f"{text} {other}", k):
            assert hit.clause in self.truth[slug][hit.clause.policy_id].clauses
        for clause in self.library.shelf(other).clauses():
            if other != slug:
                with pytest.raises(UnknownClause):
                    shelf.clause(clause.id)

    @invariant()
    def every_shelf_holds_its_own_and_all_of_it(self) -> None:
        for slug, policies in self.truth.items():
            shelf = self.library.shelf(slug)
            assert {policy.id: policy for policy in shelf.policies()} == policies
            assert len(shelf.search("staff", k=100)) == sum(len(policy.clauses) for policy in policies.values())

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.catalogue.close()
            self.folder.cleanup()


# Not shrunk: a step takes real stores 0.1 s, a failing run is short already, and shrinking took minutes.
Tenants.TestCase.settings = hypothesis_settings(
    max_examples=10,
    stateful_step_count=8,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
TestTenants = Tenants.TestCase


def test_only_a_shelf_can_search_and_a_shelf_needs_an_organisation() -> None:
    public = {name for name in dir(Library) if not name.startswith("_")}
    assert public == {"open", "shelf", "publish", "withdraw", "reindex"}
    parameter = inspect.signature(Library.shelf).parameters["organisation"]
    assert parameter.default is inspect.Parameter.empty and parameter.annotation == "str"
    assert set(inspect.signature(Shelf.search).parameters) == {"self", "text", "k"}


# -- somebody writes into the stores behind the program's back


@pytest.fixture
def two(library: Library, catalogue: Catalogue) -> Library:
    """oak and oak-hill, each with the same words."""
    for slug in ("oak", "oak-hill"):
        catalogue.save_organisation(make_organisation(slug))
        library.publish(make_policy(slug, TEXTS[0], TEXTS[2]))
    return library


def reopened(settings: Settings) -> Library:
    return Library.open(settings, Catalogue.open(settings), CountingEmbeddings())


def write_vector(settings: Settings, slug: str, vector_id: str, metadata: Mapping[str, str]) -> None:
    with chromadb.PersistentClient(str(settings.index)) as client:
        collection = client.get_collection(collection_name(slug), embedding_function=None)
        collection.upsert(ids=[vector_id], embeddings=[[1.0] * 64], metadatas=[dict(metadata)])


def written(organisation: str, key: VectorKey) -> dict[str, str]:
    return {"organisation": organisation, **key._asdict()}


FOREIGN = VectorKey("oak-hill/rules/p0", "0" * 32, "path")


@pytest.mark.parametrize(
    ("vector_id", "metadata"),
    [
        pytest.param(FOREIGN.id, written("oak-hill", FOREIGN), id="foreign"),
        pytest.param(FOREIGN.id, written("oak", FOREIGN), id="foreign, says it is ours"),
        pytest.param("oak/rules/p0@0#path", written("oak", FOREIGN), id="foreign under one of our ids"),
        pytest.param(FOREIGN.id, written("oak", VectorKey("oak/rules/p0", "0", "path")), id="ours under a foreign id"),
        pytest.param("oak/rules/p0@0#path", {"organisation": "oak"}, id="nothing written on it"),
    ],
)
def test_a_foreign_vector_in_a_collection_stops_the_shelf(
    two: Library, settings: Settings, vector_id: str, metadata: dict[str, str]
) -> None:
    write_vector(settings, "oak", vector_id, metadata)
    with pytest.raises(ScopeViolation):
        reopened(settings).shelf("oak")
    assert len(reopened(settings).shelf("oak-hill").clauses()) == 2


@pytest.mark.parametrize("clause_id", ["oak/rules/p0", "oak/rules/p99", "oak/other/p0"])
def test_a_vector_of_a_publication_that_is_not_current_is_ignored(
    two: Library, settings: Settings, clause_id: str
) -> None:
    key = VectorKey(clause_id, "0" * 32, "path")
    write_vector(settings, "oak", key.id, written("oak", key))
    shelf = reopened(settings).shelf("oak")
    assert [clause.id for clause in shelf.clauses()] == ["oak/rules/p0", "oak/rules/p1"]
    assert not np.allclose(shelf.vectors()[0], np.ones(64))


def test_a_collection_that_says_it_is_somebody_elses_stops_the_shelf(two: Library, settings: Settings) -> None:
    with chromadb.PersistentClient(str(settings.index)) as client:
        collection = client.get_collection(collection_name("oak"), embedding_function=None)
        collection.modify(metadata={**collection.metadata, "organisation": "oak-hill"})
    with pytest.raises(ScopeViolation):
        reopened(settings).shelf("oak")
    with pytest.raises(ScopeViolation):
        reopened(settings).publish(make_policy("oak", TEXTS[1]))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE clauses SET organisation = 'oak' WHERE organisation = 'oak-hill'",
        "UPDATE clauses SET organisation = 'oak', policy_id = 'oak/rules' WHERE organisation = 'oak-hill'",
        "UPDATE clauses SET organisation = 'oak', policy_id = 'oak/rules', clause_id = 'oak/' || clause_id"
        " WHERE organisation = 'oak-hill'",
        "UPDATE versions SET organisation = 'oak' WHERE organisation = 'oak-hill'",
        "UPDATE versions SET organisation = 'oak', policy_id = 'oak/b' WHERE organisation = 'oak-hill'",
        "UPDATE clauses SET text = 'Staff may post photographs.' WHERE organisation = 'oak-hill' AND position = 0",
    ],
)
def test_altered_rows_are_never_shown(two: Library, settings: Settings, statement: str) -> None:
    # A connection of our own: SQLite keeps foreign keys off unless it is told otherwise.
    with contextlib.closing(sqlite3.connect(settings.home / "policybot.db")) as database, database:
        assert database.execute(statement).rowcount > 0
    refused = 0
    for slug in ("oak", "oak-hill"):
        try:
            shelf = reopened(settings).shelf(slug)
        except ScopeViolation:
            refused += 1
            continue
        expected = make_policy(slug, TEXTS[0], TEXTS[2]).clauses
        assert all(clause in expected for clause in shelf.clauses())
    assert refused == 1


def test_a_shelf_cannot_be_made_of_another_organisations_clauses() -> None:
    vectors = np.ones((1, 64), dtype=np.float32)
    foreign = make_policy("oak-hill", TEXTS[0])
    with pytest.raises(ScopeViolation):
        Shelf(make_organisation("oak"), "v", (foreign,), vectors, vectors, CountingEmbeddings(), reading_model(Settings.load()))


def test_what_is_on_another_shelf_changes_no_score(two: Library) -> None:
    before = [(hit.score, hit.lexical) for hit in two.shelf("oak").scores("photographs and passwords")]
    two.publish(make_policy("oak-hill", *(f"photographs {n}" for n in range(40)), name="albums"))
    assert [(hit.score, hit.lexical) for hit in two.shelf("oak").scores("photographs and passwords")] == before


# -- a publication dies


class Crash(Exception):
    """The process dies here."""


class DyingCatalogue(Catalogue):
    """Dies before or after one of its own steps."""

    step = ""

    def stage(self, policy: Policy) -> str:
        self._die("before stage")
        publication = super().stage(policy)
        self._die("after stage")
        return publication

    def flip(self, publication: str) -> None:
        self._die("before flip")
        super().flip(publication)
        self._die("after flip")

    def withdraw(self, policy_id: str) -> None:
        super().withdraw(policy_id)
        self._die("after withdraw")

    def _die(self, step: str) -> None:
        if self.step == step:
            raise Crash(step)


class DyingIndex(Index):
    """Dies when half of a policy's vectors are written."""

    def add(self, organisation: str, vectors: Mapping[VectorKey, list[float]]) -> None:
        super().add(organisation, dict(list(vectors.items())[: len(vectors) // 2]))
        raise Crash("half the vectors")


OLD = make_policy("oak", TEXTS[0], TEXTS[2], TEXTS[4])
NEW = make_policy("oak", TEXTS[1], TEXTS[2])


def stored(settings: Settings) -> int:
    with chromadb.PersistentClient(str(settings.index)) as client:
        return client.get_collection(collection_name("oak"), embedding_function=None).count()


def require_whole(settings: Settings, *policies: Policy) -> None:
    """A fresh process shows exactly these, and the next publication clears up."""
    library = reopened(settings)
    shelf = library.shelf("oak")
    assert shelf.policies() == policies
    assert len(shelf.search("staff")) == sum(len(policy.clauses) for policy in policies)
    library.publish(NEW)
    assert library.shelf("oak").policies() == (NEW,)
    library.publish(OLD)
    assert library.shelf("oak").policies() == (OLD,) and stored(settings) == 2 * len(OLD.clauses)


@pytest.fixture
def published(settings: Settings, library: Library, catalogue: Catalogue) -> Settings:
    """A home where the old version is published."""
    catalogue.save_organisation(make_organisation("oak"))
    library.publish(OLD)
    return settings


@pytest.mark.parametrize(
    ("step", "survivor"),
    [("before stage", OLD), ("after stage", OLD), ("before flip", OLD), ("after flip", NEW)],
)
def test_a_crash_in_the_catalogue_leaves_a_whole_version(published: Settings, step: str, survivor: Policy) -> None:
    catalogue = DyingCatalogue.open(published)
    catalogue.step = step
    with pytest.raises(Crash):
        Library.open(published, catalogue, CountingEmbeddings()).publish(NEW)
    require_whole(published, survivor)


def test_a_crash_between_the_vectors_leaves_the_old_version(published: Settings) -> None:
    model = CountingEmbeddings()
    index = DyingIndex.open(published, model.fingerprint)
    with pytest.raises(Crash):
        Library(index, Catalogue.open(published), model, reading_model(published)).publish(NEW)
    require_whole(published, OLD)


@pytest.mark.parametrize("texts", [0, 1, 3])
def test_a_model_that_dies_leaves_the_old_version(published: Settings, texts: int) -> None:
    dying = Library.open(published, Catalogue.open(published), CountingEmbeddings(fail_after=texts))
    with pytest.raises(RuntimeError, match="the model died"):
        dying.publish(NEW)
    require_whole(published, OLD)


def test_a_crash_in_the_first_publication_leaves_an_empty_shelf(settings: Settings) -> None:
    catalogue = DyingCatalogue.open(settings)
    catalogue.save_organisation(make_organisation("oak"))
    catalogue.step = "before flip"
    with pytest.raises(Crash):
        Library.open(settings, catalogue, CountingEmbeddings()).publish(NEW)
    require_whole(settings)


def test_a_crash_in_a_withdrawal_leaves_nothing_to_be_found(published: Settings) -> None:
    catalogue = DyingCatalogue.open(published)
    catalogue.step = "after withdraw"
    with pytest.raises(Crash):
        Library.open(published, catalogue, CountingEmbeddings()).withdraw(OLD.id)
    require_whole(published)


KILLED = """
    import os, sys
    from test_scope import NEW
    from conftest import CountingEmbeddings
    from policybot.catalogue import Catalogue
    from policybot.library import Library
    from policybot.settings import Settings

    class Killed(Catalogue):
        def flip(self, publication):
            os._exit(9)

    settings = Settings.load(home=sys.argv[1])
    Library.open(settings, Killed.open(settings), CountingEmbeddings()).publish(NEW)
"""


def test_a_killed_process_leaves_the_old_version(published: Settings) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    program = [sys.executable, "-c", textwrap.dedent(KILLED), str(published.home)]
    assert subprocess.run(program, env=environment, check=False).returncode == 9
    assert stored(published) == 2 * (len(OLD.clauses) + len(NEW.clauses))
    require_whole(published, OLD)
