"""Calibrates the model that says whether two articles answer one question; writes duplicates/data/topic_model.json.

The texts are those of tests/data: the sample corpus with its labels, and articles on other subjects. Pairs of near
copies and pairs that editors could decide either way are left out. A logistic regression by Newton's method with a
quadratic penalty (Hastie, Tibshirani, Friedman: The Elements of Statistical Learning, 4.4); the penalty was chosen by
cross-validation over topics, see tests/test_topics.py.
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))
from searchsvc.duplicates.model import model_record  # noqa: E402
from searchsvc.text.subjects import load_subjects  # noqa: E402
from support_topics import calibrated, labelled_articles  # noqa: E402

OUT = ROOT / "src/searchsvc/duplicates/data/topic_model.json"


def main() -> None:
    subjects = load_subjects()
    record = model_record(calibrated(labelled_articles(), subjects), subjects)
    OUT.write_text(json.dumps(record, ensure_ascii=False, indent=0, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    main()
