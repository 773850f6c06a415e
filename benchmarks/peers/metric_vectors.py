"""What scikit-learn makes of some small predictions: the vectors that model-runtime's metrics and calibrations must agree
with.

    python3 -m venv venv && venv/bin/pip install scikit-learn
    venv/bin/python benchmarks/peers/metric_vectors.py > model-runtime/src/test/resources/vectors/metrics.json
"""

import json
import warnings

import numpy as np
import sklearn
from scipy.optimize import brentq
from scipy.special import softmax
from sklearn import metrics
from sklearn.calibration import calibration_curve
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

SEED = 20_261_126
BINS = 10
THRESHOLD = 0.4


def expected_calibration_error(labels, scores, strategy):
    share, mean = calibration_curve(labels, scores, n_bins=BINS, strategy=strategy)
    inner = (
        np.linspace(0, 1, BINS + 1) if strategy == "uniform" else np.percentile(scores, np.linspace(0, 1, BINS + 1) * 100)
    )[1:-1]
    rows = np.bincount(np.searchsorted(inner, scores), minlength=BINS)
    return float(np.sum(rows[rows > 0] * np.abs(share - mean)) / len(scores))


def binary_case(scores, labels):
    decided = scores >= THRESHOLD
    (tn, fp), (fn, tp) = metrics.confusion_matrix(labels, decided)
    fpr, tpr, roc_thresholds = metrics.roc_curve(labels, scores, drop_intermediate=False)
    precision, recall, _ = metrics.precision_recall_curve(labels, scores)
    return {
        "scores": scores.tolist(),
        "labels": labels.tolist(),
        "threshold": THRESHOLD,
        "roc-auc": metrics.roc_auc_score(labels, scores),
        "average-precision": metrics.average_precision_score(labels, scores),
        "log-loss": metrics.log_loss(labels, scores),
        "brier": metrics.brier_score_loss(labels, scores),
        "calibration-error": expected_calibration_error(labels, scores, "quantile"),
        "calibration-error-equal-width": expected_calibration_error(labels, scores, "uniform"),
        "confusion": [int(tp), int(fp), int(fn), int(tn)],
        "precision": metrics.precision_score(labels, decided, zero_division=0),
        "recall": metrics.recall_score(labels, decided, zero_division=0),
        "f1": metrics.f1_score(labels, decided, zero_division=0),
        "accuracy": metrics.accuracy_score(labels, decided),
        # Without the first point, which raises no alarm; precision and recall come by rising threshold.
        "curve": {
            "thresholds": roc_thresholds[1:].tolist(),
            "false-positive-rates": fpr[1:].tolist(),
            "recalls": tpr[1:].tolist(),
            "precisions": precision[:-1][::-1].tolist(),
            "precision-recalls": recall[:-1][::-1].tolist(),
        },
    }


def binary_cases(rng):
    cases = []
    for rows, share, decimals in [(2, 0.5, 2), (60, 0.5, 1), (90, 0.2, 6), (120, 0.05, 2), (150, 0.9, 3)]:
        labels = (rng.random(rows) < share).astype(int)
        labels[:2] = [0, 1]
        margin = np.log(share / (1 - share)) + 1.2 * (labels - share) + rng.normal(0, 1, rows)
        scores = np.round(1 / (1 + np.exp(-margin)), decimals)
        if rows > 80:
            scores[2:6] = [0.0, 1.0, 0.0, 1.0]
            labels[2:6] = [0, 1, 1, 0]
        cases.append(binary_case(scores, labels))
    return cases


def multiclass_cases(rng):
    cases = []
    for rows, classes in [(60, 3), (120, 5)]:
        labels = np.concatenate([np.arange(classes), rng.integers(0, classes, rows - classes)])
        margins = rng.normal(0, 1, (rows, classes))
        margins[np.arange(rows), labels] += 1
        probabilities = np.round(np.exp(margins) / np.exp(margins).sum(axis=1, keepdims=True), 3)
        probabilities[:, 0] = np.round(probabilities[:, 0] + 1 - probabilities.sum(axis=1), 3)
        decided = probabilities.argmax(axis=1)
        names = list(range(classes))
        precision, recall, f1, _ = metrics.precision_recall_fscore_support(
            labels, decided, labels=names, zero_division=0
        )
        right = (decided == labels).astype(int)
        outcomes = np.eye(classes)[labels]
        cases.append(
            {
                "probabilities": probabilities.tolist(),
                "labels": labels.tolist(),
                "confusion": metrics.confusion_matrix(labels, decided, labels=names).tolist(),
                "accuracy": metrics.accuracy_score(labels, decided),
                "log-loss": metrics.log_loss(labels, probabilities, labels=names),
                "brier": metrics.brier_score_loss(labels, probabilities, labels=names),
                "calibration-error": expected_calibration_error(right, probabilities.max(axis=1), "quantile"),
                "precision": precision.tolist(),
                "recall": recall.tolist(),
                "f1": f1.tolist(),
                "roc-auc": metrics.roc_auc_score(outcomes, probabilities, average=None).tolist(),
                "average-precision": metrics.average_precision_score(outcomes, probabilities, average=None).tolist(),
                "macro": [
                    metrics.precision_score(labels, decided, labels=names, average="macro", zero_division=0),
                    metrics.recall_score(labels, decided, labels=names, average="macro", zero_division=0),
                    metrics.f1_score(labels, decided, labels=names, average="macro", zero_division=0),
                    metrics.roc_auc_score(labels, probabilities, labels=names, multi_class="ovr", average="macro"),
                    metrics.average_precision_score(outcomes, probabilities, average="macro"),
                ],
            }
        )
    return cases


