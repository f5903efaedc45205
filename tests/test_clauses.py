"""Sections into clauses: what one clause is, and that nothing is lost on the way."""

# ruff: noqa: E501
from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from ingest.arrange import arrange
from ingest.clauses import clauses_of
from ingest.describe import describe
from ingest.document import Block, BlockKind
from ingest.pieces import adjoin
from ingest.pipeline import read_policy
from ingest.report import account
from ingest.structure import outline
from policybot.records import CLAUSE_FLOOR, CLAUSE_LIMIT, Clause, ClauseKind, Edition, Policy
from policybot.sentences import sentence_spans

PROSE = "Everybody who works here is bound by what this part says, at work and at home."


def read(tmp_path: Path, text: str, suffix: str = ".md") -> Policy:
    path = tmp_path / f"policy{suffix}"
    path.write_text(text, encoding="utf-8")
    return read_policy(path, "acme")[0]


def ids(policy: Policy) -> list[str]:
    return [c.id.removeprefix(f"{policy.id}/") for c in policy.clauses]


def found(policy: Policy, suffix: str) -> Clause:
    return next(c for c in policy.clauses if c.id.endswith(suffix))


# -- what one clause is


def test_a_paragraph_a_clause_and_a_bullet_a_clause_with_its_stem(tmp_path: Path) -> None:
    policy = read(
        tmp_path,
        f"# Phone Policy\n\n## 5.4 Never\n\n{PROSE}\n\nStaff must not:\n\n- Lend their phone to a child\n- Film a class\n",
    )
    assert ids(policy) == ["5.4/p1", "5.4/b1", "5.4/b2"]
    assert found(policy, "5.4/b2").whole == "Staff must not:\nFilm a class"
    assert found(policy, "5.4/b2").label == "5.4 Never, bullet 2"


def test_a_stem_without_a_colon(tmp_path: Path) -> None:
    policy = read(
        tmp_path,
        "# Phone Policy\n\n## Roles\n\nICT support will\n\n- Check that the filters of the school work.\n- Mend the printers.\n",
    )
    assert [c.stem for c in policy.clauses] == ["ICT support will"] * 2


def test_only_the_last_sentence_of_a_paragraph_is_the_stem(tmp_path: Path) -> None:
    policy = read(
        tmp_path,
        f"# Phone Policy\n\n## Rules\n\n{PROSE} Staff must not:\n\n- Film a class of children\n- Lend a phone to a child\n",
    )
    assert found(policy, "/p1").text.startswith("Everybody")
    assert found(policy, "/b1").stem == "Staff must not:"


def test_nested_bullets_have_the_bullet_above_as_stem(tmp_path: Path) -> None:
    text = "# P Policy\n\n## Rules\n\nThese apply:\n\n- When you set up a page you must:\n    - Ask the head.\n    - Tell the office.\n- Keep the password safe.\n"
    policy = read(tmp_path, text)
    assert ids(policy) == ["rules/b1", "rules/b1.1", "rules/b1.2", "rules/b2"]
    assert found(policy, "/b1.2").whole == "When you set up a page you must:\nTell the office."
    assert found(policy, "/b2").stem == "These apply:"


def test_a_second_list_takes_the_second_stem_at_every_level(tmp_path: Path) -> None:
    items = "- When on a trip you may:\n    - Use the trip phone.\n    - Call home.\n"
    policy = read(
        tmp_path,
        f"# P Policy\n\n## Rules\n\nStaff may:\n\n{items}\nStaff must not:\n\n    \n- Film a class.\n- Lend a phone.\n",
    )
    assert [c.stem for c in policy.clauses][-2:] == ["Staff must not:"] * 2


def test_a_list_that_starts_deep_does_not_inherit_an_older_lists_stem() -> None:
    blocks = (
        Block(BlockKind.HEADING, "Rules", level=2, marked=True),
        Block(BlockKind.PARAGRAPH, "Staff may:"),
        Block(BlockKind.ITEM, "On a trip they may:", level=1),
        Block(BlockKind.ITEM, "Use the trip phone.", level=2),
        Block(BlockKind.PARAGRAPH, "Staff must not:"),
        Block(BlockKind.ITEM, "Film a class of children.", level=2),
    )
    tree = outline((Block(BlockKind.HEADING, "P Policy", level=1, marked=True), *blocks), None)
    clauses = clauses_of(tree, "acme/p")
    assert clauses[-1].stem == "Staff must not:"
    assert len({c.id for c in clauses}) == len(clauses)


