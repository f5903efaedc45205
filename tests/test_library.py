"""The library and its shelves, over real SQLite, real Chroma and the packaged model."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import chromadb
import numpy as np
import pytest
from conftest import CountingEmbeddings, make_organisation, make_policy

from policybot.catalogue import Catalogue
from policybot.errors import IndexMismatch, SettingsError, UnknownClause, UnknownOrganisation
from policybot.features import UNREAD
from policybot.index import Index, collection_name
from policybot.lexical import LexicalIndex
from policybot.library import Library
from policybot.measuring import READ, READ_PART, RULED, WIDER, fuse
from policybot.settings import Settings
from policybot.vectors import FingerprintedEmbeddings

PHOTOGRAPHS = "Images of pupils are never put on social networks."
PASSWORDS = "Passwords are changed every term and told to nobody."
KETTLES = "Kettles are switched off by whoever leaves last."


@pytest.fixture
def oak(library: Library, catalogue: Catalogue) -> Library:
    catalogue.save_organisation(make_organisation("oak"))
    return library


def stored_ids(settings: Settings, slug: str) -> list[str]:
    with chromadb.PersistentClient(str(settings.index)) as client:
        return client.get_collection(collection_name(slug), embedding_function=None).get(include=[])["ids"]


# -- searching


def test_the_clause_that_means_the_question_comes_first(
    settings: Settings, catalogue: Catalogue, embeddings: FingerprintedEmbeddings
) -> None:
    library = Library.open(settings, catalogue, embeddings)
    catalogue.save_organisation(make_organisation("oak"))
    library.publish(make_policy("oak", KETTLES, PASSWORDS, PHOTOGRAPHS))
    shelf = library.shelf("oak")
    assert shelf.search("Can I post a photo of a child on Facebook?")[0].clause.text == PHOTOGRAPHS
    assert shelf.search("May I tell a colleague my password?", k=1)[0].clause.text == PASSWORDS


def test_every_clause_has_its_scores_in_reading_order(oak: Library) -> None:
    oak.publish(make_policy("oak", KETTLES, PASSWORDS, PHOTOGRAPHS))
    shelf = oak.shelf("oak")
    hits = shelf.scores("kettles and passwords")
    assert [hit.clause for hit in hits] == list(shelf.clauses())
    question = np.array(CountingEmbeddings().embed_query("kettles and passwords"))
    path, bare = shelf.vectors()
    assert path.shape == bare.shape == (3, 64) and path.dtype == np.float32
    assert [hit.dense for hit in hits] == pytest.approx((path @ question + bare @ question) / 2, abs=1e-5)
    assert hits[0].lexical > 0 and hits[1].lexical > 0 and hits[2].lexical == 0


def test_the_two_views_are_the_clause_with_its_headings_and_without(oak: Library) -> None:
    policy = make_policy("oak", KETTLES, PASSWORDS)
    oak.publish(policy)
    for view, texts in zip(
        oak.shelf("oak").vectors(),
        ([c.searchable for c in policy.clauses], [c.text for c in policy.clauses]),
        strict=True,
    ):
        assert np.allclose(view, CountingEmbeddings().embed_documents(texts), atol=1e-6)


def test_signals_hold_the_same_numbers_for_several_texts(oak: Library) -> None:
    oak.publish(make_policy("oak", KETTLES, PASSWORDS))
    shelf = oak.shelf("oak")
    signals = shelf.signals(["kettles", "every term"])
    for row, text in enumerate(["kettles", "every term"]):
        hits = shelf.scores(text)
        assert (signals.path[row] + signals.bare[row]) / 2 == pytest.approx([hit.dense for hit in hits], abs=1e-6)
        assert signals.lexical[row] == pytest.approx([hit.lexical for hit in hits])


def test_the_likelier_clauses_are_read_with_the_question_and_with_each_part_of_it(oak: Library) -> None:
    oak.publish(make_policy("oak", KETTLES, PASSWORDS, PHOTOGRAPHS, *(f"Cupboard {n} is locked at dusk." for n in range(40))))
    texts = ["Who switches the kettles off and when?", "kettles tea water boil", "Who switches the kettles off?", "When?"]
    signals = oak.shelf("oak").signals(texts)
    assert signals.pairs.shape == (4, 43) and signals.verdicts.shape == (43, 4)
    read = signals.pairs > UNREAD
    assert read.sum(axis=1).tolist() == [READ, 0, READ_PART, READ_PART]
    assert not read[WIDER].any(), "the policy's words are for searching and no question"
    assert read[0, 0] and signals.pairs[0].argmax() == 0
    ruled = signals.governing > 0
    assert ruled[0] and ruled.sum() <= RULED


def test_what_was_measured_is_remembered_unless_it_must_not_be(settings: Settings, catalogue: Catalogue) -> None:
    model = CountingEmbeddings()
    library = Library.open(settings, catalogue, model)
    catalogue.save_organisation(make_organisation("oak"))
    library.publish(make_policy("oak", KETTLES, PASSWORDS))
    shelf, worry, question = library.shelf("oak"), ["a worry", "a worry"], ["a question", "a question"]

    def embedded(texts: list[str], remember: bool = True) -> int:
        before = model.embedded
        shelf.signals(texts, remember=remember)
        return model.embedded - before

    assert [embedded(worry, remember=False) for _ in range(2)] == [2, 2]
    assert [embedded(question) for _ in range(2)] == [2, 0]


def test_a_shelf_embeds_by_the_reading_model_whatever_its_vectors_are_made_by(
    oak: Library, embeddings: FingerprintedEmbeddings
) -> None:
    vectors = oak.shelf("oak").embed([KETTLES, PASSWORDS])
    assert vectors.shape == (2, embeddings.dimension)
    assert np.allclose(vectors, embeddings.embed_documents([KETTLES, PASSWORDS]), atol=1e-5)


def test_search_gives_the_best_k_in_falling_order(oak: Library) -> None:
    oak.publish(make_policy("oak", *(f"{'kettle ' * n}word{n}" for n in range(8))))
    hits = oak.shelf("oak").search("kettle", k=3)
    assert len(hits) == 3 and [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert len(oak.shelf("oak").search("kettle")) == 8
    with pytest.raises(ValueError, match="k must be at least 1"):
        oak.shelf("oak").search("kettle", k=0)


def test_fusion_is_a_weighted_sum_of_standard_deviations() -> None:
    # z of (0, 2) is (-1, 1); z of (5, 1) is (1, -1); 0.3 of the second.
    assert fuse(np.array([0.0, 2.0]), np.array([5.0, 1.0])) == pytest.approx([-0.7, 0.7])
    assert fuse(np.array([0.5, 0.5]), np.array([0.0, 0.0])) == pytest.approx([0.0, 0.0])


def test_bm25_is_the_formula_of_its_docstring() -> None:
    # N = 2, "kettle" in one text of length 1, average length 1.5:
    # ln(1 + (2 - 1 + 0.5) / (1 + 0.5)) * 1 / (1 + 1.2 * (1 - 0.75 + 0.75 / 1.5)) = ln 2 / 1.9
    scores = LexicalIndex(("the kettle", "two passwords")).scores("kettles?")
    assert scores == pytest.approx([np.log(2) / 1.9, 0], abs=1e-6)


@pytest.mark.parametrize("texts", [(), ("the", "of and"), ("a kettle",)])
def test_bm25_of_nothing_in_common_is_nothing(texts: tuple[str, ...]) -> None:
    assert LexicalIndex(texts).scores("zebra").tolist() == [0.0] * len(texts)
    assert LexicalIndex(texts).scores("").tolist() == [0.0] * len(texts)


# -- shelves


def test_an_organisation_without_policies_has_an_empty_shelf(oak: Library) -> None:
    shelf = oak.shelf("oak")
    assert (shelf.policies(), shelf.clauses(), shelf.search("anything"), shelf.scores("anything")) == ((), (), (), ())


def test_nobody_has_a_shelf_for_an_unknown_organisation(oak: Library) -> None:
    with pytest.raises(UnknownOrganisation):
        oak.shelf("ash")
    with pytest.raises(UnknownOrganisation):
        oak.publish(make_policy("ash", KETTLES))


def test_a_shelf_finds_its_clauses_by_id_and_no_others(oak: Library, catalogue: Catalogue) -> None:
    catalogue.save_organisation(make_organisation("ash"))
    oak.publish(make_policy("oak", KETTLES, PASSWORDS))
    oak.publish(make_policy("ash", KETTLES, PASSWORDS))
    assert oak.shelf("oak").clause("oak/rules/p1").text == PASSWORDS
    with pytest.raises(UnknownClause) as refused:
        oak.shelf("oak").clause("ash/rules/p1")
    assert "ash" not in refused.value.cure


def test_a_shelf_does_not_change_under_its_reader(oak: Library) -> None:
    old, new = make_policy("oak", KETTLES), make_policy("oak", PASSWORDS)
    oak.publish(old)
    held = oak.shelf("oak")
    oak.publish(new)
    assert held.policies() == (old,) and held.search("kettles")[0].clause.text == KETTLES
    assert oak.shelf("oak").policies() == (new,)


def test_the_same_shelf_is_handed_out_until_something_changes(oak: Library, catalogue: Catalogue) -> None:
    oak.publish(make_policy("oak", KETTLES))
    first = oak.shelf("oak")
    assert oak.shelf("oak") is first
    catalogue.save_organisation(replace(make_organisation("oak"), name="The Oak"))
    assert oak.shelf("oak").organisation.name == "The Oak"
    oak.publish(make_policy("oak", PASSWORDS, name="more"))
    assert len(oak.shelf("oak").policies()) == 2


def test_many_threads_may_ask_while_one_publishes(oak: Library) -> None:
    versions = [make_policy("oak", *(f"{KETTLES} {n}" for n in range(size))) for size in (2, 5)]
    oak.publish(versions[0])

    def ask(turn: int) -> int:
        if turn % 6 == 0:
            oak.publish(versions[(turn // 6) % 2])
        shelf = oak.shelf("oak")
        assert shelf.policies()[0] in versions and len(shelf.search("kettles")) == len(shelf.clauses())
        return len(shelf.clauses())

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(ask, range(36))) == {2, 5}


# -- publishing


def test_publishing_the_same_again_embeds_nothing(settings: Settings, catalogue: Catalogue) -> None:
    model = CountingEmbeddings()
    library = Library.open(settings, catalogue, model)
    catalogue.save_organisation(make_organisation("oak"))
    policy = make_policy("oak", KETTLES, PASSWORDS)
    library.publish(policy)
    library.publish(policy)
    assert model.embedded == 4


def test_the_index_keeps_two_vectors_a_current_clause_and_no_more(oak: Library, settings: Settings) -> None:
    oak.publish(make_policy("oak", KETTLES, PASSWORDS, PHOTOGRAPHS))
    oak.publish(make_policy("oak", KETTLES))
    oak.publish(make_policy("oak", PASSWORDS, name="more"))
    assert len(stored_ids(settings, "oak")) == 4
    oak.withdraw("oak/rules")
    oak.withdraw("oak/never-there")
    assert {vector_id.split("@")[0] for vector_id in stored_ids(settings, "oak")} == {"oak/more/p0"}


def test_long_slugs_and_short_ones_have_collections(oak: Library, catalogue: Catalogue) -> None:
    slugs = ["o", "7", "-".join(["long"] * 60), "-".join(["long"] * 61)]
    for slug in slugs:
        catalogue.save_organisation(make_organisation(slug))
        oak.publish(make_policy(slug, f"{KETTLES} {slug}"))
    assert [len(oak.shelf(slug).clauses()) for slug in slugs] == [1] * 4
    assert len({collection_name(slug) for slug in slugs}) == 4


# -- an index that does not fit


def test_an_index_of_another_model_is_refused_until_it_is_made_anew(
    oak: Library, settings: Settings, catalogue: Catalogue
) -> None:
    oak.publish(make_policy("oak", KETTLES))
    other = Library.open(settings, catalogue, CountingEmbeddings("another-model"))
    for refused in (lambda: other.shelf("oak"), lambda: other.publish(make_policy("oak", PASSWORDS))):
        with pytest.raises(IndexMismatch, match=r"bag-of-words made it, not another-model.*ingest --reindex"):
            refused()
    assert oak.shelf("oak").clauses()[0].text == KETTLES
    other.reindex()
    assert other.shelf("oak").search("kettles")[0].clause.text == KETTLES


def test_a_lost_index_is_an_error_and_reindex_brings_it_back(
    oak: Library, settings: Settings, catalogue: Catalogue
) -> None:
    oak.publish(make_policy("oak", KETTLES, PASSWORDS))
    Index.open(settings, "bag-of-words").drop("oak")
    fresh = Library.open(settings, catalogue, CountingEmbeddings())
    with pytest.raises(IndexMismatch, match="4 vectors"):
        fresh.shelf("oak")
    fresh.reindex()
    assert len(fresh.shelf("oak").search("kettles")) == 2


def test_publishing_what_is_shown_heals_missing_vectors(oak: Library, settings: Settings, catalogue: Catalogue) -> None:
    policy = make_policy("oak", KETTLES, PASSWORDS)
    oak.publish(policy)
    with chromadb.PersistentClient(str(settings.index)) as client:
        collection = client.get_collection(collection_name("oak"), embedding_function=None)
        collection.delete(ids=collection.get(include=[])["ids"][:1])
    oak.publish(policy)
    assert len(Library.open(settings, catalogue, CountingEmbeddings()).shelf("oak").search("kettles")) == 2


# -- other processes, and a server

PUBLISHER = """
    import sys
    from conftest import CountingEmbeddings, make_policy
    from policybot.catalogue import Catalogue
    from policybot.library import Library
    from policybot.settings import Settings
    settings = Settings.load(home=sys.argv[1])
    library = Library.open(settings, Catalogue.open(settings), CountingEmbeddings())
    library.publish(make_policy("oak", *(f"written elsewhere {n}" for n in range(30))))
