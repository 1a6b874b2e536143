"""Calls every method of the unmodified `openai` package from PyPI against a running Assay.

Writes one JSON object: method -> null where it worked, or the status with which it was refused. A method
without a call here, or a failure that is not a refusal, ends the program with an error.

Usage: python test/interop/openai_package.py BASE_URL KEY RECEIVER
"""

import base64
import hashlib
import hmac
import json
import sys
import tempfile
import time
from pathlib import Path

import openai
from openai import OpenAI

BASE_URL, KEY, RECEIVER = sys.argv[1:4]
client = OpenAI(base_url=BASE_URL, api_key=KEY, max_retries=0)
made: dict[str, str] = {}

GRADER = {
    "type": "string_check",
    "name": "exact",
    "input": "{{sample.output_text}}",
    "reference": "{{item.answer}}",
    "operation": "eq",
}
CONTENT = [
    {"item": {"answer": "Paris"}, "sample": {"output_text": "Paris"}},
    {"item": {"answer": "Rome"}, "sample": {"output_text": "Milan"}},
]
SCENE = Path("fixtures/scenes/images/assay_scenes2026_000000000001.png")
PICTURE = "data:image/png;base64," + base64.b64encode(SCENE.read_bytes()).decode()
QUESTION = {
    "model": "assay-lxmert",
    "messages": [
        {
            "role": "user",
            "content": [
                {"type": "image_url", "image_url": {"url": PICTURE}},
                {"type": "text", "text": "What colour is it?"},
            ],
        }
    ],
}
UPLOAD = {"bytes": 6, "filename": "data.jsonl", "mime_type": "application/jsonl", "purpose": "evals"}


def keep(name, answer):
    """Keeps the id of an answer for later calls."""
    made[name] = answer.id
    return answer


def ended_run():
    while True:
        run = client.evals.runs.retrieve(made["run"], eval_id=made["eval"])
        if run.status != "in_progress":
            return run
        time.sleep(0.05)


def canceled():
    try:
        return client.evals.runs.cancel(made["run"], eval_id=made["eval"])
    except openai.ConflictError as refused:
        # The run has ended: the answer that the table states.
        return refused


def chunked():
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as file:
        file.write(b"{}\n" * 5)
        file.flush()
        upload = client.uploads.upload_file_chunked(
            file=Path(file.name), mime_type="application/jsonl", purpose="evals", part_size=4
        )
    assert upload.file is not None and upload.file.bytes == 15, upload
    return upload


def expiring():
    file = client.files.create(
        file=("data.jsonl", b'{"item": {}}'),
        purpose="evals",
        expires_after={"anchor": "created_at", "seconds": 3600},
    )
    assert file.expires_at == file.created_at + 3600, file
    return file


def delivery():
    payload = json.dumps({"id": "evt_1", "object": "event", "type": "eval.run.succeeded", "created_at": 1, "data": {"id": "r"}})
    stamp = str(int(time.time()))
    secret = base64.b64decode(made["secret"].removeprefix("whsec_"))
    mac = hmac.new(secret, f"evt_1.{stamp}.{payload}".encode(), hashlib.sha256).digest()
    headers = {"webhook-id": "evt_1", "webhook-timestamp": stamp, "webhook-signature": "v1," + base64.b64encode(mac).decode()}
    return {"payload": payload, "headers": headers, "secret": made["secret"]}


def target(answer):
    made["target"], made["secret"] = answer.id, answer.signing_secret
    return answer


def streamed():
    with client.chat.completions.stream(**QUESTION) as stream:
        return stream.get_final_completion()


def stored():
    keep("completion", client.chat.completions.create(**QUESTION, store=True, metadata={"team": "vision"}))
    return client.chat.completions.retrieve(made["completion"])


def listed():
    found = client.chat.completions.list(metadata={"team": "sound"}, model=QUESTION["model"], order="desc").data
    assert found[0].id == made["completion"]
    return found


def embedded():
    asked = {"model": "assay-clip", "input": ["a dog", "a cat"]}
    decoded = client.embeddings.create(**asked).data[1].embedding
    assert decoded == client.embeddings.create(**asked, encoding_format="float").data[1].embedding
    return decoded


def added_model():
    manifest = json.loads(Path("models/assay-clip/manifest.json").read_text())
    manifest["id"] = "added-by-python"
    manifest["text"]["bytes"] = 2_000_000
    manifest["tokenizer"]["bytes"] = 1000
    client.post("/models", body={"manifest": manifest}, cast_to=object)
    return client.models.delete("added-by-python")


