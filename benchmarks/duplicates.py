"""Duplicates: quality on the labelled articles and on a ladder of changed ones, beside what else compares texts; scale.

Usage: python benchmarks/duplicates.py labels|ladder|scale [--folder DIR] [--articles 10000,100000]

The peers are MinHash alone (datasketch, 128 permutations of 8-character shingles), SimHash (64 bits of character
bigrams), TF-IDF cosine (scikit-learn, character bigrams) and rapidfuzz (token_set_ratio of the words of titles where
topics are asked for, ratio of whole texts where copies are). Whatever has a threshold gets the one that is best on
topics, or articles, other than those it is judged on.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests")]
from altered import FOUND_ALWAYS, STEPS, others  # noqa: E402
from generate import articles  # noqa: E402
from searchsvc.duplicates.model import SAME_TOPIC  # noqa: E402
from searchsvc.duplicates.shingles import hash_shingles, plain_text  # noqa: E402
from searchsvc.text.subjects import load_subjects  # noqa: E402
from support_duplicates import Site, kinds_in  # noqa: E402
from support_topics import FOLDS, Labelled, cross_validated, folds_of, judged_pairs, labelled_articles  # noqa: E402

Scores = NDArray[np.float64]
Flags = NDArray[np.bool_]
#: Originals of the ladder.
ORIGINALS = 40


def minhash(texts: list[str]) -> Callable[[NDArray[np.int32]], Scores]:
    """Estimated resemblance of shingles."""
    from datasketch import MinHash

    made = []
    for text in texts:
        one = MinHash(128)
        one.update_batch([value.tobytes() for value in np.unique(hash_shingles(plain_text(text)))])
        made.append(one.hashvalues)
    table = np.stack(made)
    return lambda pairs: (table[pairs[:, 0]] == table[pairs[:, 1]]).mean(axis=1)


def simhash(texts: list[str]) -> Callable[[NDArray[np.int32]], Scores]:
    """The share of equal bits (Charikar 2002)."""
    signs = []
    for text in texts:
        plain = plain_text(text)
        grams = np.frombuffer(plain.encode("utf-32-le"), np.uint32).astype(np.uint64)
        mixed = (grams[:-1] << np.uint64(32) | grams[1:]) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
        mixed *= np.uint64(0xBF58476D1CE4E5B9)
        mixed ^= mixed >> np.uint64(32)
        bits = (mixed[:, None] >> np.arange(64, dtype=np.uint64)) & np.uint64(1)
        signs.append(bits.astype(np.int64).sum(axis=0) * 2 > len(mixed))
    table = np.stack(signs)
    return lambda pairs: (table[pairs[:, 0]] == table[pairs[:, 1]]).mean(axis=1)


def tfidf(texts: list[str]) -> Callable[[NDArray[np.int32]], Scores]:
    """Cosine of character bigrams."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    table = TfidfVectorizer(analyzer="char", ngram_range=(1, 2), sublinear_tf=True).fit_transform(texts)
    dense = (table @ table.T).toarray()
    return lambda pairs: dense[pairs[:, 0], pairs[:, 1]]


def fuzzy(titles: list[str]) -> Callable[[NDArray[np.int32]], Scores]:
    """token_set_ratio of the titles' words."""
    import jieba
    from rapidfuzz import fuzz, process

    cut = [" ".join(jieba.lcut(title)) for title in titles]
    table = process.cdist(cut, cut, scorer=fuzz.token_set_ratio, workers=-1)
    return lambda pairs: table[pairs[:, 0], pairs[:, 1]].astype(np.float64)


def fuzzy_texts(texts: list[str]) -> Callable[[NDArray[np.int32]], Scores]:
    """The normalised insertions and deletions between whole texts."""
    from rapidfuzz import fuzz, process

    table = process.cdist(texts, texts, scorer=fuzz.ratio, workers=-1)
    return lambda pairs: table[pairs[:, 0], pairs[:, 1]].astype(np.float64)


def best_threshold(scores: Scores, true: Flags) -> float:
    """The score from which on F1 is best."""
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(true[order])
    f1 = 2 * hits / (np.arange(1, len(order) + 1) + true.sum())
    return float(scores[order[int(f1.argmax())]])


def figures(found: Flags, true: Flags) -> tuple[float, float, float]:
    """(precision, recall, F1)."""
    both = np.count_nonzero(found & true)
    return both / max(np.count_nonzero(found), 1), both / max(np.count_nonzero(true), 1), 2 * both / max(
        np.count_nonzero(found) + np.count_nonzero(true), 1
    )  # fmt: skip


def average_precision(scores: Scores, true: Flags) -> float:
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(true[order])
    return float((hits / np.arange(1, len(order) + 1))[true[order]].mean())


def by_folds(scores: Scores, true: Flags, pairs: NDArray[np.int32], folds: NDArray[np.int64]) -> Flags:
    """What is found in each fold with the threshold that is best on the others."""
    found = np.zeros(len(scores), np.bool_)
    for fold in range(FOLDS):
        held = (folds[pairs] == fold).any(axis=1)
        found[held] = scores[held] >= best_threshold(scores[~held], true[~held])
    return found