def test_a_rule_reaches_through_a_stem_that_has_none(tmp_path: Path) -> None:
    text = "# P Policy\n\n## Rules\n\nStaff must not:\n\n- On a school trip:\n    - Post pictures of a child.\n    - Leave a phone on a table.\n"
    policy = read(tmp_path, text)
    assert found(policy, "/b1.2").whole == "On a school trip:\nLeave a phone on a table."
    assert found(policy, "/b1.2").deontic.strength == "must_not"


def test_names_under_a_bullet_stay_in_it(tmp_path: Path) -> None:
    text = "# P Policy\n\n## Rules\n\nStaff must not:\n\n- Share pictures on:\n    - Facebook\n    - Instagram\n- Film a class.\n"
    policy = read(tmp_path, text)
    assert found(policy, "rules/b1").whole == "Staff must not:\nShare pictures on:\nFacebook\nInstagram"
    assert ids(policy) == ["rules/b1", "rules/b2"]


def test_not_exhaustive_stays_with_its_list(tmp_path: Path) -> None:
    policy = read(
        tmp_path,
        "# P Policy\n\n## Never\n\nStaff must not:\n\n- Film a class of children.\n- Lend a phone.\n\n(This list is not exhaustive)\n\n"
        + PROSE,
    )
    assert found(policy, "/b2").text == "Lend a phone.\n\n(This list is not exhaustive)"
    assert found(policy, "/p1").text == PROSE


def test_an_enumeration_is_one_clause_with_its_stem(tmp_path: Path) -> None:
    platforms = read(
        tmp_path,
        "# P Policy\n\n## Scope\n\nSocial media include:\n\n- Facebook\n- Instagram\n- Microblogs such as Twitter\n",
    )
    assert [(c.kind, c.stem) for c in platforms.clauses] == [(ClauseKind.ENUMERATION, "Social media include:")]
    acts = read(tmp_path, "# P Policy\n\n## 3. Legislation\n\n- Data Protection Act 2018\n- Equality Act 2010\n")
    assert [(c.id, c.label) for c in acts.clauses] == [("acme/p-policy/3/e1", "3. Legislation")]


def test_a_list_of_rules_is_one_clause_a_bullet(tmp_path: Path) -> None:
    under_rule = read(
        tmp_path, "# P Policy\n\n## Never\n\nStaff must not use:\n\n- Facebook in class\n- Instagram in class\n"
    )
    rules = read(
        tmp_path,
        "# P Policy\n\n## Do\n\n- Ask the head teacher first.\n- Staff should tell the office.\n- Never share a password.\n",
    )
    assert [c.kind for c in (*under_rule.clauses, *rules.clauses)] == [ClauseKind.ITEM] * 5


def test_rows_carry_their_columns_and_unfilled_ones_go(tmp_path: Path) -> None:
    table = "| Version | Date of change | What changed |\n|---|---|---|\n| 1 | 01/03/2021 | First issue |\n| 2 | 01/03/2022 | Reviewed by all |\n| 3 | | |\n"
    policy = read(tmp_path, f"# P Policy\n\n## Version control\n\n{table}")
    assert [(c.kind, c.text) for c in policy.clauses] == [
        (ClauseKind.ROW, "1\t01/03/2021\tFirst issue"),
        (ClauseKind.ROW, "2\t01/03/2022\tReviewed by all"),
    ]
    assert policy.clauses[0].columns == ("Version", "Date of change", "What changed")
    assert "What changed" in policy.clauses[0].searchable


def test_prose_in_a_table_is_kept_though_it_fills_one_cell(tmp_path: Path) -> None:
    table = "| Who | When | What |\n|---|---|---|\n| Head | Daily | Locks the cupboard |\n| All staff must sign for the keys that they take. | | |\n"
    assert (
        read(tmp_path, f"# P Policy\n\n## Keys\n\n{table}").clauses[-1].text
        == "All staff must sign for the keys that they take."
    )


def test_cover_and_sign_off_are_one_clause_each(tmp_path: Path) -> None:
    text = f"# P Policy\n\nAcme Nursery\n\nVersion 4\n\nReview Date: Oct 2024\n\n## 1. Scope\n\n{PROSE}\n\nApproved by: Trustees\n\nSigned:\n"
    policy = read(tmp_path, text)
    assert [(c.id.split("/", 2)[2], c.kind, c.label) for c in policy.clauses] == [
        ("cover/d1", ClauseKind.COVER, "Cover"),
        ("1/p1", ClauseKind.PARAGRAPH, "1. Scope"),
        ("details/d1", ClauseKind.COVER, "Document details"),
    ]


