# -*- coding: utf-8 -*-
"""The official VQA scorer under Python 2.7, for which it was written: JSON in, JSON out. Called by `programs.py`.

Standard input: {"scorer": path of vqaEval.py, "sets": [{"annotations", "results", "decimals"}], "texts": [..]}.
`vqaTools/vqa.py`, which only indexes the files by question, is replaced by `Index`.
"""
import codecs
import imp
import json
import os
import sys


class Index(object):
    def __init__(self, rows):
        self.rows = rows
        self.qa = dict((row["question_id"], row) for row in rows)

    def getQuesIds(self):
        return [row["question_id"] for row in self.rows]


def main():
    request = json.load(sys.stdin)
    scorer = imp.load_source("official_vqa", request["scorer"])
    answers = codecs.getwriter("utf-8")(os.fdopen(os.dup(1), "w"))
    os.dup2(2, 1)  # what the scorer prints
    sets = []
    for each in request["sets"]:
        evaluation = scorer.VQAEval(Index(each["annotations"]), Index(each["results"]), each["decimals"])
        evaluation.evaluate()
        sets.append({"accuracy": evaluation.accuracy, "evalQA": evaluation.evalQA})
    steps = scorer.VQAEval(Index([]), Index([]))
    texts = []
    for text in request["texts"]:
        cleaned = text.replace("\n", " ").replace("\t", " ").strip()
        punctuation = steps.processPunctuation(cleaned)
        texts.append([cleaned, punctuation, steps.processDigitArticle(punctuation)])
    json.dump({"sets": sets, "texts": texts}, answers)
    answers.flush()


main()