def labels() -> None:
    """Same-topic pairs of the labelled sets: the model and its peers, cross-validated by topic."""
    chosen, subjects = labelled_articles(), load_subjects()
    pairs, same = judged_pairs(chosen)
    chances = cross_validated(chosen, pairs, same, subjects)
    folds = folds_of(chosen)
    fronts = ["\n".join([one.title, *one.headings, one.body]) for one in chosen]
    measured: dict[str, tuple[Scores, Flags]] = {"searchsvc": (chances, chances >= SAME_TOPIC["texts"])}
    for name, make, texts in (
        ("MinHash alone", minhash, fronts), ("SimHash", simhash, fronts), ("TF-IDF cosine", tfidf, fronts),
        ("rapidfuzz, titles", fuzzy, [one.title for one in chosen]),
    ):  # fmt: skip
        scores = make(texts)(pairs)
        measured[name] = (scores, by_folds(scores, same, pairs, folds))
    hard = np.array([_is_hard(chosen[a], chosen[b]) for a, b in pairs.tolist()])
    for group in sorted({one.group for one in chosen}):
        mine = np.array([chosen[a].group == group for a, _ in pairs.tolist()])
        print(
            f"\n{group}: {same[mine].sum()} same-topic pairs of {mine.sum():,}, {(hard & mine).sum()} hard negatives\n"
        )
        print("| | precision | recall | F1 | average precision | hard negatives taken for the same |")
        print("|---|---|---|---|---|---|")
        for name, (scores, found) in measured.items():
            values = [*figures(found[mine], same[mine]), average_precision(scores[mine], same[mine])]
            wrong = np.count_nonzero(found & hard & mine)
            print(f"| {name} | {' | '.join(f'{value:.2f}' for value in values)} | {wrong} |")


def _is_hard(one: Labelled, other: Labelled) -> bool:
    return other.path in one.hard or one.path in other.hard


def ladder(originals: int = ORIGINALS) -> None:
    """Prints the recall of each step, and the precision."""
    site, rng, other = Site({}), random.Random(11), others(5_000)
    texts, owner, step = [], [], []
    for one in articles(originals, seed=21):
        for name, change in [("original", None), *STEPS.items()]:
            body = one.body if change is None else change(one.body, rng, other)
            title = one.title if change is None else f"{name}{one.number}"
            site.put(f"{len(texts):05d}", title, body)
            texts.append(body)
            owner.append(one.number)
            step.append(name)
    with tempfile.TemporaryDirectory() as folder:
        site.update(Path(folder))
        kinds = kinds_in(Path(folder))
    first, second = np.triu_indices(len(texts), 1)
    pairs = np.stack((first, second), axis=1).astype(np.int32)
    owners, steps = np.array(owner), np.array(step)
    apart = owners[first] != owners[second]
    planted = ~apart & ((steps[first] == "original") | (steps[second] == "original"))
    wanted = planted & np.isin(steps[second], FOUND_ALWAYS)
    chosen = np.array([kinds.get((f"{a:05d}", f"{b:05d}")) in {"copy", "near-copy"} for a, b in pairs.tolist()])
    found = {"searchsvc": chosen}
    for name, make in {
        "MinHash alone": minhash,
        "SimHash": simhash,
        "TF-IDF cosine": tfidf,
        "rapidfuzz": fuzzy_texts,
    }.items():
        scores = make(texts)(pairs)
        flags = np.zeros(len(pairs), np.bool_)
        for half in (0, 1):
            judged, rest = owners[first] % 2 == half, owners[first] % 2 != half
            keep = rest & (apart | wanted)
            flags[judged] = scores[judged] >= best_threshold(scores[keep], wanted[keep])
        found[name] = flags
    print(
        f"{originals} originals, {len(texts):,} texts\n\n| recall | {' | '.join(found)} |\n|---|{'---|' * len(found)}"
    )
    for name in STEPS:
        mine = planted & (steps[second] == name)
        recalls = [np.count_nonzero(flags & mine) / np.count_nonzero(mine) for flags in found.values()]
        print(f"| {name} | {' | '.join(f'{value:.2f}' for value in recalls)} |")
    wrong = {name: np.count_nonzero(flags & apart) for name, flags in found.items()}
    right = {name: np.count_nonzero(flags & planted) for name, flags in found.items()}
    precisions = [right[name] / max(right[name] + wrong[name], 1) for name in found]
    print(f"| **precision** | {' | '.join(f'{value:.3f}' for value in precisions)} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("labels", "ladder", "scale"))
    parser.add_argument("--folder", type=Path, help="keeps the large indexes of `scale`")
    parser.add_argument("--articles", default="10000,100000")
    given = parser.parse_args()
    if given.what == "labels":
        labels()
    elif given.what == "ladder":
        ladder()
    else:
        from duplicates_scale import scale

        with tempfile.TemporaryDirectory() as folder:
            scale(given.folder or Path(folder), [int(size) for size in given.articles.split(",")])


if __name__ == "__main__":
    main()
