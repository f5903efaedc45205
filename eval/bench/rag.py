"""The peer: a plain LangChain RAG, as its tutorials build it, without the chat model."""

from __future__ import annotations

from pathlib import Path

from langchain_chroma import Chroma  # pip install policybot[bench]
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_text_splitters import RecursiveCharacterTextSplitter

from policybot.records import Question

CHUNK, OVERLAP, TOP = 500, 50, 4
"""Characters of a chunk, of its overlap, and chunks retrieved: the tutorials' values."""


class PlainRag:
    """RecursiveCharacterTextSplitter, an embedding model, a Chroma collection an organisation, the top four chunks.

    It has no verdict and cannot abstain, and the history is not used: a chat model would have to do
    both. What it "cites" is the chunks that would be put before that model.
    """

    def __init__(self, corpus: Path, folder: Path, embeddings: Embeddings) -> None:
        """Index every text file of `corpus`, a folder with a folder an organisation, under `folder`."""
        splitter = RecursiveCharacterTextSplitter(chunk_size=CHUNK, chunk_overlap=OVERLAP)
        self._stores = {}
        for policies in sorted(p for p in corpus.iterdir() if p.is_dir()):
            read = [Document(p.read_text(encoding="utf-8"), metadata={"source": p.name}) for p in _texts(policies)]
            store = Chroma(collection_name=policies.name, embedding_function=embeddings, persist_directory=str(folder))
            store.add_documents(splitter.split_documents(read))
            self._stores[policies.name] = store

    def cited(self, question: Question) -> list[str]:
        """The chunks retrieved for a question, nearest first."""
        return [d.page_content for d in self._stores[question.organisation].similarity_search(question.text, k=TOP)]


def _texts(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix in (".txt", ".md"))
