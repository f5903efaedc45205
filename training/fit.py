"""Fit one model with scikit-learn and give it as plain JSON (policybot evaluates it with numpy)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from policybot.wording import grams


def fit_wording(texts: Sequence[str], labels: Sequence[str], strength: float, least: int = 6) -> dict:
    """A model for policybot.wording.Wording; grams in fewer than `least` texts are left out."""
    counts = CountVectorizer(analyzer=grams, min_df=least, binary=True)
    x = counts.fit_transform(texts)
    model = LogisticRegression(C=strength, max_iter=3000).fit(x, labels)
    weights, bias = _both_sides(model)
    kept = np.abs(weights).max(axis=1) > 0.02
    names = np.array(counts.get_feature_names_out())[kept]
    return {
        "classes": model.classes_.tolist(),
        "grams": names.tolist(),
        "weights": weights[kept].round(3),
        "bias": bias.round(4),
    }


def fit_logistic(x: np.ndarray, labels: Sequence[str], strength: float, standard: bool = True) -> dict:
    """A model for policybot.logistic.Logistic; `standard` brings the features to one scale."""
    mean = x.mean(axis=0) if standard else np.zeros(x.shape[1])
    spread = x.std(axis=0) + 1e-6 if standard else np.ones(x.shape[1])
    model = LogisticRegression(C=strength, max_iter=5000).fit((x - mean) / spread, labels)
    weights, bias = _both_sides(model)
    return {
        "classes": model.classes_.tolist(),
        "weights": weights.round(4),
        "bias": bias.round(4),
        "mean": mean,
        "spread": spread,
    }


def fit_signed(
    x: np.ndarray, labels: Sequence[str], names: Sequence[str], against: frozenset[str], strength: float
) -> dict:
    """A two-class logistic model whose weights may only point the way they make sense: towards the second class, or
    away from it for the names in `against`. Free signs learn how questions of a data set happen to be worded instead.

    Minimises the mean logistic loss + (strength / 2) |w|^2 within bounds (L-BFGS-B).
    """
    mean, spread = x.mean(axis=0), x.std(axis=0) + 1e-6
    z, classes = (x - mean) / spread, sorted(set(labels))
    target = np.where(np.array(labels) == classes[1], 1.0, -1.0)

    def loss(theta: np.ndarray) -> tuple[float, np.ndarray]:
        margin = (z @ theta[:-1] + theta[-1]) * target
        pull = target / (1 + np.exp(margin))
        slope = np.append(-(z * pull[:, None]).mean(axis=0) + strength * theta[:-1], -pull.mean())
        return float(np.logaddexp(0, -margin).mean() + strength * (theta[:-1] ** 2).sum() / 2), slope

    bounds = [(None, 0.0) if name in against else (0.0, None) for name in names] + [(None, None)]
    theta = minimize(loss, np.zeros(len(names) + 1), jac=True, bounds=bounds, method="L-BFGS-B").x
    weights = np.stack([-theta[:-1], theta[:-1]], axis=1) / 2
    bias = np.array([-theta[-1], theta[-1]]) / 2
    return {"classes": classes, "weights": weights.round(4), "bias": bias.round(4), "mean": mean, "spread": spread}


def _both_sides(model: LogisticRegression) -> tuple[np.ndarray, np.ndarray]:
    """(features, classes) weights and (classes,) bias; scikit-learn keeps one side of two classes."""
    if len(model.classes_) > 2:
        return model.coef_.T, model.intercept_
    return np.concatenate([-model.coef_, model.coef_]).T / 2, np.concatenate([-model.intercept_, model.intercept_]) / 2


def plain(part: object) -> object:
    """Lists and numbers only, floats to six figures, ready for json.dumps."""
    if isinstance(part, dict):
        return {k: plain(v) for k, v in part.items()}
    if isinstance(part, np.ndarray):
        return plain(part.tolist())
    if isinstance(part, list):
        return [plain(v) for v in part]
    return float(f"{part:.6g}") if isinstance(part, float) else part
