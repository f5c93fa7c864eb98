"""The classifiers that a setting names. An adapter is imported when it is named, since each brings a package of its
own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from phonofilm.errors import RequestError
from phonofilm.trust.classify.classifier import Classifier, Nothing


def build(setting: str | Sequence[Mapping[str, Any]]) -> tuple[Classifier, ...]:
    """The classifiers a setting names: ``"none"``; ``"default"``, the shipped ones whose packages are installed
    (``meaning`` reads prompts, ``nsfw`` looks at pictures; no picture checker counts as none); or a list of tables with
    ``kind`` = "meaning", "nsfw", "onnx" or "api" and that adapter's own fields.

    Raises RequestError naming the field; MissingExtra where an adapter's package is absent. Loads no model.
    """
    if isinstance(setting, str):
        if setting == "none":
            return (Nothing(),)
        if setting == "default":
            return _shipped()
        raise RequestError(
            f'classifiers: {setting!r} is not known; write "default", "none", or a list of tables with kind = {_KINDS}'
        )
    if not setting:
        raise RequestError('classifiers: the list is empty; write "none" if nothing is to look at pictures')
    built: list[Classifier] = []
    for index, table in enumerate(setting):
        if not isinstance(table, Mapping):
            raise RequestError(f"classifiers[{index}] must be a table with kind = {_KINDS}")
        try:
            built.append(_kind(table.get("kind"), {key: value for key, value in table.items() if key != "kind"}))
        except TypeError as error:
            raise RequestError(f"classifiers[{index}]: {str(error).split('__init__() ')[-1]}") from error
        except RequestError as error:
            raise RequestError(f"classifiers[{index}]: {error}") from error
    if len({classifier.name for classifier in built}) < len(built):
        raise RequestError("classifiers: two have the same name; give each a name of its own")
    return tuple(built)


_KINDS = '"meaning", "nsfw", "onnx" or "api"'


def _kind(kind: Any, fields: dict[str, Any]) -> Classifier:
    if kind == "meaning":
        from phonofilm.trust.classify.classifier_meaning import Meaning

        return Meaning(**fields)
    if kind == "nsfw":
        from phonofilm.trust.classify.classifier_nsfw import OpenNsfw

        return OpenNsfw(**fields)
    if kind == "onnx":
        from phonofilm.trust.classify.classifier_onnx import OnnxClassifier

        return OnnxClassifier(**fields)
    if kind == "api":
        from phonofilm.trust.classify.classifier_api import ModerationApi

        return ModerationApi(**fields)
    raise RequestError(f"kind {kind!r} is not known; choose {_KINDS}")


def _shipped() -> tuple[Classifier, ...]:
    from phonofilm.trust.classify import classifier_meaning, classifier_nsfw

    reads: tuple[Classifier, ...] = (classifier_meaning.Meaning(),) if classifier_meaning.available() else ()
    looks: Classifier = classifier_nsfw.OpenNsfw() if classifier_nsfw.available() else Nothing()
    return (*reads, looks)
