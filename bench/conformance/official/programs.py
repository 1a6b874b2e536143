"""The official programs, each behind one function: plain data in, plain data out.

What each needs (`Programs`; none is part of this repository):

  python       a Python 3 with numpy, scipy and pycocoevalcap 1.2, which also brings three jars: CoreNLP 3.4.1, METEOR 1.5, SPICE 1.0
  java, javac  17
  python2      2.7.18, for the VQA scorer
  wordnet      the folder of WordNet 3.0's files (Debian's wordnet-base: /usr/share/wordnet)
  official     a folder of checkouts:
                 VQA/                    GT-Vision-Lab/VQA @a013f00        VQA-before-2021/  the same @458a8b2
                 nlvr/                   lil-lab/nlvr @1892484             cider/            vrama91/cider @f281464
                 vsepp/                  fartashf/vsepp @abe382f           CLIP4Clip/        ArrowLuo/CLIP4Clip @508ffa3
                 collaborative-experts/  albanie/collaborative-experts @7eb3b9d
                 clipscore/              jmhessel/clipscore @1036465       coin/             coin-dataset/code @c1e09e7

Heavy imports that the functions called do not use (torch, clip, PIL) are replaced by empty modules, never the arithmetic; torch's few
functions in CLIP4Clip's `metrics.py` by numpy's of the same meaning. Python 2 sources of vrama91/cider are read with `xrange` and
`iteritems` renamed.

Used by the generator of `test/golden` and by `npm run bench -- conformance`. As a command: JSON in, JSON out,
`{"programs": {"official": FOLDER, "python2": PATH, "java": PATH}, "name": one of ANSWERS, "requests": [arguments, …]}` to a list of answers.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import math
import os
import subprocess
import sys
import tempfile
import types
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent


@dataclass
class Programs:
    """Where the programs are."""

    official: Path | None = None
    python2: str = "python2.7"
    java: str = "java"
    wordnet: Path = Path("/usr/share/wordnet")
    #: Files read, for the record beside the numbers.
    used: set[Path] = field(default_factory=set)

    def source(self, *parts: str) -> Path:
        """The path of an official file."""
        if self.official is None:
            raise SystemExit("say where the official checkouts are: --official FOLDER")
        path = self.official.joinpath(*parts)
        if not path.exists():
            raise FileNotFoundError(f"{path} is absent; see programs.py for the layout")
        self.used.add(path)
        return path

    def pycocoevalcap(self, *parts: str) -> Path:
        """The path of a file of the package."""
        spec = importlib.util.find_spec("pycocoevalcap")
        if spec is None:
            raise SystemExit("pycocoevalcap 1.2 is not installed in this Python")
        path = Path(list(spec.submodule_search_locations)[0]).joinpath(*parts)
        self.used.add(path)
        return path


# --- captions -------------------------------------------------------------------------------------------------------------------

PUNCTUATION = ["''", "'", "``", "`", "-LRB-", "-RRB-", "-LCB-", "-RCB-", ".", "?", "!", ",", ":", "-", "--", "...", ";"]


def ptb_lines(programs: Programs, lines: list[str]) -> list[str]:
    """Tokens of each line, punctuation kept: PTBTokenizer as pycocoevalcap calls it."""
    jar = programs.pycocoevalcap("tokenizer", "stanford-corenlp-3.4.1.jar")
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".txt", newline="") as file:
        file.write("\n".join(lines))
        file.flush()
        out = subprocess.run(
            [programs.java, "-cp", str(jar), "edu.stanford.nlp.process.PTBTokenizer", "-preserveLines", "-lowerCase", file.name],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True,
        ).stdout.decode("utf-8")
    tokens = out.split("\n")
    return tokens[: len(lines)]


def without_punctuation(line: str) -> str:
    """pycocoevalcap's filter of a tokenised line."""
    return " ".join(word for word in line.rstrip().split(" ") if word not in PUNCTUATION)


