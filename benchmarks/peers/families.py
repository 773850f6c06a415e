"""The same learners as Freshet's families, by scikit-learn and XGBoost's Python package, on the rows that Freshet prepared:
what both reach on the newest fifth. Of several fits of a family, which differ in their seed, it is the median, with the
least and the greatest behind it.

    benchmarks/peers.sh DATA      runs Freshet's side and this one, in a virtual environment with what is needed
"""

import itertools
import json
import sys

import numpy as np
import xgboost
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import r2_score, roc_auc_score
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

SEED = 7


def read(path):
    rows = np.genfromtxt(path, delimiter=",")
    test = rows[:, 0] == 1
    return rows[~test, 2:], rows[~test, 1], rows[test, 2:], rows[test, 1]


def learner(family, kind, settings, seed):
    """With the settings that Freshet's learner reports where the library has them."""
    classify = kind != "regression"
    if family == "linear-regression":
        return Ridge(alpha=float(settings["ridge"]))
    if family == "logistic-regression":
        return LogisticRegression(C=1 / float(settings["ridge"]), max_iter=2000)
    if family in ("decision-tree", "random-forest"):
        common = {
            "max_depth": int(settings["max_depth"]),
            "min_samples_leaf": int(settings["min_child_weight"]),
            "random_state": seed,
        }
        if family == "decision-tree":
            return (DecisionTreeClassifier if classify else DecisionTreeRegressor)(**common)
        common |= {"n_estimators": int(settings["num_parallel_tree"]), "n_jobs": -1}
        return RandomForestClassifier(**common) if classify else RandomForestRegressor(max_features=1 / 3, **common)
    if family == "gradient-boosting":
        common = {
            "n_estimators": int(settings["rounds"]),
            "max_depth": int(settings["max_depth"]),
            "learning_rate": float(settings["eta"]),
            "subsample": float(settings["subsample"]),
            "min_child_weight": float(settings["min_child_weight"]),
            "tree_method": "hist",
            "random_state": seed,
        }
        return (xgboost.XGBClassifier if classify else xgboost.XGBRegressor)(**common)
    hidden = tuple(int(size) for size in settings["hidden"].split(","))
    common = {
        "hidden_layer_sizes": hidden,
        "learning_rate_init": float(settings["learningRate"]),
        "batch_size": int(settings["batch"]),
        "max_iter": int(settings["epochs"]),
        "alpha": float(settings["l2"]),
        "random_state": seed,
    }
    return (MLPClassifier if classify else MLPRegressor)(**common)


def score(model, kind, test, labels):
    if kind == "regression":
        return r2_score(labels, model.predict(test))
    probabilities = model.predict_proba(test)
    if kind == "binary":
        return roc_auc_score(labels, probabilities[:, 1])
    return roc_auc_score(labels, probabilities, multi_class="ovr", average="macro")


def peer(ours, kind, rows, seed):
    """What the peer of one of Freshet's fits reaches."""
    train, labels, test, truth = rows
    model = learner(ours["family"], kind, ours["settings"], seed)
    if ours["family"] == "neural-network" and kind == "regression":
        center, scale = labels.mean(), labels.std()
        model.fit(train, (labels - center) / scale)
        return r2_score(truth, model.predict(test) * scale + center)
    return score(model.fit(train, labels), kind, test, truth)


def told(scores):
    spread = f" ({min(scores):.3f} to {max(scores):.3f})" if len(scores) > 1 else ""
    return f"{np.median(scores):.4f}{spread}"


def main(directory):
    kinds = {"elec2": "binary", "insects": "multiclass", "bikes": "regression", "air": "regression"}
    print("| data | family | rows fitted / held out | Freshet | peer | difference |")
    print("|---|---|---|---|---|---|")
    fits = json.load(open(f"{directory}/freshet.json"))
    for (task, family), group in itertools.groupby(fits, key=lambda fit: (fit["task"], fit["family"])):
        group = list(group)
        trees = family in ("decision-tree", "random-forest", "gradient-boosting")
        rows = read(f"{directory}/{task}-{'trees' if trees else 'others'}.csv")
        ours = [fit["score"] for fit in group]
        theirs = [peer(fit, kinds[task], rows, SEED + i) for i, fit in enumerate(group)]
        print(
            f"| {task} | {family} | {group[0]['train']:,} / {group[0]['test']:,} "
            f"| {told(ours)} | {told(theirs)} | {np.median(ours) - np.median(theirs):+.4f} |",
            flush=True,
        )


main(sys.argv[1])
