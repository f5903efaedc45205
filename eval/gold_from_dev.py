"""Make eval/gold/<organisation>.jsonl from questions labelled with snippets of the originals.

    python -m eval.gold_from_dev ../shared

A snippet becomes the ids of the clauses that hold it, so that no words of a policy come along;
people that the policies name become stand-ins.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from eval.cases import Case, CaseError, Group, save_cases
from eval.labelled import Labelled, load_labelled
from eval.people import names_somebody, people_in, with_stand_ins
from eval.snippets import normalised, runs
from ingest.pipeline import read_policy
from policybot.records import Policy, Turn

GOLD = Path(__file__).parent / "gold"


@dataclass(frozen=True, slots=True)
class Originals:
    """The policies the questions were written on. `clauses`: slug -> (id, normalised words) of each clause."""

    clauses: Mapping[str, tuple[tuple[str, str], ...]]
    people: Mapping[str, tuple[str, ...]]
    ten_words: frozenset[tuple[str, ...]]

    @classmethod
    def read(cls, folder: Path) -> Originals:
        """All policies of `folder`, which has a folder of text files an organisation."""
        policies = [read_policy(path, path.parent.name)[0] for path in sorted(folder.glob("*/*.txt"))]
        if not policies:
            raise CaseError(
                str(folder),
                "there are no policies in it",
                "Give the folder that holds policies/txt and eval/dev.jsonl.",
            )
        texts = {policy.organisation: policy.text for policy in policies}
        return cls(
            clauses={policy.organisation: _words_of(policy) for policy in policies},
            people={slug: people_in(text) for slug, text in texts.items()},
            ten_words=frozenset(run for text in texts.values() for run in runs(text)),
        )

    def holding(self, organisation: str, snippets: Iterable[str]) -> Group:
        """Ids of the clauses that hold one of the snippets whole, snippet by snippet, each clause once."""
        wanted = [normalised(snippet) for snippet in snippets]
        return tuple(dict.fromkeys(i for w in wanted for i, words in self.clauses[organisation] if w in words))


def gold_cases(questions: Path, originals: Originals) -> dict[str, list[Case]]:
    """The questions as cases, by organisation."""
    cases: dict[str, list[Case]] = defaultdict(list)
    for labelled in load_labelled(questions):
        cases[labelled.organisation].append(_case(labelled, originals))
    return dict(cases)


def write_gold(shared: Path, folder: Path) -> dict[str, int]:
    """Write one set an organisation to `folder`; organisation -> cases."""
    cases = gold_cases(shared / "eval" / "dev.jsonl", Originals.read(shared / "policies" / "txt"))
    folder.mkdir(parents=True, exist_ok=True)
    for organisation, theirs in cases.items():
        save_cases(folder / f"{organisation}.jsonl", theirs)
    return {organisation: len(theirs) for organisation, theirs in cases.items()}


def _case(labelled: Labelled, originals: Originals) -> Case:
    organisation = labelled.organisation
    # Their own people first: a first name in a question is most likely one of them.
    people = _own_first(organisation, originals.people)
    evidence = tuple(_group(organisation, snippets, originals) for snippets in labelled.evidence)
    needed = {clause_id for group in evidence for clause_id in group}
    case = Case(
        id=labelled.id,
        organisation=organisation,
        question=with_stand_ins(labelled.question, people),
        kind=labelled.kind,
        verdict=labelled.verdict,
        history=tuple(Turn(t.role, with_stand_ins(t.content, people)) for t in labelled.history),
        evidence=evidence,
        also_ok=tuple(i for i in originals.holding(organisation, labelled.also_ok) if i not in needed),
        must_not=tuple(s for s in labelled.must_not if not names_somebody(s, people)),
        note=_note(labelled.note, people, originals),
    )
    _refuse_policy_words(case, originals)
    return case


def _group(organisation: str, snippets: Sequence[str], originals: Originals) -> Group:
    """Each snippet must lie whole in a clause: one that does not shows a wrong label or a wrong cut."""
    for snippet in snippets:
        if not originals.holding(organisation, [snippet]):
            raise CaseError(
                f"snippet {snippet!r}",
                f"no clause of {organisation} holds it whole",
                "Correct the snippet, or the ingest.",
            )
    return originals.holding(organisation, snippets)


def _note(note: str, people: Sequence[str], originals: Originals) -> str:
    """The note, or '' when it names a person or repeats ten words of a policy."""
    return "" if names_somebody(note, people) or runs(note) & originals.ten_words else note


def _refuse_policy_words(case: Case, originals: Originals) -> None:
    for text in (case.question, *(t.content for t in case.history), *case.must_not):
        if runs(text) & originals.ten_words:
            raise CaseError(f"case {case.id}", "it repeats ten words of a policy", "Say it in other words.")


def _own_first(organisation: str, people: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    others = (person for slug, theirs in people.items() if slug != organisation for person in theirs)
    return tuple(dict.fromkeys((*people[organisation], *others)))


def _words_of(policy: Policy) -> tuple[tuple[str, str], ...]:
    return tuple((clause.id, normalised(clause.whole)) for clause in policy.clauses)


def main(
    shared: Annotated[Path, typer.Argument(help="The folder that holds policies/txt and eval/dev.jsonl.")],
    folder: Annotated[Path, typer.Option("--out", help="Where the sets go.")] = GOLD,
) -> None:
    """Make the shipped sets anew."""
    for organisation, number in write_gold(shared, folder).items():
        typer.echo(f"{organisation}: {number} cases")


if __name__ == "__main__":
    typer.run(main)
