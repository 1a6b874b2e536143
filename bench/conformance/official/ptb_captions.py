"""PTBTokenizer of pycocoevalcap with its punctuation filter. In: a list of captions. Out: the list of their tokenised forms."""

import json
import sys

from pycocoevalcap.tokenizer.ptbtokenizer import PTBTokenizer

captions = json.load(sys.stdin)
tokenized = PTBTokenizer().tokenize({number: [{"caption": caption}] for number, caption in enumerate(captions)})
json.dump([line for lines in tokenized.values() for line in lines], sys.stdout)