"""


def test_what_another_process_publishes_is_seen_and_built_on(oak: Library, settings: Settings) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    oak.publish(make_policy("oak", KETTLES))
    oak.shelf("oak")
    program = [sys.executable, "-c", textwrap.dedent(PUBLISHER), str(settings.home)]
    subprocess.run(program, env=environment, check=True)
    assert len(oak.shelf("oak").search("elsewhere", k=50)) == 30
    oak.publish(make_policy("oak", PASSWORDS))
    assert [clause.text for clause in oak.shelf("oak").clauses()] == [PASSWORDS]
    assert len(stored_ids(settings, "oak")) == 2


@pytest.fixture
def chroma_server(tmp_path: Path) -> Iterator[str]:
    """The address of a real Chroma server."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = Path(sys.executable).with_name("chroma")
    with (tmp_path / "server.log").open("w") as log:
        server = subprocess.Popen(
            [program, "run", "--path", str(tmp_path / "server"), "--port", str(port)], stdout=log, stderr=log
        )
        try:
            _wait_for(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise TimeoutError(f"no Chroma server on port {port}")


def test_a_chroma_server_serves_as_well_as_the_folder(
    chroma_server: str, settings: Settings, catalogue: Catalogue
) -> None:
    served = Settings.load(home=settings.home, chroma_url=chroma_server)
    library = Library.open(served, catalogue, CountingEmbeddings())
    catalogue.save_organisation(make_organisation("oak"))
    library.publish(make_policy("oak", KETTLES, PASSWORDS))
    library.publish(make_policy("oak", PHOTOGRAPHS, PASSWORDS))
    assert {hit.clause.text for hit in library.shelf("oak").search("pupils")} == {PHOTOGRAPHS, PASSWORDS}
    library.reindex()
    assert library.shelf("oak").search("pupils", k=1)[0].clause.text == PHOTOGRAPHS
    library.withdraw("oak/rules")
    assert library.shelf("oak").clauses() == () and not settings.index.exists()


def test_a_chroma_server_that_does_not_answer_names_the_setting(settings: Settings, catalogue: Catalogue) -> None:
    nowhere = Settings.load(home=settings.home, chroma_url="http://127.0.0.1:9")
    with pytest.raises(SettingsError, match="POLICYBOT_CHROMA_URL"):
        Library.open(nowhere, catalogue, CountingEmbeddings())
