"""Golden numbers of classification by scikit-learn: `python classification.py > ../classification/scores.json`.

Scores are drawn, labels are not balanced, and one label has no item.
"""

import json

import numpy
import sklearn
from sklearn.metrics import accuracy_score, balanced_accuracy_score, confusion_matrix, top_k_accuracy_score

ITEMS, LABELS = 80, 9

random = numpy.random.default_rng(20261129)
# The last label has no item.
labels = random.choice(LABELS - 1, size=ITEMS, p=[0.4, 0.2, 0.1, 0.1, 0.08, 0.06, 0.04, 0.02])
scores = numpy.round(random.normal(size=(ITEMS, LABELS)) + 1.2 * numpy.eye(LABELS)[labels], 4)
assert all(len(set(row)) == LABELS for row in scores)
predicted = scores.argmax(axis=1)
print(
    json.dumps(
        {
            "made_by": f"scikit-learn {sklearn.__version__}, numpy {numpy.__version__}",
            "labels": labels.tolist(),
            "scores": scores.tolist(),
            "top1_accuracy": accuracy_score(labels, predicted),
            "top5_accuracy": top_k_accuracy_score(labels, scores, k=5, labels=range(LABELS)),
            "balanced_accuracy": balanced_accuracy_score(labels, predicted),
            "confusion": confusion_matrix(labels, predicted, labels=range(LABELS)).tolist(),
        }
    )
)