CALLS = {
    "evals.create": lambda: keep(
        "eval",
        client.evals.create(
            name="conformance",
            data_source_config={"type": "custom", "item_schema": {"type": "object"}, "include_sample_schema": True},
            testing_criteria=[GRADER],
        ),
    ),
    "evals.retrieve": lambda: client.evals.retrieve(made["eval"]),
    "evals.update": lambda: client.evals.update(made["eval"], name="renamed", metadata={"team": "vision"}),
    "evals.list": lambda: client.evals.list(limit=5, order="desc", order_by="updated_at"),
    "evals.runs.create": lambda: keep(
        "run",
        client.evals.runs.create(
            made["eval"], data_source={"type": "jsonl", "source": {"type": "file_content", "content": CONTENT}}
        ),
    ),
    "evals.runs.retrieve": ended_run,
    "evals.runs.list": lambda: client.evals.runs.list(made["eval"], order="desc", status="completed"),
    "evals.runs.output_items.list": lambda: keep(
        "item", client.evals.runs.output_items.list(made["run"], eval_id=made["eval"], status="fail").data[0]
    ),
    "evals.runs.output_items.retrieve": lambda: client.evals.runs.output_items.retrieve(
        made["item"], eval_id=made["eval"], run_id=made["run"]
    ),
    "evals.runs.cancel": canceled,
    "evals.runs.delete": lambda: client.evals.runs.delete(made["run"], eval_id=made["eval"]),
    "evals.delete": lambda: client.evals.delete(made["eval"]),
    "fine_tuning.alpha.graders.run": lambda: client.fine_tuning.alpha.graders.run(
        grader=GRADER, model_sample="Paris", item={"answer": "Paris"}
    ),
    "fine_tuning.alpha.graders.validate": lambda: client.fine_tuning.alpha.graders.validate(grader=GRADER),
    "files.create": lambda: keep("file", expiring()),
    "files.retrieve": lambda: client.files.retrieve(made["file"]),
    "files.list": lambda: client.files.list(limit=5, order="desc", purpose="evals"),
    "files.content": lambda: client.files.content(made["file"]).read(),
    "files.retrieve_content": lambda: client.files.retrieve_content(made["file"]),
    "files.wait_for_processing": lambda: client.files.wait_for_processing(made["file"], max_wait_seconds=5),
    "files.delete": lambda: client.files.delete(made["file"]),
    "uploads.create": lambda: keep("upload", client.uploads.create(**UPLOAD)),
    "uploads.parts.create": lambda: keep("part", client.uploads.parts.create(made["upload"], data=b"123456")),
    "uploads.complete": lambda: client.uploads.complete(made["upload"], part_ids=[made["part"]]),
    "uploads.cancel": lambda: client.uploads.cancel(client.uploads.create(**UPLOAD).id),
    "uploads.upload_file_chunked": chunked,
    "webhooks.create": lambda: target(
        client.webhooks.create(name="ci", url=RECEIVER, event_types=["eval.run.succeeded"])
    ),
    "webhooks.retrieve": lambda: client.webhooks.retrieve(made["target"]),
    "webhooks.update": lambda: client.webhooks.update(made["target"], name="nightly"),
    "webhooks.list": lambda: client.webhooks.list(limit=5),
    "webhooks.rotate_secret": lambda: target(
        client.webhooks.rotate_secret(made["target"], keep_old_secret_active_for_24_hours=True)
    ),
    "webhooks.test": lambda: client.webhooks.test(made["target"], event_type="eval.run.succeeded"),
    "webhooks.event_types.list": lambda: client.webhooks.event_types.list(),
    "webhooks.unwrap": lambda: client.webhooks.unwrap(**delivery()),
    "webhooks.verify_signature": lambda: client.webhooks.verify_signature(**delivery()),
    "webhooks.delete": lambda: client.webhooks.delete(made["target"]),
    "models.list": lambda: client.models.list(),
    "models.retrieve": lambda: client.models.retrieve("assay-clip"),
    "models.delete": added_model,
    "embeddings.create": embedded,
    "chat.completions.create": lambda: client.chat.completions.create(**QUESTION, logprobs=True, top_logprobs=3),
    "chat.completions.stream": streamed,
    "chat.completions.parse": lambda: client.chat.completions.parse(**QUESTION),
    "chat.completions.retrieve": stored,
    "chat.completions.update": lambda: client.chat.completions.update(made["completion"], metadata={"team": "sound"}),
    "chat.completions.list": listed,
    "chat.completions.messages.list": lambda: client.chat.completions.messages.list(made["completion"]),
    "chat.completions.delete": lambda: client.chat.completions.delete(made["completion"]),
}


def methods_of(resource, path):
    """The methods of a resource and of the resources in it, as written after `client.`."""
    for name in dir(type(resource)):
        if name.startswith("_") or name.startswith("with_"):
            continue
        if callable(getattr(type(resource), name)):
            yield f"{path}.{name}"
        elif "resources" in type(getattr(resource, name)).__module__:
            yield from methods_of(getattr(resource, name), f"{path}.{name}")


def main():
    resources = ("evals", "fine_tuning.alpha.graders", "files", "uploads", "webhooks", "models", "embeddings", "chat.completions")
    known = set()
    for path in resources:
        resource = client
        for name in path.split("."):
            resource = getattr(resource, name)
        known.update(methods_of(resource, path))
    if known != set(CALLS):
        sys.exit(f"methods and calls differ: {sorted(known ^ set(CALLS))}")
    refused = {}
    for method, call in CALLS.items():
        try:
            call()
            refused[method] = None
        except openai.APIStatusError as error:
            refused[method] = error.status_code
    print(json.dumps({"version": openai.__version__, "refused": refused}))


main()
