"""A policy's id from its title: the same in every edition and from year to year."""

from __future__ import annotations

import re

from ingest.shape import slug

EDITION = re.compile(r"\b(?:v(?:ersion)?\.?\s*\d+(?:\.\d+)*|(?:19|20)\d{2}(?:\s*[-/–]\s*(?:19|20)?\d{2})?|draft|final|updated|copy)\b", re.I)


def policy_slug(title: str) -> str:
    """'Social Media Policy 2023 v2' -> 'social-media-policy'."""
    return slug(EDITION.sub(" ", title), limit=10)
