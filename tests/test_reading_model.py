"""The shipped model: its vectors, its reading of pairs, what it keeps and what it refuses."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policybot import reading_model as module
from policybot.errors import ModelError
from policybot.reading_model import LONGEST, PIECES, VERDICTS, WIDTH, ReadingModel, _batches, _padded

PHOTOS = "Staff must not put photographs of pupils on social media."
LUNCH = "Staff may use their own phones in the staff room at lunch."
KETTLES = "Kettles are switched off by whoever leaves last."
ASKED = "Can I post a picture of a child on Facebook?"
SECRET = "zorblatt told me that his uncle hurts him at quimby lane"


@pytest.fixture(scope="module")
def model() -> ReadingModel:
    """One of our own: what it keeps is ours alone."""
    return ReadingModel.packaged(1)


# -- vectors


def test_vectors_are_of_unit_length_and_in_the_order_of_the_texts(model: ReadingModel) -> None:
    texts = [PHOTOS, "ok", LUNCH * 5, PHOTOS]
    vectors = model.vectors(texts)
    assert vectors.shape == (4, WIDTH) == (4, model.dimension) and vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-4)
    for text, vector in zip(texts, vectors, strict=True):
        # In 8 bit a text's numbers depend a little on what is read beside it; most for the shortest.
        assert vector @ model.vectors([text])[0] > (0.97 if len(text) > 9 else 0.9)


def test_embeddings_are_the_vectors(model: ReadingModel) -> None:
    assert model.embed_documents([]) == [] and model.vectors([]).shape == (0, WIDTH)
    assert model.embed_query(PHOTOS) == model.embed_documents([PHOTOS])[0] == model.vectors([PHOTOS])[0].tolist()


def test_meaning_beats_words(model: ReadingModel) -> None:
    asked, paraphrase, namesake = model.vectors([ASKED, PHOTOS, "Can I post a parcel to a child in Kent?"])
    assert asked @ paraphrase > asked @ namesake


def test_only_the_beginning_of_a_long_text_is_read(model: ReadingModel) -> None:
    short = "kettle " * (LONGEST + 20)
    assert model.vectors([short]) == pytest.approx(model.vectors([short + "photographs of pupils"]), abs=1e-6)
    assert model.relevance(ASKED, [PHOTOS * 60]).shape == (1,)


def test_many_threads_get_what_one_gets(model: ReadingModel) -> None:
    texts = [PHOTOS, LUNCH, KETTLES, ASKED] * 3
    alone = [model.vectors([t]) for t in texts]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda t: model.vectors([t]), texts))
    assert np.array_equal(np.concatenate(alone), np.concatenate(together))


# -- pairs


def test_the_clause_that_answers_is_read_so_and_with_its_verdict(model: ReadingModel) -> None:
    clauses = [KETTLES, PHOTOS, LUNCH]
    relevance, verdicts = model.relevance(ASKED, clauses), model.verdicts(ASKED, clauses)
    assert relevance.shape == (3,) and verdicts.shape == (3, VERDICTS)
    assert relevance.argmax() == 1 and relevance[1] > np.delete(relevance, 1).max() + 1
    assert verdicts[1].argmax() == 2, "not allowed"
    leave = model.verdicts("Can I use my own phone at lunch in the staff room?", [LUNCH])[0]
    assert leave[0] - leave[2] > verdicts[1][0] - verdicts[1][2], "leave is told from a ban"


def test_the_order_and_the_number_of_clauses_change_next_to_nothing(model: ReadingModel) -> None:
    clauses = [KETTLES, PHOTOS, LUNCH, PHOTOS, LUNCH * 4]
    there, back = model.relevance(ASKED, clauses), model.relevance(ASKED, clauses[::-1])
    assert there == pytest.approx(back[::-1], abs=0.5)
    assert there[1] == pytest.approx(there[3], abs=0.5)
    assert there[1] == pytest.approx(model.relevance(ASKED, [PHOTOS])[0], abs=0.5)


def test_what_was_asked_before_moves_a_reading_little() -> None:
    """A clause is kept as it was first read, and in 8 bit that depends a little on what stood beside it."""
    clauses = [f"Staff must {verb} the hall {'before they leave ' * n}." for n, verb in enumerate(("lock", "clean", "heat", "count"))]
    cold, warm = ReadingModel.packaged(1), ReadingModel.packaged(1)
    for clause in [PHOTOS, *clauses]:
        warm.relevance("Who locks up?", [clause])
    moved = cold.relevance(ASKED, [PHOTOS, *clauses]) - warm.relevance(ASKED, [PHOTOS, *clauses])
    assert np.abs(moved).max() <= 1.0


def test_no_clauses_give_no_readings(model: ReadingModel) -> None:
    assert model.relevance(ASKED, []).shape == (0,)
    assert len(model.verdicts(ASKED, [])) == 0


# -- what is kept


def test_a_clause_is_kept_and_reads_the_same_from_memory() -> None:
    fresh = ReadingModel.packaged(1)
    first = fresh.relevance(ASKED, [PHOTOS, KETTLES])
    assert set(fresh._kept) == {PHOTOS, KETTLES}
    kept = fresh._kept[PHOTOS]
    assert kept.dtype == np.float16 and kept.shape[1] == WIDTH
    assert np.array_equal(first, fresh.relevance(ASKED, [PHOTOS, KETTLES]))
    fresh.verdicts(ASKED, [PHOTOS])
    assert fresh._kept[PHOTOS] is kept, "read once"


def test_nothing_that_a_person_typed_is_kept() -> None:
    fresh = ReadingModel.packaged(1)
    fresh.vectors([SECRET])
    fresh.embed_query(SECRET)
    fresh.relevance(SECRET, [PHOTOS])
    fresh.verdicts(SECRET, [PHOTOS])
    assert list(fresh._kept) == [PHOTOS]


def test_the_longest_unused_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT", 2)
    fresh = ReadingModel.packaged(1)
    fresh.relevance(ASKED, [PHOTOS, LUNCH])
    fresh.relevance(ASKED, [PHOTOS])
    fresh.relevance(ASKED, [KETTLES])
    assert list(fresh._kept) == [PHOTOS, KETTLES]
    assert fresh.relevance(ASKED, [PHOTOS, LUNCH, KETTLES]).shape == (3,), "more at once than are kept"
    assert len(fresh._kept) == 2


# -- batches


@given(st.lists(st.integers(1, 2 * LONGEST), max_size=80))
def test_every_place_is_in_one_batch_and_no_batch_is_too_large(lengths: list[int]) -> None:
    batches = _batches(lengths)
    assert sorted(place for batch in batches for place in batch) == list(range(len(lengths)))
    assert all(len(batch) * max(lengths[i] for i in batch) <= PIECES for batch in batches)


def test_a_text_longer_than_a_batch_goes_alone() -> None:
    assert _batches([PIECES + 1, 3]) == [[1], [0]]


def test_padding_is_nothing_and_says_so() -> None:
    rows = [np.ones((2, WIDTH), dtype=np.float16), np.full((1, WIDTH), 2, dtype=np.float16)]
    state, mask = _padded(rows)
    assert mask.tolist() == [[1, 1], [1, 0]]
    assert state[1, 0, 0] == 2 and (state[1, 1] == 0).all() and state.dtype == np.float32


# -- altered files


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A copy of the shipped weights to spoil."""
    yield shutil.copytree(str(files("policybot").joinpath("data/model")), tmp_path / "model")


