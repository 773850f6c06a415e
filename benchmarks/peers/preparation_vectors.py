"""What scikit-learn makes of some small columns: the vectors that model-runtime's preparation must agree with.

    python3 -m venv venv && venv/bin/pip install scikit-learn
    venv/bin/python benchmarks/peers/preparation_vectors.py > model-runtime/src/test/resources/vectors/preparation.json
"""

import json
import warnings

import numpy as np
import sklearn
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
    TargetEncoder,
)
from sklearn.pipeline import make_pipeline
from sklearn.utils import murmurhash3_32

ROWS = 80
FOLDS = 5
SEED = 20_261_124


class JavaRandom:
    """java.util.Random, as its specification defines it."""

    def __init__(self, seed):
        self.state = (seed ^ 0x5DEECE66D) & ((1 << 48) - 1)

    def bits(self, count):
        self.state = (self.state * 0x5DEECE66D + 0xB) & ((1 << 48) - 1)
        return self.state >> (48 - count)

    def below(self, bound):
        drawn = self.bits(31)
        if bound & (bound - 1) == 0:
            return (bound * drawn) >> 31
        rest = drawn % bound
        while drawn - rest + (bound - 1) >= 1 << 31:
            drawn = self.bits(31)
            rest = drawn % bound
        return rest


def folds(rows, seed):
    dealt = [row % FOLDS for row in range(rows)]
    random = JavaRandom(seed)
    for i in range(rows - 1, 0, -1):
        j = random.below(i + 1)
        dealt[i], dealt[j] = dealt[j], dealt[i]
    return np.array(dealt)


def nullable(column):
    return [None if v is None or (isinstance(v, float) and np.isnan(v)) else v for v in column]


def numbers(rng):
    train = np.round(rng.lognormal(1, 1.2, ROWS) * rng.choice([-1, 1], ROWS, p=[0.3, 0.7]), 3)
    train[rng.random(ROWS) < 0.15] = np.nan
    train[5:9] = 2.5
    return train, np.array([0.0, -0.001, 2.5, 1e6, -1e6, np.nan])


def numeric_cases(rng):
    train, fresh = numbers(rng)
    imputers = {
        "keep": None,
        "mean": SimpleImputer(strategy="mean"),
        "median": SimpleImputer(strategy="median"),
        "most-frequent": SimpleImputer(strategy="most_frequent"),
        "-3.5": SimpleImputer(strategy="constant", fill_value=-3.5),
    }
    scalers = {"none": None, "standard": StandardScaler(), "min-max": MinMaxScaler(), "robust": RobustScaler()}
    low, high = np.nanquantile(train, [0.05, 0.9])
    shapers = {
        "": None,
        "clip": FunctionTransformer(lambda x: np.clip(x, low, high)),
        "log": FunctionTransformer(lambda x: np.sign(x) * np.log1p(np.abs(x))),
        "clip log": FunctionTransformer(
            lambda x: np.sign(np.clip(x, low, high)) * np.log1p(np.abs(np.clip(x, low, high)))
        ),
    }
    cases = []
    for impute, imputer in imputers.items():
        for shape, shaper in shapers.items():
            for scale, scaler in scalers.items():
                steps = [step for step in (imputer, shaper, scaler) if step is not None]
                pipeline = make_pipeline(*steps) if steps else FunctionTransformer()
                pipeline.fit(train.reshape(-1, 1))
                expected = pipeline.transform(fresh.reshape(-1, 1)).ravel()
                cases.append({"impute": impute, "shape": shape, "scale": scale, "expected": nullable(expected.tolist())})
    return {"train": nullable(train.tolist()), "fresh": nullable(fresh.tolist()), "cases": cases}


def categories(rng):
    shares = np.array([30, 20, 12, 8, 4, 3, 2, 1])
    train = rng.choice(["de", "Fr", "österreich", "日本", "us", "", "lu", "x y"], ROWS, p=shares / shares.sum())
    train = train.astype(object)
    train[rng.random(ROWS) < 0.1] = None
    return train, np.array(["de", "Fr", "österreich", "日本", "us", "", "lu", "x y", "never", None], dtype=object)


def categorical_cases(rng):
    train, fresh = categories(rng)
    binary = (rng.random(ROWS) < 0.3).astype(float)
    continuous = np.round(rng.normal(10, 4, ROWS), 3)
    cases = []
    for impute, imputer in {
        "most-frequent": SimpleImputer(strategy="most_frequent", missing_values=None),
        "none": SimpleImputer(strategy="constant", fill_value="none", missing_values=None),
    }.items():
        known = imputer.fit_transform(train.reshape(-1, 1))
        new = imputer.transform(fresh.reshape(-1, 1))
        for rare in [None, 6, 0.06]:
            one_hot = OneHotEncoder(handle_unknown="ignore", min_frequency=rare, sparse_output=False)
            ordinal = OrdinalEncoder(
                handle_unknown="use_encoded_value", unknown_value=-1, min_frequency=rare
            )
            with warnings.catch_warnings():
                # An unknown category is all zeros, as it should be.
                warnings.simplefilter("ignore")
                cases.append(
                    {
                        "encode": "one-hot",
                        "impute": impute,
                        "rare": rare,
                        "expected": one_hot.fit(known).transform(new).tolist(),
                    }
                )
                cases.append(
                    {
                        "encode": "ordinal",
                        "impute": impute,
                        "rare": rare,
                        "expected": ordinal.fit(known).transform(new).tolist(),
                    }
                )
        for labels, kind in [(binary, "binary"), (continuous, "continuous")]:
            for smooth in [0.0, 1.0, 20.0]:
                encoder = TargetEncoder(smooth=smooth, target_type=kind)
                dealt = folds(ROWS, SEED)
                training = np.empty(ROWS)
                for fold in range(FOLDS):
                    others = dealt != fold
                    training[~others] = encoder.fit(known[others], labels[others]).transform(known[~others]).ravel()
                cases.append(
                    {
                        "encode": "target",
                        "impute": impute,
                        "smooth": smooth,
                        "labels": labels.tolist(),
                        "training": training.tolist(),
                        "expected": encoder.fit(known, labels).transform(new).tolist(),
                    }
                )
    return {"seed": SEED, "train": train.tolist(), "fresh": fresh.tolist(), "cases": cases}


def hashes():
    texts = ["", "a", "ab", "abc", "abcd", "abcde", "payment-4711", "é", "日本", "😀", "a😀b", "x" * 17, "\u0000", "ÿĀ߿ࠀ"]
    return [{"text": text, "hash": int(murmurhash3_32(text, seed=0))} for text in texts]


rng = np.random.default_rng(SEED)
print(
    json.dumps(
        {
            "scikit-learn": sklearn.__version__,
            "numbers": numeric_cases(rng),
            "categories": categorical_cases(rng),
            "hashes": hashes(),
        },
        ensure_ascii=False,
    )
)