def test_short_pieces_join_the_one_before_and_a_lone_one_its_heading(tmp_path: Path) -> None:
    policy = read(
        tmp_path, f"# P Policy\n\n## Rules\n\n{PROSE}\n\nAsk first.\n\n## Help\n\nAsk the head.\n\n## End\n\n{PROSE}"
    )
    assert found(policy, "rules/p1").text == f"{PROSE}\n\nAsk first."
    assert found(policy, "help/p1").whole == "Help\nAsk the head."


def test_long_paragraphs_split_at_sentence_ends_and_the_parts_share_the_length(tmp_path: Path) -> None:
    text = " ".join(f"Rule number {n} says that the keys, e.g. of the cupboard, stay in the office." for n in range(40))
    policy = read(tmp_path, f"# P Policy\n\n## Rules\n\n{text}\n")
    assert [c.id.rsplit("/", 1)[1] for c in policy.clauses] == ["p1", "p1b", "p1c"]
    assert all(c.text.startswith("Rule number") and c.text.endswith("office.") for c in policy.clauses)
    assert " ".join(c.text for c in policy.clauses) == text
    assert min(len(c.text) for c in policy.clauses) > CLAUSE_LIMIT // 2


def test_a_very_long_sentence_is_cut_at_a_comma_and_a_long_bullet_keeps_its_stem(tmp_path: Path) -> None:
    long = "the keys and " * 60 + "the lamps, " + "the chairs and " * 50 + "the tables"
    policy = read(
        tmp_path, f"# P Policy\n\n## Rules\n\nStaff must not take home:\n\n- {long}\n- Toys that belong to a child\n"
    )
    assert policy.clauses[0].text.endswith("the lamps,")
    assert all(c.stem == "Staff must not take home:" for c in policy.clauses)


def test_a_stem_too_long_to_repeat_is_a_clause_itself(tmp_path: Path) -> None:
    stem = "Where " + "a child or a parent or a visitor or " * 20 + "anybody else asks, staff must:"
    policy = read(
        tmp_path,
        f"# P Policy\n\n## Rules\n\n{stem}\n\n- {'Ask the head of the school. ' * 30}\n- Wait for the reply.\n",
    )
    assert policy.clauses[0].text == stem


def test_without_headings_rules_are_read_as_rules(tmp_path: Path) -> None:
    policy = read(
        tmp_path,
        f"# P Policy\n\nVersion 4 of May 2022\n\n{PROSE}\n\nDo not lend your phone.\n\n- Staff must ask first.\n",
    )
    assert ids(policy) == ["cover/d1", "text/p1", "text/p2", "text/b1"]
    assert found(policy, "text/p2").deontic.strength == "must_not"


def test_ids_do_not_move_when_an_unrelated_section_comes_in(tmp_path: Path) -> None:
    scope, rules = (
        f"## Scope\n\n{PROSE}\n\n",
        "## Rules\n\nStaff must not:\n\n- Film a class\n- Lend a phone to a child\n\n",
    )
    before = read(tmp_path, f"# P Policy\n\n{scope}{rules}")
    after = read(
        tmp_path, f"# P Policy\n\n{scope}## Trips\n\n{PROSE}\n\n- Take the trip phone.\n- Tell the office.\n\n{rules}"
    )
    assert {c.id: c.whole for c in before.clauses}.items() <= {c.id: c.whole for c in after.clauses}.items()


def test_a_contents_table_is_in_no_clause(tmp_path: Path) -> None:
    policy = read(
        tmp_path,
        f"Phone Policy\n\nContents\n1. Scope ...... 1\n2. Rules ...... 2\n\n1. Scope\n\n{PROSE}\n\n2. Rules\n\n{PROSE}",
        ".txt",
    )
    assert ids(policy) == ["1/p1", "2/p1"]


# -- nothing is lost