def regression_cases(rng):
    actuals = [
        np.round(rng.normal(50, 20, 80), 2),
        np.round(rng.lognormal(0, 2, 50), 4),
        np.array([0.0, 1.0, -2.0, 0.5]),
        np.full(6, 3.0),
    ]
    cases = []
    for actual in actuals:
        predicted = np.round(actual + rng.normal(0, 1 + 0.1 * np.abs(actual)), 3)
        cases.append(
            {
                "predicted": predicted.tolist(),
                "actual": actual.tolist(),
                "rmse": metrics.root_mean_squared_error(actual, predicted),
                "mae": metrics.mean_absolute_error(actual, predicted),
                "mape": metrics.mean_absolute_percentage_error(actual, predicted),
                "r2": metrics.r2_score(actual, predicted),
                "pinball": {
                    str(level): metrics.mean_pinball_loss(actual, predicted, alpha=level) for level in [0.05, 0.5, 0.9]
                },
            }
        )
    return cases


def platt(scores, labels):
    """Logistic regression of Platt's targets on the log-odds: each row counts as both classes, by its target."""
    odds = np.log(scores / (1 - scores))
    positives, negatives = labels.sum(), len(labels) - labels.sum()
    target = np.where(labels == 1, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-14, max_iter=1000)
    model.fit(
        np.concatenate([odds, odds]).reshape(-1, 1),
        np.repeat([1, 0], len(labels)),
        sample_weight=np.concatenate([target, 1 - target]),
    )
    return {"slope": float(model.coef_[0, 0]), "intercept": float(model.intercept_[0])}


def calibration_cases(rng):
    fresh = np.round(np.linspace(0.001, 0.999, 41), 3)
    cases = []
    for rows, decimals in [(40, 1), (120, 2), (150, 4)]:
        truth = rng.random(rows)
        labels = (rng.random(rows) < truth**2).astype(int)
        scores = np.clip(np.round(truth, decimals), 0.01, 0.99)
        isotonic = IsotonicRegression(out_of_bounds="clip").fit(scores, labels)
        cases.append(
            {
                "scores": scores.tolist(),
                "labels": labels.tolist(),
                "platt": platt(scores, labels),
                "fresh": fresh.tolist(),
                "isotonic": isotonic.predict(fresh).tolist(),
            }
        )
    return cases


def temperature(probabilities, labels):
    """Where the cross-entropy of the targets stops falling; a small share of each is the model's own probability."""
    rows, classes = probabilities.shape
    logarithms = np.log(np.maximum(np.finfo(float).eps, probabilities))
    targets = (rows * np.eye(classes)[labels] + probabilities) / (rows + 1)
    return 1 / brentq(
        lambda inverse: np.sum((softmax(inverse * logarithms, axis=1) - targets) * logarithms), 1e-3, 1e3, xtol=1e-15
    )


def temperature_cases(rng):
    cases = []
    for rows, classes, times, decimals in [(60, 3, 3, 4), (150, 5, 0.5, 4), (90, 2, 1, 2)]:
        margins = rng.normal(0, 1.5, (rows, classes))
        labels = np.array([rng.choice(classes, p=softmax(row)) for row in margins])
        probabilities = np.round(softmax(times * margins, axis=1), decimals)
        cases.append(
            {
                "probabilities": probabilities.tolist(),
                "labels": labels.tolist(),
                "temperature": temperature(probabilities, labels),
            }
        )
    return cases


warnings.simplefilter("error")
rng = np.random.default_rng(SEED)
print(
    json.dumps(
        {
            "scikit-learn": sklearn.__version__,
            "binary": binary_cases(rng),
            "multiclass": multiclass_cases(rng),
            "regression": regression_cases(rng),
            "calibration": calibration_cases(rng),
            "temperature": temperature_cases(rng),
        }
    )
)
