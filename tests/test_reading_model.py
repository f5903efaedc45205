"""The shipped model: its vectors, its reading of panels, what it keeps and what it refuses."""

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

from policybot import reading_model as module
from policybot.errors import ModelError
from policybot.reading_model import LONGEST, SLOTS, VERDICTS, WIDTH, ReadingModel, _joined

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
    assert model.readings(ASKED, [PHOTOS * 60]).shape == (1,)


def test_many_threads_get_what_one_gets(model: ReadingModel) -> None:
    texts = [PHOTOS, LUNCH, KETTLES, ASKED] * 3
    alone = [model.vectors([t]) for t in texts]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda t: model.vectors([t]), texts))
    assert np.array_equal(np.concatenate(alone), np.concatenate(together))


# -- panels


def relevance(model: ReadingModel, clauses: list[str], asked: str = ASKED) -> np.ndarray:
    return model.readings(asked, clauses)


def test_the_clause_that_answers_is_read_so_and_with_its_verdict(model: ReadingModel) -> None:
    read = model.readings(ASKED, [KETTLES, PHOTOS, LUNCH])
    assert read.shape == (3,) and read.argmax() == 1 and read[1] > np.delete(read, 1).max() + 1
    verdicts, governing = model.rulings(ASKED, [KETTLES, PHOTOS, LUNCH])
    assert verdicts.shape == (3, VERDICTS) and governing.shape == (3,) and governing.sum() == pytest.approx(1)
    assert governing.argmax() == 1 and (governing @ verdicts).argmax() == 2, "not allowed"
    leave, alone = model.rulings("Can I use my own phone at lunch in the staff room?", [LUNCH])
    assert alone.tolist() == [1.0] and leave[0, 0] - leave[0, 2] > verdicts[1, 0] - verdicts[1, 2], "leave is told from a ban"


def test_the_order_of_the_clauses_changes_little(model: ReadingModel) -> None:
    clauses = [KETTLES, PHOTOS, LUNCH, "Pupils wear name badges.", LUNCH * 4]
    there, back = relevance(model, clauses), relevance(model, clauses[::-1])
    assert there.argmax() == back[::-1].argmax() == 1
    assert there == pytest.approx(back[::-1], abs=1.5)


def test_the_same_panel_always_reads_the_same(model: ReadingModel) -> None:
    clauses = [KETTLES, PHOTOS, LUNCH]
    first = model.readings(ASKED, clauses), *model.rulings(ASKED, clauses)
    model.readings("Who locks up?", [LUNCH, KETTLES, "The hall is locked at six."])
    other = ReadingModel.packaged(1)
    again = other.readings(ASKED, clauses), *other.rulings(ASKED, clauses)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))


def test_more_clauses_than_a_panel_holds_are_dealt_to_several(model: ReadingModel) -> None:
    clauses = [PHOTOS, *(f"Room {n} is swept on the {n}th of the month." for n in range(2 * SLOTS))]
    read = model.readings(ASKED, clauses)
    assert read.shape == (2 * SLOTS + 1,)
    assert read.argmax() == 0 and (read != 0).all(), "every clause is read, whichever its panel"
    dealt = [clauses[k::3] for k in range(3)]
    assert read[0::3] == pytest.approx(relevance(model, dealt[0])) and read[2::3] == pytest.approx(relevance(model, dealt[2]))


def test_no_clauses_give_no_readings(model: ReadingModel) -> None:
    assert model.readings(ASKED, []).shape == (0,)


def test_every_piece_is_marked_as_its_own_texts() -> None:
    texts = [np.full((n, WIDTH), n, dtype=np.float16) for n in (2, 3, 1)]
    hidden, of = _joined(texts)
    assert hidden.shape == (1, 6, WIDTH) and of.shape == (1, 1 + SLOTS, 6)
    assert of[0, :3].argmax(axis=0).tolist() == [0, 0, 1, 1, 1, 2] and (of[0].sum(axis=0) == 1).all()
    assert hidden[0, :, 0].tolist() == [2, 2, 3, 3, 3, 1] and (of[0, 3:] == 0).all()


# -- what is kept


def test_a_clause_is_kept_and_reads_the_same_from_memory() -> None:
    fresh = ReadingModel.packaged(1)
    first = fresh.readings(ASKED, [PHOTOS, KETTLES])
    assert set(fresh._kept) == {PHOTOS, KETTLES}
    kept = fresh._kept[PHOTOS]
    assert kept.dtype == np.float16 and kept.shape[1] == WIDTH
    assert np.array_equal(first, fresh.readings(ASKED, [PHOTOS, KETTLES]))
    fresh.readings(ASKED, [PHOTOS])
    assert fresh._kept[PHOTOS] is kept, "read once"


def test_nothing_that_a_person_typed_is_kept() -> None:
    fresh = ReadingModel.packaged(1)
    fresh.vectors([SECRET])
    fresh.embed_query(SECRET)
    fresh.readings(SECRET, [PHOTOS])
    fresh.rulings(SECRET, [PHOTOS])
    assert list(fresh._kept) == [PHOTOS]


def test_a_question_is_read_once_while_it_is_in_hand_and_forgotten_after(monkeypatch: pytest.MonkeyPatch) -> None:
    fresh, read = ReadingModel.packaged(1), []
    anew = ReadingModel._read_anew
    monkeypatch.setattr(ReadingModel, "_read_anew", lambda self, text: read.append(text) or anew(self, text))
    apart = fresh.vectors([SECRET]), fresh.rulings(SECRET, [PHOTOS])
    assert read.count(SECRET) == 2
    with fresh.one_question():
        together = fresh.vectors([SECRET]), fresh.rulings(SECRET, [PHOTOS])
        fresh.vectors([SECRET, LUNCH])
        assert read.count(SECRET) == 3
        with ThreadPoolExecutor(1) as pool:
            pool.submit(fresh.vectors, [SECRET]).result()
        assert read.count(SECRET) == 4, "another thread has nothing of it"
    assert np.array_equal(apart[0], together[0]) and np.array_equal(apart[1][0], together[1][0])
    fresh.vectors([SECRET])
    assert read.count(SECRET) == 5 and module._asked.get() is None


def test_the_longest_unused_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT", 2)
    fresh = ReadingModel.packaged(1)
    fresh.readings(ASKED, [PHOTOS, LUNCH])
    fresh.readings(ASKED, [PHOTOS])
    fresh.readings(ASKED, [KETTLES])
    assert list(fresh._kept) == [PHOTOS, KETTLES]
    assert fresh.readings(ASKED, [PHOTOS, LUNCH, KETTLES]).shape == (3,), "more at once than are kept"
    assert len(fresh._kept) == 2


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


@pytest.mark.parametrize("name", ["lower.onnx", "sentence.onnx", "panel.onnx", "ruling.onnx", "support.onnx", "support_trees.onnx", "support.json", "tokenizer.json"])
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
    alter(folder, "panel.onnx", tell=True)
    assert ReadingModel(folder, 1).fingerprint == model.fingerprint
    for name in ("tokenizer.json", "sentence.onnx", "lower.onnx"):
        before = ReadingModel(folder, 1).fingerprint
        alter(folder, name, tell=True)
        assert ReadingModel(folder, 1).fingerprint != before
