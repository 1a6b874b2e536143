"""Asks a model of a running Assay by the unmodified `openai` client of lmms-eval (PyPI `lmms-eval` 0.7.3).

Writes the answers as a JSON list: one per question about the picture of the scene fixture.

Usage: python test/interop/lmms_eval_client.py BASE_URL KEY MODEL QUESTION...
"""

import json
import sys
from pathlib import Path

from lmms_eval.api.instance import Instance
from lmms_eval.models.chat.openai import OpenAICompatible
from PIL import Image

BASE_URL, KEY, MODEL, *QUESTIONS = sys.argv[1:]
SCENE = Path("fixtures/scenes/images/assay_scenes2026_000000000001.png")


def messages(question):
    picture = {"type": "image", "url": Image.open(SCENE).convert("RGB")}
    return [{"role": "user", "content": [picture, {"type": "text", "text": question}]}]


client = OpenAICompatible(model_version=MODEL, base_url=BASE_URL, api_key=KEY, max_retries=1, num_concurrent=2)
client.task_dict = {"scene": {"test": QUESTIONS}}
requests = [
    Instance(
        request_type="generate_until",
        arguments=(question, messages, {"max_new_tokens": 16, "temperature": 0}, index, "scene", "test"),
        idx=0,
        metadata={"task": "scene", "doc_id": index, "repeats": 1},
    )
    for index, question in enumerate(QUESTIONS)
]
print(json.dumps([answer.text for answer in client.generate_until(requests)]))