def alter(folder: Path, name: str, tell: bool = False) -> None:
    """Add a byte to a file; with `tell` say so in model.json."""
    file = folder / name
    file.write_bytes(file.read_bytes() + b" ")
    if tell:
        described = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        described["sha256"][name] = sha256(file.read_bytes()).hexdigest()
        (folder / "model.json").write_text(json.dumps(described), encoding="utf-8")


@pytest.mark.parametrize("name", ["lower.onnx", "sentence.onnx", "pair.onnx", "ruling.onnx", "tokenizer.json"])
def test_an_altered_or_missing_file_is_refused_by_its_name(folder: Path, name: str) -> None:
    alter(folder, name)
    with pytest.raises(ModelError, match=f"{name}.*SHA-256") as refused:
        ReadingModel(folder, 1)
    assert "restore" in refused.value.cure
    (folder / name).unlink()
    with pytest.raises(ModelError, match=f"{name}.*missing"):
        ReadingModel(folder, 1)


@pytest.mark.parametrize("said", [None, "{", "{}", "\xff"])
def test_without_a_readable_description_nothing_is_loaded(folder: Path, said: str | None) -> None:
    (folder / "model.json").unlink()
    if said is not None:
        (folder / "model.json").write_bytes(said.encode("latin-1"))
    with pytest.raises(ModelError, match=r"model\.json cannot be read"):
        ReadingModel(folder, 1)


def test_the_fingerprint_changes_with_what_makes_vectors_and_with_nothing_else(folder: Path, model: ReadingModel) -> None:
    assert model.fingerprint.startswith("policybot-reader@sha256:")
    assert ReadingModel(folder, 1).fingerprint == model.fingerprint
    for name in ("pair.onnx", "ruling.onnx"):
        alter(folder, name, tell=True)
        assert ReadingModel(folder, 1).fingerprint == model.fingerprint
    for name in ("tokenizer.json", "sentence.onnx", "lower.onnx"):
        before = ReadingModel(folder, 1).fingerprint
        alter(folder, name, tell=True)
        assert ReadingModel(folder, 1).fingerprint != before
