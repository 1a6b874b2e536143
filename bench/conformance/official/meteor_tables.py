"""METEOR 1.5's own tables, out of pycocoevalcap. In: {"one_in": N}. Out: the texts of the synonym files, the path of the paraphrase table, and
one in N of its pairs."""

import gzip
import json
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

asked = json.load(sys.stdin)
meteor = Path(list(find_spec("pycocoevalcap").submodule_search_locations)[0], "meteor")
paraphrases = meteor / "data" / "paraphrase-en.gz"
with zipfile.ZipFile(meteor / "meteor-1.5.jar") as jar:
    synsets, exceptions = (jar.read(f"synonym/english.{name}").decode() for name in ("synsets", "exceptions"))
pairs = []
with gzip.open(paraphrases, "rt", encoding="utf-8") as table:
    for number, line in enumerate(table):
        pair, part = divmod(number, 3)
        if pair % asked["one_in"] == 0 and part > 0:
            if part == 1:
                pairs.append([line.rstrip("\n")])
            else:
                pairs[-1].append(line.rstrip("\n"))
json.dump({"synsets": synsets, "exceptions": exceptions, "paraphrases": str(paraphrases), "pairs": pairs}, sys.stdout)
