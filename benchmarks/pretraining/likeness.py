"""Make again what tells the ECGs that a backbone knows: `python -m benchmarks.pretraining.likeness CONFIG.toml ...`

For backbones that are made already: `cessl pretrain` writes the same beside a new one. Writes NAME.likeness beside the
weights, which stay as they are, and on the card what the configuration says and which share of the ECGs of other
hospitals is unlike.
A backbone whose card has its figures of other hospitals from the one that it started from takes them over again.
"""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.report import arguments
from cessl_gui.core.files import atomic_write
from cessl_gui.learn.network import backbones, device, likeness
from cessl_gui.learn.pretraining.card import corpus_away, settings, unlike_away, what_it_knows
from cessl_gui.learn.pretraining.config import Config, read_config
from cessl_gui.learn.pretraining.data import prepare


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("configs", type=Path, nargs="+")
    for path in parser.parse_args().configs:
        config = read_config(path)
        with device.threads():
            make(config)


def make(config: Config) -> None:
    backbone = backbones.read(config.weights)
    corpus = prepare(config.ecgs(), config.split, config.cache)
    known = what_it_knows(backbone.net, corpus)
    card = backbone.card | config.card | {"settings": settings(config)}
    if "away" in card:
        if config.away:
            unlike = unlike_away(backbone.net, corpus_away(config, frozenset(corpus.keys)), known)
        else:
            unlike = backbones.read(config.start).card["away"]["unlike"] if config.start else {}
        card["away"] |= {"unlike": unlike}
    with atomic_write(config.weights.with_suffix(likeness.SUFFIX)) as new:
        new.write_bytes(known.to_bytes(backbone.sha256))
    with atomic_write(config.weights.with_suffix(".json")) as new:
        new.write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(config.name, card.get("away", {}).get("unlike", "no figures of other hospitals"))


if __name__ == "__main__":
    main()
