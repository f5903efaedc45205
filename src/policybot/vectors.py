"""What makes vectors of texts, whichever model it is."""

from __future__ import annotations

from abc import abstractmethod

from langchain_core.embeddings import Embeddings


class FingerprintedEmbeddings(Embeddings):
    """LangChain Embeddings that can say which model they are.

    Vectors of two models are not comparable, so an index has to know who made its own.
    """

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """Name and digest of the weights; equal only for models with equal vectors."""

    @property
    @abstractmethod
    def dimension(self) -> int:
        """Length of every vector."""