WORDS = (  # noqa: SIM905
    "Staff must not use social media to post photos of children unless the manager agrees Policy Review date version e.g. "
    "list is not exhaustive this includes Facebook café naïve “quoted” — 家 🙂 ﬁ 2023 5 July 2018 Approved by"
).split()
line = st.lists(st.sampled_from(WORDS), min_size=1, max_size=25).map(" ".join)
sentence = st.builds(
    lambda text, end: text[0].upper() + text[1:] + end, line, st.sampled_from([".", "?", ":", ";", "", "!"])
)
special = st.sampled_from(
    ["1. Scope", "2. Scope", "Scope", "Scope 2", "Details", "Cover", "5.3 Friends", "Contents", "Review Date: Oct 2024", "Version 4",
     "Approved by the board on 5 July 2018 after a long and careful talk.", "(This list is not exhaustive)", "Appendix 1 Pages",
     "Users must not:", "This includes the following:", "Yes.", "A", "x" * 1500, "Page 1 of 3", "Date: May 2022 Page 2"]
)  # fmt: skip
long = st.integers(20, 50).map(lambda count: " ".join(["Everyone should think about it first."] * count))
text = st.one_of(special, line, sentence, st.lists(sentence, min_size=2, max_size=6).map(" ".join), long)
cells = st.lists(st.one_of(line, st.sampled_from(["", "Version", "Date", "1"])), min_size=1, max_size=4).map(tuple)
level = st.one_of(st.none(), st.integers(1, 4))
block = st.one_of(
    st.builds(lambda t, m, n: Block(BlockKind.HEADING, t, level=n, marked=m), text, st.booleans(), level),
    st.builds(lambda t, p: Block(BlockKind.PARAGRAPH, t, page=p), text, st.one_of(st.none(), st.integers(1, 3))),
    st.builds(lambda t, n: Block(BlockKind.ITEM, t, level=n), text, level),
    st.builds(lambda c, h: Block(BlockKind.ROW, "\t".join(c).strip(), cells=c, header=h), cells, st.booleans()),
    st.builds(lambda t: Block(BlockKind.FURNITURE, t), text),
)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(block, min_size=1, max_size=20))
def test_lossless(blocks: list[Block]) -> None:
    tree = outline(arrange(tuple(blocks)), None)
    clauses = clauses_of(tree, "acme/policy")
    _rebuilds(tree.text, clauses)
    accounted = account(tree, clauses)
    known = (
        accounted.clauses,
        accounted.stems,
        accounted.headings,
        accounted.contents,
        accounted.furniture,
        accounted.spaces,
    )
    assert sum(known) + sum(map(len, accounted.left_over)) == accounted.total == len(tree.text)
    assert 0 <= accounted.covered <= 1
    if clauses:
        facts = describe(tree.title, clauses)
        # Policy itself checks that every id is there once and that every text is its span.
        Policy("acme/policy", "acme", "T", "0" * 64, Edition.ORIGINAL, "f.md", tree.text, clauses, facts)
        assert {f.clause_id for f in facts} <= {c.id for c in clauses}


def _rebuilds(text: str, clauses: tuple[Clause, ...]) -> None:
    """Clauses do not overlap, are the right size, and with the gaps between them are the text."""
    at, rebuilt = 0, ""
    for clause in clauses:
        assert clause.span.start >= at
        assert len(clause.whole) <= CLAUSE_LIMIT
        assert clause.text == clause.text.strip() == text[clause.span.start : clause.span.end]
        if clause.stem_span is not None:
            assert clause.stem == text[clause.stem_span.start : clause.stem_span.end]
        rebuilt += text[at : clause.span.start] + clause.text
        at = clause.span.end
    assert rebuilt + text[at:] == text


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(block, min_size=1, max_size=12))
def test_a_clause_under_the_floor_had_nothing_to_join(blocks: list[Block]) -> None:
    tree = outline(arrange(tuple(blocks)), None)
    clauses = clauses_of(tree, "acme/policy")
    for before, clause in zip((None, *clauses), clauses, strict=False):
        if len(clause.whole) >= CLAUSE_FLOOR or clause.kind is ClauseKind.COVER:
            continue
        section = next(s for s in tree.sections if clause.id.startswith(f"acme/policy/{s.key}/"))
        assert clause.stem is not None or section.heading is None
        if before is not None and before.id.startswith(f"acme/policy/{section.key}/") and before.stem == clause.stem:
            assert (
                not adjoin(before.span, clause.span, tree.text)
                or len(before.whole) + len(clause.whole) > CLAUSE_LIMIT - 2
            )


@settings(max_examples=50, deadline=None)
@given(st.lists(sentence.filter(lambda s: s[-1] in ".!?"), min_size=1, max_size=60).map(" ".join))
@example("Version 2023.")
def test_a_split_never_falls_inside_a_sentence(prose: str) -> None:
    heading = Block(BlockKind.HEADING, "Rules", level=2, marked=True)
    title = Block(BlockKind.HEADING, "P Policy", level=1, marked=True)
    tree = outline((title, heading, Block(BlockKind.PARAGRAPH, prose)), None)
    section = next(s for s in tree.sections if s.key in ("rules", "text"))
    assume(section.blocks)  # "Version 2023." is no paragraph but a sign-off line
    base = section.blocks[0].span
    assert base is not None
    ends = {base.start + end for _, end in sentence_spans(prose)}
    for clause in clauses_of(tree, "acme/p"):
        assert clause.span.end in ends or clause.span.start < base.start