def caption_scores(programs: Programs, items: list[dict]) -> dict:
    """BLEU, ROUGE-L and CIDEr-D of pycocoevalcap. Items: {id, candidate, references}, tokenised."""
    from pycocoevalcap.bleu.bleu import Bleu
    from pycocoevalcap.bleu.bleu_scorer import BleuScorer
    from pycocoevalcap.cider.cider import Cider
    from pycocoevalcap.rouge.rouge import Rouge

    for name in ("bleu/bleu_scorer.py", "rouge/rouge.py", "cider/cider_scorer.py"):
        programs.pycocoevalcap(*name.split("/"))
    gts = {item["id"]: item["references"] for item in items}
    res = {item["id"]: [item["candidate"]] for item in items}
    with contextlib.redirect_stdout(io.StringIO()):
        bleu, bleus = Bleu(4).compute_score(gts, res)
        rouge, rouges = Rouge().compute_score(gts, res)
        cider, ciders = Cider().compute_score(gts, res)
        counted = BleuScorer(n=4)
        for item in items:
            counted += (item["candidate"], item["references"])
        counted.compute_score(option="closest", verbose=0)
    names = ["Bleu_1", "Bleu_2", "Bleu_3", "Bleu_4", "ROUGE_L", "CIDEr"]
    components = {"testlen": counted._testlen, "reflen": counted._reflen}
    components |= {key: [sum(c[key][k] for c in counted.ctest) for k in range(4)] for key in ("guess", "correct")}
    rows = zip(*bleus, rouges, ciders)
    return {
        "aggregate": dict(zip(names, [*map(float, bleu), float(rouge), float(cider)])),
        "bleu_components": components,
        "per_image": {item["id"]: dict(zip(names, map(float, row))) for item, row in zip(items, rows)},
    }


def meteor_synonyms(programs: Programs, folder: Path) -> None:
    """Writes WordNet's files in METEOR's form, so that METEOR and SPICE read them with ``-d``."""
    synsets: dict[str, list[str]] = {}
    exceptions: dict[str, list[str]] = {}
    for part in ("noun", "verb", "adj", "adv"):
        data, exc = programs.wordnet / f"data.{part}", programs.wordnet / f"{part}.exc"
        programs.used |= {data, exc}
        for line in data.read_text("latin-1").split("\n"):
            if not line or line.startswith(" "):
                continue
            fields = line.split(" ")
            for index in range(int(fields[3], 16)):
                word = fields[4 + 2 * index].lower()
                for marker in ("(a)", "(p)", "(ip)"):
                    word = word.removesuffix(marker)
                if fields[0] not in synsets.setdefault(word, []):
                    synsets[word].append(fields[0])
        for line in exc.read_text("latin-1").split("\n"):
            form, *bases = line.split() or [""]
            for base in bases:
                exceptions.setdefault(base, []).append(form)
    (folder / "english.synsets").write_text("".join(f"{word}\n{' '.join(ids)}\n" for word, ids in sorted(synsets.items())))
    (folder / "english.exceptions").write_text("".join(f"{base}\n{' '.join(f)}\n" for base, f in sorted(exceptions.items())))
    (folder / "english.relations").write_text("")


WEIGHTS = {"exact": "1.0", "stem": "0.6", "synonym": "0.8", "paraphrase": "0.6"}


