"""What a pre-training run starts from, and what it will need, looked at before hours of work."""

from __future__ import annotations

from cessl_gui.core.errors import ModelMismatch, NotWritten
from cessl_gui.learn.network import backbones
from cessl_gui.learn.network.backbone import BackboneSpec, CesslNet
from cessl_gui.learn.pretraining.config import Config
from cessl_gui.learn.pretraining.sources import NoSource


def see_what_it_needs(config: Config) -> None:
    """See before hours of work that its start can be read, and that what is needed at its end will be there.

    raises : ModelMismatch, NoSource or NotWritten
    """
    if config.start is not None:
        see_same_size(config.size, backbones.read(config.start).spec)
    for teacher in config.teachers:
        backbones.read(teacher)
    for source in config.away:
        if not (config.data / source.path).exists():
            raise NoSource(f"{config.data / source.path} is not there.", "Check the path of this [[away]].")
    for folder in (config.out, config.cache):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise NotWritten(f"{folder} cannot be written to.", "Name another folder as `out` or `cache`.") from error


def see_same_size(wanted: str, known: BackboneSpec) -> None:
    """raises : ModelMismatch if a backbone to start from has another size"""
    if known.size != wanted:
        raise ModelMismatch(f"{known.name} is not of the size {wanted}.", "Start from one of that size.")


def go_on_from(net: CesslNet, known: CesslNet) -> None:
    """Give a fresh network the weights of another of its size; statements that only it has keep their drawn outputs.

    raises : ModelMismatch if the sizes differ
    """
    see_same_size(net.spec.size, known.spec)
    state, given = net.state_dict(), known.state_dict()
    new = [i for i, code in enumerate(net.spec.statements) if code in known.spec.statements]
    old = [known.spec.statements.index(net.spec.statements[i]) for i in new]
    for name, value in given.items():
        if name.startswith("classifier.1."):
            state[name][new] = value[old]
        else:
            state[name].copy_(value)
