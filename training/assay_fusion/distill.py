"""Smaller models from a trained one: a narrow student that repeats its teacher, or the teacher with whole parts cut out.

    python -m assay_fusion.distill --teacher <state>/lxmert --data <state>/data --seen <state>/seen --out <state>/student --steps 1000
    python -m assay_fusion.distill … --out <state>/alone --steps 1000 --teaching 0
    python -m assay_fusion.distill … --out <state>/cut --steps 150 --cut 0.5 --lr 1e-3

A student learns from the examples and from the teacher's distributions (Hinton et al., 2015); with ``--teaching 0`` from
the examples alone. ``--cut`` takes that share of the heads' and hidden units of every layer out (``shrink``) and mends
the rest by the same loss. ``<out>/sizes.json`` holds what the network was made of, so that it can be loaded again.
"""

from __future__ import annotations

import argparse
import copy
import json
import sys
from dataclasses import asdict
from pathlib import Path

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import Tensor

from . import shrink, texts
from .batches import Batch, World
from .blocks import LINEAGES, Config
from .checkpoints import averaged_weights
from .ends import Said
from .examples import ANSWER, MATCH, TRUTH, load
from .fusion import Fusion, anchor, name_kinds
from .perceived import Perceived
from .terms import LossOf, judged, loss_of
from .things import COLOUR
from .train_fusion import Options, train
from .vocabulary import COLOUR_NAMES, KINDS, MANY

TEMPERATURE = 2.0
NARROW = {"width": 64, "hidden": 128, "crosses": 2}


def repeated(said: Said, heard: Said, batch: Batch) -> Tensor:
    """Mean cross-entropy of what a student says with what its teacher says: answers, truth, numbers, things that decide."""
    answers, truths, matches = (batch.heads == head for head in (ANSWER, TRUTH, MATCH))
    loss = soft(said.answer[answers], heard.answer[answers]) + soft(said.count, heard.count)
    for own, ours, theirs in ((truths, said.truth, heard.truth), (matches, said.match, heard.match)):
        loss = loss + F.binary_cross_entropy_with_logits(ours[own], theirs[own].sigmoid(), reduction="sum")
    here = (batch.things[..., COLOUR].sum(-1, keepdim=True) > 0.01).to(said.things.dtype).expand_as(said.things)
    marks = F.binary_cross_entropy_with_logits(said.things, heard.things.sigmoid(), reduction="none") * here
    return (loss + (marks.flatten(1).sum(1) / here.flatten(1).sum(1).clamp(min=1)).sum()) / len(batch.targets)


def soft(ours: Tensor, theirs: Tensor) -> Tensor:
    """Sum over rows of the divergence from ``theirs`` at the temperature, scaled back to gradients of logits."""
    own, given = F.log_softmax(ours / TEMPERATURE, -1), F.log_softmax(theirs / TEMPERATURE, -1)
    return F.kl_div(own, given, reduction="sum", log_target=True) * TEMPERATURE**2


def taught_by(teacher: Fusion, share: float) -> LossOf:
    """A loss of which ``share`` is the teacher's word and the rest what the examples say."""

    def both(model: Fusion, batch: Batch) -> tuple[Tensor, Tensor]:
        said = model.say(batch.things, batch.ids)
        loss, right = judged(said, batch)
        with torch.no_grad():
            heard = teacher.say(batch.things, batch.ids)
        return (1 - share) * loss + share * repeated(said, heard, batch), right

    return both


def whole(folder: Path, lineage: str, tokenizer: Tokenizer) -> Fusion:
    """A trained model with the averaged weights."""
    model = Fusion(Config(lineage=lineage, vocabulary=tokenizer.get_vocab_size()))
    model.load_state_dict(averaged_weights(folder))
    return model.eval()


def narrow(lineage: str, tokenizer: Tokenizer) -> Fusion:
    """A student before its first step; words and names begin as its teacher's did."""
    model = Fusion(Config(lineage=lineage, vocabulary=tokenizer.get_vocab_size(), **NARROW))
    name_kinds(model, tokenizer.get_vocab(), [(k, MANY[k]) for k in KINDS], list(COLOUR_NAMES))
    anchor(model)
    return model


def small(out: Path) -> Fusion:
    """The network of ``<out>/sizes.json`` with the averaged weights of its last checkpoint."""
    sizes = json.loads((out / "sizes.json").read_text())
    model = Fusion(Config(**sizes["config"]))
    shrink.keep_only(model, sizes["kept"])
    model.load_state_dict(averaged_weights(out))
    return model.eval()


def options_of(line: list[str]) -> argparse.Namespace:
    """The command line's options."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for name in ("teacher", "data", "seen", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--lineage", choices=LINEAGES, default="lxmert")
    parser.add_argument("--teaching", type=float, default=0.7, help="share of the loss that repeats the teacher")
    parser.add_argument("--cut", type=float, default=0.0, help="share of heads and hidden units to take out of the teacher")
    parser.add_argument("--lr", type=float, default=Options.lr)
    return parser.parse_args(line)


def main() -> None:
    arguments = options_of(sys.argv[1:])
    torch.set_num_threads(1)
    torch.manual_seed(Options.seed)
    out: Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    tokenizer = texts.load(arguments.data / "tokenizer.json")
    teacher = whole(arguments.teacher, arguments.lineage, tokenizer)
    options = Options(
        arguments.data, out, arguments.steps, arguments.lineage, seen=str(arguments.seen), lr=arguments.lr,
    )
    kept: shrink.Kept = {}
    if arguments.cut:
        model = whole(arguments.teacher, arguments.lineage, tokenizer)
        perceived = Perceived(arguments.seen)
        worlds = [World(name, load(options.data, name), tokenizer, perceived, options.held_out) for name, _ in options.parts]
        kept = shrink.least_needed(model, worlds, arguments.cut)
        shrink.keep_only(model, kept)
    else:
        model = narrow(arguments.lineage, tokenizer)
    (out / "sizes.json").write_text(json.dumps({"config": asdict(model.config), "kept": kept}) + "\n")
    train(options, model.train(), copy.deepcopy(model), tokenizer, taught_by(teacher, arguments.teaching) if arguments.teaching else loss_of)


if __name__ == "__main__":
    main()