def meteor_scores(programs: Programs, items: list[dict], modules: list[str], synonyms: Path | None = None) -> dict:
    """METEOR 1.5's 23 statistics and score of each item, and the corpus's score. Items as in `caption_scores`."""
    jar = programs.pycocoevalcap("meteor", "meteor-1.5.jar")
    command = [programs.java, "-Xmx2G", "-jar", str(jar), "-", "-", "-stdio", "-l", "en", "-norm"]
    command += ["-m", " ".join(modules), "-w", " ".join(WEIGHTS[name] for name in modules)]
    if synonyms is not None:
        command += ["-d", str(synonyms)]

    def ask(lines: list[str], answers: int) -> list[str]:
        done = subprocess.run(command, input="\n".join(lines).encode() + b"\n", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        out = done.stdout.decode().split("\n")[:answers]
        if done.returncode != 0 or len(out) < answers:
            raise RuntimeError(done.stderr.decode()[-2000:])
        return out

    statistics = ask([" ||| ".join(["SCORE", *item["references"], item["candidate"]]) for item in items], len(items))
    scores = [float(line) for line in ask([" ||| ".join(["EVAL", *statistics])], len(items) + 1)]
    rows = [[float(number) for number in line.split()] for line in statistics]
    ids = [item["id"] for item in items]
    return {
        "score": scores[-1],
        "per_image": {id: {"score": score, "statistics": row} for id, score, row in zip(ids, scores, rows)},
    }


def _cider_scorer(programs: Programs, variant: str):
    path = programs.source("cider", "pyciderevalcap", *{"CIDEr": ("cider", "cider_scorer.py"), "CIDEr-D": ("ciderD", "ciderD_scorer.py")}[variant])
    module = types.ModuleType("official_cider")
    exec(compile(path.read_text().replace("xrange", "range").replace("iteritems", "items"), str(path), "exec"), module.__dict__)
    return module.CiderScorer


def cider_scores(programs: Programs, items: list[dict], variant: str, table: dict | None = None) -> list[float]:
    """vrama91/cider's score of each item; document frequencies of the items, or a table {documents, frequencies: {"a dog": 3}}."""
    import numpy as np

    scorer = _cider_scorer(programs, variant)()
    for item in items:
        scorer += (item["candidate"], item["references"])
    if table is None:
        return [float(value) for value in scorer.compute_score("corpus")[1]]
    for ngram, count in table["frequencies"].items():
        scorer.document_frequency[tuple(ngram.split(" "))] = float(count)
    # compute_cider knows 40504 documents only: the mode is left unknown and the number set here
    scorer.ref_len = np.log(float(table["documents"]))
    return [float(value) for value in scorer.compute_cider("table")]


# --- SPICE ----------------------------------------------------------------------------------------------------------------------

def spice_scores(programs: Programs, images: list[dict], synonyms: Path, synsets: bool, words: list[str] = []) -> dict:
    """SPICE's scores of each image from tuples; with ``synsets`` false as with ``-noSynsets``. Also the synset ids of words."""
    jars = [programs.pycocoevalcap("spice", "spice-1.0.jar"), programs.pycocoevalcap("tokenizer", "stanford-corenlp-3.4.1.jar")]
    path = os.pathsep.join([*map(str, jars), str(jars[0].parent / "lib" / "*")])
    with tempfile.TemporaryDirectory() as out:
        subprocess.run([f"{programs.java}c", "-nowarn", "-Xlint:none", "-cp", path, "-d", out, str(HERE / "SpiceFromTuples.java")], check=True, stderr=subprocess.DEVNULL)
        request = {"images": images, "synonyms": str(synonyms), "synsets": synsets, "words": words}
        done = subprocess.run(
            [programs.java, "-cp", out + os.pathsep + path, "edu.anu.spice.SpiceFromTuples"],
            input=json.dumps(request).encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        if done.returncode != 0:
            raise RuntimeError(done.stderr.decode()[-2000:])
    return json.loads(done.stdout)


# --- VQA ------------------------------------------------------------------------------------------------------------------------

VQA_FOLDERS = {"vqa-2021": "VQA", "vqa-2015": "VQA-before-2021"}


def vqa_scores(programs: Programs, scorer: str, sets: list[dict], texts: list[str] = []) -> dict:
    """The official scorer of 2021 or the one before. Sets: {annotations, results, decimals}, rows of the official files."""
    path = programs.source(VQA_FOLDERS[scorer], "PythonEvaluationTools", "vqaEvaluation", "vqaEval.py")
    done = subprocess.run(
        [programs.python2, str(HERE / "vqa_python2.py")],
        input=json.dumps({"scorer": str(path), "sets": sets, "texts": texts}).encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr.decode()[-2000:])
    return json.loads(done.stdout)


# --- NLVR2 ----------------------------------------------------------------------------------------------------------------------

def nlvr2_output(programs: Programs, script: str, files: list[str]) -> str:
    """What a script of `nlvr2/eval` prints, given the texts of its files in the order of its arguments."""
    path = programs.source("nlvr", "nlvr2", "eval", script)
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for index, text in enumerate(files):
            paths.append(str(Path(folder) / str(index)))
            Path(paths[-1]).write_text(text, encoding="utf-8")
        return subprocess.run([sys.executable, str(path), *paths], stdout=subprocess.PIPE, check=True).stdout.decode()


# --- vectors --------------------------------------------------------------------------------------------------------------------

@contextlib.contextmanager
def _stand_ins(*names: str, **modules: object):
    """Modules that are imported and not used, or given, while official code is read."""
    def unused(name: str) -> types.ModuleType:
        module = types.ModuleType(name)
        module.__getattr__ = lambda attribute: types.SimpleNamespace()  # type: ignore[method-assign]
        return module

    before = dict(sys.modules)
    sys.modules.update({name: unused(name) for name in names} | modules)
    try:
        yield
    finally:
        for name in (*names, *modules):
            del sys.modules[name]
            if name in before:
                sys.modules[name] = before[name]


def _load(path: Path) -> types.ModuleType:
    spec = importlib.util.spec_from_file_location("official_" + path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def vsepp_ranks(programs: Programs, images: list, captions: list) -> dict:
    """VSE++'s i2t and t2i: one vector an image, five caption vectors an image in a row."""
    import numpy as np

    with _stand_ins("data", "vocab", "torch", "model"):
        module = _load(programs.source("vsepp", "evaluation.py"))
    # it takes images five times over; under Python 3 it must be told how many there are
    many, texts, count = np.repeat(np.array(images), 5, axis=0), np.array(captions), len(images)
    out = {}
    for name, call in (("i2t", module.i2t), ("t2i", module.t2i)):
        values, (ranks, _) = call(many, texts, npts=count, return_ranks=True)
        out[name] = dict(zip(("R@1", "R@5", "R@10", "medr", "meanr"), map(float, values)))
        out[name + "_ranks"] = [int(rank) for rank in ranks]
    out["rsum"] = sum(out[way][key] for way in ("i2t", "t2i") for key in ("R@1", "R@5", "R@10"))
    return out


def _numpy_as_torch() -> types.ModuleType:
    """The functions of torch that CLIP4Clip's metrics call, in numpy. `median` is the lower middle, as torch's."""
    import numpy as np

    class Tensor(np.ndarray):
        def permute(self, *axes):
            return self.transpose(*axes)

        def numpy(self):
            return np.asarray(self)

    def tensor(value):
        return np.asarray(value).view(Tensor)

    def argsort(value, dim, descending):
        return tensor(np.argsort(-value if descending else value, axis=dim, kind="stable"))

    def median(value):
        ordered = np.sort(np.asarray(value).ravel())
        return ordered[(len(ordered) - 1) // 2]

    def largest(value, dim, keepdim):
        return tensor(np.max(value, axis=dim, keepdims=keepdim)), None

    torch = types.ModuleType("torch")
    for name, function in {
        "tensor": tensor, "is_tensor": lambda value: isinstance(value, Tensor), "argsort": argsort, "median": median, "max": largest,
        "flatten": lambda value: tensor(value.ravel()), "diagonal": lambda value, dim1, dim2: tensor(np.diagonal(value, 0, dim1, dim2)),
        "logical_or": np.logical_or, "isinf": np.isinf, "isnan": np.isnan, "sum": np.sum, "squeeze": lambda value: tensor(np.squeeze(value)),
    }.items():
        setattr(torch, name, function)
    return torch


def clip4clip(programs: Programs, videos: list, captions: list[list]) -> dict:
    """CLIP4Clip with several sentences a video: sentences padded with -inf to the longest list."""
    import numpy as np

    with _stand_ins(torch=_numpy_as_torch()):
        module = _load(programs.source("CLIP4Clip", "metrics.py"))
    similarity, longest = np.array(videos), max(map(len, captions))
    padded = np.full((len(captions), longest, len(videos)), -np.inf)
    for index, own in enumerate(captions):
        padded[index, : len(own)] = np.array(own) @ similarity.T
    ranks = [
        int(rank)
        for index, own in enumerate(captions)
        for rank in (lambda rows: [int(np.where(np.argsort(-row, kind="stable") == index)[0][0]) for row in rows])(padded[index, : len(own)])
    ]
    t2v = module.tensor_text_to_video_metrics(padded)
    v2t = module.compute_metrics(np.asarray(module.tensor_video_to_text_sim(padded)))
    return {
        "t2v": {key: t2v[key] for key in ("R1", "R5", "R10", "MedianR", "MeanR", "Std_Rank")} | {"n": len(ranks)},
        "v2t": {key: float(v2t[key]) for key in ("R1", "R5", "R10", "MR", "MedianR", "MeanR")},
        "t2v_ranks": ranks,
    }


def clip4clip_rows(programs: Programs, rows: list) -> dict:
    """CLIP4Clip's compute_metrics of a square matrix whose rows are queries."""
    import numpy as np

    with _stand_ins("torch"):
        module = _load(programs.source("CLIP4Clip", "metrics.py"))
    values = module.compute_metrics(np.array(rows, dtype=float))
    return {key: value if key == "cols" else float(value) for key, value in values.items()}


def collaborative_experts(programs: Programs, similarities: list, masks: list | None = None) -> dict:
    """collaborative-experts' t2v and v2t of a matrix, queries by videos, as many queries a video; masks tell which are there."""
    import numpy as np

    with _stand_ins("torch", "ipdb"):
        module = _load(programs.source("collaborative-experts", "model", "metric.py"))
    matrix = np.array(similarities, dtype=float)
    mask = None if masks is None else np.array(masks)
    numbers = lambda metrics: {key: float(value) for key, value in metrics.items()}  # noqa: E731
    return {"t2v": numbers(module.t2v_metrics(matrix.copy(), mask)), "v2t": numbers(module.v2t_metrics(matrix.copy(), mask))}


def clipscores(programs: Programs, images: list, candidates: list, references: list[list], dtype: str) -> dict:
    """CLIPScore's cosines and scores from vectors: the text tower is replaced by a look-up."""
    import numpy as np

    parse = lambda text: tuple(int(part) for part in text.split(".")[:2])  # noqa: E731
    given = {
        "torch": types.SimpleNamespace(utils=types.SimpleNamespace(data=types.SimpleNamespace(Dataset=object))),
        "tqdm": types.SimpleNamespace(tqdm=lambda items: items),
        "packaging": types.SimpleNamespace(version=types.SimpleNamespace(parse=parse)),
    }
    unused = ("clip", "PIL", "sklearn", "sklearn.preprocessing", "torchvision", "torchvision.transforms", "generation_eval_utils")
    with _stand_ins(*unused, **given):
        module = _load(programs.source("clipscore", "clipscore.py"))
    module.extract_all_captions = lambda captions, model, device: np.array([list(vector) for vector in captions], dtype=dtype)
    with np.errstate(all="ignore"):
        import warnings

        warnings.simplefilter("ignore")
        mean, per, features = module.get_clip_score(None, np.array(images, dtype=dtype), [tuple(c) for c in candidates], "cpu")
        _, text = module.get_refonlyclipscore(None, [[tuple(r) for r in own] for own in references], features, "cpu")
        text = np.array(text)
        both = 2 * per * text / (per + text)
    # nan and inf are not JSON
    plain = lambda values: [float(value) if math.isfinite(value) else None for value in values]  # noqa: E731
    number = lambda value: float(value) if math.isfinite(value) else None  # noqa: E731
    return {
        "CLIPScore": plain(per), "CLIPScore_mean": number(mean), "text_text_max_cosine": plain(text),
        "RefCLIPScore": plain(both), "RefCLIPScore_mean": number(np.mean(both)),
    }


# --- COIN -----------------------------------------------------------------------------------------------------------------------

def coin_scores(programs: Programs, truth: list, proposals: list, classes: int, nms: float | None = 0.6, top: int = 60) -> dict:
    """The protocol of `tc-rc3d/json_eval.py` on `evaluate.py`. Rows: {video, step, start, end} and with score."""
    import numpy as np

    evaluate = _load(programs.source("coin", "tc-rc3d", "evaluate.py"))
    evaluate.number_label = classes
    truths: list[list] = [[] for _ in range(classes)]
    for row in truth:
        truths[row["step"] - 1].append([row["step"] - 1, row["start"], row["end"], 1, row["video"]])
    by_video: dict[str, list] = {}
    for row in proposals:
        by_video.setdefault(row["video"], []).append(row)
    groups: list[list] = [[] for _ in range(classes)]
    for video, rows in by_video.items():
        for row in sorted(rows, key=lambda r: r["score"], reverse=True)[:top]:
            groups[row["step"] - 1].append([row["step"] - 1, row["start"], row["end"], row["score"], video])
    for group in groups:
        group.sort(key=lambda r: r[3], reverse=True)
    if nms is not None:
        kept: list[list] = [[] for _ in range(classes)]
        for index, group in enumerate(groups):
            for one in group:
                stays = True
                for other in kept[index]:
                    if other[4] == one[4]:
                        common = max(0, min(other[2], one[2]) - max(other[1], one[1]))
                        hull = max(other[2], one[2]) - min(other[1], one[1])
                        stays = common / hull < nms
                if stays:
                    kept[index].append(one)
        groups = kept
    every, all_truth = sum(groups, []), sum(truths, [])
    out: dict = {
        "n_predictions": len(every),
        "miou_per_video": float(evaluate.miou_per_v(every, all_truth)),
        "miou": float(evaluate.miou(every, all_truth)),
        "tIoU": {},
    }
    rows = []
    for threshold in np.arange(0.1, 1.0, 0.1):
        pairs = [evaluate.ap(list(groups[c]), threshold, truths[c]) for c in range(classes)]
        with contextlib.redirect_stdout(io.StringIO()):
            f1 = evaluate.f1(every, threshold, all_truth)
        annotated = [pairs[c][0] for c in range(classes) if truths[c]]
        rows.append((np.mean([p for p, _ in pairs]), np.mean([r for _, r in pairs]), np.mean(annotated), f1))
        names = (f"mAP_over_{classes}", f"mAR_over_{classes}", "mAP_over_classes_with_gt", "F1")
        out["tIoU"][f"{threshold:.1f}"] = dict(zip(names, map(float, rows[-1])))
    means = [float(np.mean([row[slot] for row in rows])) for slot in (0, 1, 3)]
    out["average"] = dict(zip((f"mAP_over_{classes}", f"mAR_over_{classes}", "F1"), means))
    return out


# --- the command ----------------------------------------------------------------------------------------------------------------

def _spice(programs: Programs, images: list, synsets: bool, table: dict[str, list[int]]) -> list:
    """With a table of its own, {word: ids}."""
    with tempfile.TemporaryDirectory() as folder:
        write_synonyms(Path(folder), table)
        return spice_scores(programs, images, Path(folder), synsets)["scores"]


def write_synonyms(folder: Path, table: dict[str, list[int]]) -> None:
    """METEOR's files of a table {word: ids}."""
    (folder / "english.synsets").write_text("".join(f"{word}\n{' '.join(map(str, ids))}\n" for word, ids in table.items() if ids))
    (folder / "english.exceptions").write_text("")
    (folder / "english.relations").write_text("")


def _meteor(programs: Programs, items: list, modules: list[str], table: dict[str, list[int]] | None = None) -> dict:
    if table is None:
        return meteor_scores(programs, items, modules)
    with tempfile.TemporaryDirectory() as folder:
        write_synonyms(Path(folder), table)
        return meteor_scores(programs, items, modules, Path(folder))


ANSWERS = {
    "ptb": ptb_lines, "captions": caption_scores, "meteor": _meteor, "cider": cider_scores, "spice": _spice, "vqa": vqa_scores,
    "nlvr2": nlvr2_output, "vsepp": vsepp_ranks, "clip4clip": clip4clip, "experts": collaborative_experts, "clipscore": clipscores,
    "coin": coin_scores,
}


def main() -> None:
    asked = json.load(sys.stdin)
    where = asked["programs"]
    official = where.get("official")
    programs = Programs(official and Path(official).resolve(), where.get("python2", "python2.7"), where.get("java", "java"))
    answers = []
    for request in asked["requests"]:
        try:
            answers.append(ANSWERS[asked["name"]](programs, **request))
        except FileNotFoundError as error:
            answers.append({"absent": str(error)})
        except (ArithmeticError, AssertionError, IndexError, ValueError) as error:
            # where the official program raises, the answer says so
            answers.append({"raised": f"{type(error).__name__}: {error}"})
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
