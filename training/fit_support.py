"""Fit what judges a sentence beside its clauses: trees over what stands out (policybot.beside), mixed with the support reader.

usage: PYTHONPATH=src:.:training python training/fit_support.py --model FOLDER [--report FILE.json]
The trees learn from the policies that are not held out; the mix from those kept apart from the support reader (encoder.train_support.apart),
with trees that have not seen them. Writes support_trees.onnx and support.json (the mix and the line) beside the other models; prints false passes and false strips of the held-out
policies. Seeded; about five minutes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from cases import _clauses
from encoder.data import HELD_OUT, policies
from encoder.train_support import apart
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, helper
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from tqdm import tqdm

from policybot.beside import BESIDE, beside
from policybot.reading_model import ReadingModel
from policybot.support import added

HERE = Path(__file__).resolve().parent
FALSE_PASSES = 0.01
"""Share of the unsupported sentences of the policies kept apart that the line lets through, those that the rules catch not counted as passed."""


@dataclass(frozen=True, slots=True)
class Sentences:
    """Labelled sentences: `numbers` (n, BESIDE), `odds` (n,) of the support reader, `true` (n,), `ruled` (n,): a rule speaks against it."""

    numbers: NDArray[np.float32]
    odds: NDArray[np.float64]
    true: NDArray[np.bool_]
    ruled: NDArray[np.bool_]
    policy: tuple[str, ...]
    fault: tuple[str | None, ...]

    def of(self, chosen: Sequence[bool]) -> Sentences:
        """Some of them."""
        where = np.flatnonzero(chosen)
        names, faults = tuple(self.policy[i] for i in where), tuple(self.fault[i] for i in where)
        return Sentences(self.numbers[where], self.odds[where], self.true[where], self.ruled[where], names, faults)


def laid_beside(model: ReadingModel, folder: Path, data: Path) -> Sentences:
    """All sentences of `folder`/*.jsonl beside their clauses."""
    shelves = {p["policy_id"]: {c.label: c for c in _clauses("fictional-0", p["clauses"])} for p in policies(data)}
    lines = [line for file in sorted(folder.glob("*.jsonl")) for line in file.read_text(encoding="utf-8").splitlines()]
    numbers, odds, ruled = np.zeros((len(lines), BESIDE), dtype=np.float32), np.zeros(len(lines)), np.zeros(len(lines), dtype=bool)
    rows = [json.loads(line) for line in lines]
    for i, row in enumerate(tqdm(rows, desc="sentences", mininterval=20)):
        own = [shelves[row["policy_id"]][label] for label in row["clauses"]]
        with model.one_question():
            numbers[i] = beside(row["sentence"], own, row["question"], model)
            odds[i] = model.support(row["sentence"], [c.searchable for c in own])
        ruled[i] = bool(added(row["sentence"], own, row["question"]))
    true = np.array([bool(row["supported"]) for row in rows])
    return Sentences(numbers, odds, true, ruled, tuple(r["policy_id"] for r in rows), tuple(r["fault"] for r in rows))


def grown(sentences: Sentences) -> HistGradientBoostingClassifier:
    """Trees that know supported sentences from others."""
    trees = HistGradientBoostingClassifier(max_iter=250, learning_rate=0.05, max_leaf_nodes=15, l2_regularization=1.0, random_state=1)
    return trees.fit(sentences.numbers, sentences.true)


def as_graph(trees: HistGradientBoostingClassifier) -> ModelProto:
    """The trees as ONNX (ai.onnx.ml TreeEnsembleRegressor): X (n, BESIDE) -> log-odds (n, 1).

    skl2onnx cannot write those of the pinned scikit-learn.
    """
    nodes: dict[str, list] = {f"nodes_{k}": [] for k in ("treeids", "nodeids", "featureids", "values", "modes", "truenodeids", "falsenodeids")}
    leaves: dict[str, list] = {f"target_{k}": [] for k in ("treeids", "nodeids", "ids", "weights")}
    for tree, (predictor,) in enumerate(trees._predictors):
        for place, node in enumerate(predictor.nodes):
            leaf = bool(node["is_leaf"])
            said = (tree, place, 0 if leaf else int(node["feature_idx"]), 0.0 if leaf else float(node["num_threshold"]), "LEAF" if leaf else "BRANCH_LEQ",
                    0 if leaf else int(node["left"]), 0 if leaf else int(node["right"]))  # fmt: skip
            for values, value in zip(nodes.values(), said, strict=True):
                values.append(value)
            if leaf:
                for values, value in zip(leaves.values(), (tree, place, 0, float(node["value"])), strict=True):
                    values.append(value)
    base = [float(np.ravel(trees._baseline_prediction)[0])]
    made = helper.make_node("TreeEnsembleRegressor", ["X"], ["odds"], domain="ai.onnx.ml", n_targets=1, base_values=base, **nodes, **leaves)
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, width]) for name, width in (("X", BESIDE), ("odds", 1))]
    graph = helper.make_graph([made], "support_trees", ends[:1], ends[1:])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("ai.onnx.ml", 3), helper.make_opsetid("", 18)], ir_version=10)


def odds(trees: HistGradientBoostingClassifier, sentences: Sentences) -> NDArray[np.float64]:
    """(n, 2): log-odds of the trees, and of the support reader."""
    return np.column_stack([trees.decision_function(sentences.numbers), sentences.odds])


def figures(score: NDArray[np.float64], line: float, sentences: Sentences) -> dict[str, object]:
    """Per cent: false passes and false strips, rules and line together, and of each fault what passes."""
    shown = ~sentences.ruled & (score >= line)
    false = ~sentences.true
    passed = {
        f: round(100 * float(shown[[g == f for g in sentences.fault]].mean()), 1) for f in sorted({f for f in sentences.fault if f})
    }
    return {
        "sentences": len(score), "auroc": round(100 * float(roc_auc_score(sentences.true, score)), 1),
        "false_pass": round(100 * float(shown[false].mean()), 1), "false_strip": round(100 * float((~shown)[sentences.true].mean()), 1),
        "passed_by_fault": passed,
    }  # fmt: skip


def line_of(score: NDArray[np.float64], sentences: Sentences) -> float:
    """The least score from which no more than FALSE_PASSES of the unsupported are shown."""
    unruled = np.sort(score[~sentences.true & ~sentences.ruled])[::-1]
    let_through = int(FALSE_PASSES * (~sentences.true).sum())
    return float(unruled[let_through]) + 1e-6


def fit(sentences: Sentences, folder: Path) -> dict[str, object]:
    """Fit trees, mix and line, write them into `folder`, and report on the policies held out and, without those that learnt of them, kept apart."""
    held = set(HELD_OUT.read_text(encoding="utf-8").split())
    learnt = sentences.of([p not in held for p in sentences.policy])
    kept = learnt.of([apart(p) for p in learnt.policy])
    strangers = grown(learnt.of([not apart(p) for p in learnt.policy]))
    mix = LogisticRegression(C=1.0).fit(odds(strangers, kept), kept.true)
    line = line_of(mix.decision_function(odds(strangers, kept)), kept)
    trees = grown(learnt)
    judged = sentences.of([p in held for p in sentences.policy])
    aside = figures(mix.decision_function(odds(strangers, kept)), line, kept)
    report = {"held_out": figures(mix.decision_function(odds(trees, judged)), line, judged), "kept_apart": aside}
    graph = as_graph(trees)
    (folder / "support_trees.onnx").write_bytes(graph.SerializeToString())
    made = {"mix": [*map(float, mix.coef_[0]), float(mix.intercept_[0])], "line": line}
    (folder / "support.json").write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    hashes = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    for name in ("support_trees.onnx", "support.json"):
        hashes["sha256"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    (folder / "model.json").write_text(json.dumps(hashes, indent=1) + "\n", encoding="utf-8")
    return report


def main() -> None:
    """See the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--report", type=Path)
    parser.add_argument("--support", type=Path, default=HERE / "support")
    parser.add_argument("--policies", type=Path, default=HERE / "policies")
    parser.add_argument("--threads", type=int, default=2)
    o = parser.parse_args()
    sentences = laid_beside(ReadingModel(o.model, o.threads, ("support_trees.onnx", "support.json")), o.support, o.policies)
    report = fit(sentences, o.model)
    print(json.dumps(report, indent=1))
    if o.report:
        o.report.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
