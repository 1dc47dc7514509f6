"""Scenario files: found by name or path, put together from what they build on, and checked."""

from __future__ import annotations

import copy
import os
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from sim.errors import Problem, ScenarioError, nearest, quote
from sim.scenario.changes import apply_changes
from sim.scenario.files.complaints import origin_of
from sim.scenario.files.yaml import Document, parse_yaml, read_yaml_file
from sim.scenario.scenario import Scenario, checked

if TYPE_CHECKING:
    from collections.abc import Mapping


def shipped(folder: str) -> Path:
    """Return a folder that is shipped: beside the package in a checkout, inside it when installed."""
    package = Path(__file__).resolve().parents[2]
    inside = package / "_shipped" / folder
    return inside if inside.exists() else package.parent / folder


@dataclass(frozen=True, slots=True)
class ScenarioCard:
    """A shipped scenario, as ``opsim list`` shows it."""

    key: str
    path: Path
    name: str
    story: str
    question: str


@lru_cache(maxsize=1)
def scenario_cards() -> tuple[ScenarioCard, ...]:
    """Return the shipped scenarios, by file name."""
    cards = []
    for path in sorted(shipped("scenarios").glob("*.yaml")):
        data = read_yaml_file(path).data
        texts = (str(data.get(key, "")).strip() for key in ("name", "story", "question"))
        cards.append(ScenarioCard(path.stem, path, *texts))
    return tuple(cards)


def load(source: str | Path, changes: Mapping[str, Any] | None = None, where: str = "changes") -> Scenario:
    """Return a scenario by shipped name or from a file, with some settings changed.

    Parameters
    ----------
    source
        Name of a shipped scenario (``opsim list``) or path of a YAML file.
    changes
        New values by dotted path, as in ``Scenario.with_changes``.
    where
        Who made the changes, for messages.

    Raises
    ------
    ScenarioError
        With every problem of the file: line, key path, what was found, what is allowed.
    """
    path = find(source)
    reader = _Reader()
    tree = reader.scenario(path)
    if changes:
        tree = _filled_in(tree)
    apply_changes(tree, changes or {}, where, reader.origins)
    return reader.checked(tree, path.name)


def places(source: str | Path) -> dict[tuple[str, ...], str]:
    """Return where each setting of a scenario file, or of what it builds on, was written: file and line."""
    reader = _Reader()
    reader.scenario(find(source))
    return reader.origins


def from_text(text_bytes: bytes, name: str) -> Scenario:
    """Return the scenario that a stranger's file describes.

    It may build on what is shipped, by name, and on nothing else: no file of this machine is read for it.

    Parameters
    ----------
    text_bytes
        The content of the file, UTF-8.
    name
        What messages call it.

    Raises
    ------
    ScenarioError
        As ``load``.
    """
    reader = _Reader()
    reader.strange = document = parse_yaml(text_bytes, name)
    return reader.checked(reader.tree(document, Path(), ()), document.name)


def check_text(text: str, name: str) -> str:
    """Return a stranger's scenario file as canonical JSON, for a worker: scenarios cannot be pickled.

    Raises
    ------
    ScenarioError
        With every problem and its line.
    """
    return from_text(text.encode(), name).to_json()


def _filled_in(tree: dict[str, Any]) -> dict[str, Any]:
    """Write out what a file leaves to its defaults, so that a change may go into the midst of one."""
    try:
        return Scenario.model_validate(tree).model_dump(mode="json")
    except ValidationError:  # the changes may be what makes it right
        return tree


def find(source: str | Path) -> Path:
    """Return the file of a shipped name, or the path itself.

    Raises
    ------
    ScenarioError
        If it is neither a shipped name nor looks like a path.
    """
    text = str(source)
    path = Path(source)
    if path.suffix in (".yaml", ".yml") or os.path.exists(path) or "/" in text or "\\" in text:
        return path
    by_name = shipped("scenarios") / f"{text}.yaml"
    if os.path.isfile(by_name):  # False for what cannot be a name of a file
        return by_name
    known = [card.key for card in scenario_cards()]
    raise ScenarioError(
        [
            Problem(
                quote(text),
                "",
                "is neither a shipped scenario (opsim list) nor a file."
                f"{nearest(text, known)} For a file, write its name with .yaml",
            )
        ]
    )


class _Reader:
    """Reads scenario files and what they build on, and remembers where each value was written."""

    def __init__(self) -> None:
        self.origins: dict[tuple[str, ...], str] = {}
        self.strange: Document | None = None  # may name nothing but what is shipped

    def checked(self, tree: dict[str, Any], name: str) -> Scenario:
        """Return the scenario of a tree; problems get the place where their field was written."""
        try:
            return checked(tree, self.origins, name)
        except ScenarioError as error:
            raise ScenarioError(self.placed(problem, name) for problem in error.problems) from None

    def placed(self, problem: Problem, otherwise: str) -> Problem:
        """Return a problem with the place where its field was written, if it has none yet."""
        if problem.where:
            return problem
        return replace(problem, where=origin_of(tuple(problem.path.split(".")), self.origins) or otherwise)

    def scenario(self, path: Path, seen: tuple[Path, ...] = ()) -> dict[str, Any]:
        path = path.resolve()
        return self.tree(read_yaml_file(path), path, seen)

    def tree(self, document: Document, path: Path, seen: tuple[Path, ...]) -> dict[str, Any]:
        tree: dict[str, Any] = dict(document.data)
        base_name = tree.pop("extends", None)
        models = tree.pop("operating_models", None)
        for part in ("arrivals", "open_at_start", "drawn_together"):
            holder = _at(tree, "situation", "demand", part)
            if not isinstance(holder, dict):
                continue
            file = holder.get("file")
            if file is not None and document is self.strange:
                at = ("situation", "demand", part, "file")
                text = (
                    "names another file, which is not read here. For a list of requests open the app with "
                    "this scenario (opsim app FILE.yaml), or use the command line (opsim run FILE.yaml)"
                )
                raise ScenarioError([Problem(_line(document, at), ".".join(at), text)])
            if isinstance(file, str) and not Path(file).is_absolute():
                holder["file"] = str(path.parent / file)
        base: dict[str, Any] = {}
        if base_name is not None:
            base_path = self._base(base_name, document, path, "scenarios", ("extends",))
            if base_path.resolve() in (*seen, path):
                chain = " -> ".join(p.stem for p in (*seen, path, base_path.resolve()))
                raise ScenarioError(
                    [Problem(_line(document, ("extends",)), "extends", f"goes round in a circle: {chain}")]
                )
            base = self.scenario(base_path, (*seen, path))
        self._remember(document, tree, (), ())
        merged = _merged(base, tree)
        merged["operating_models"] = self._models(models, document, path, base.get("operating_models"))
        return merged

    def _models(
        self, models: Any, document: Document, path: Path, base: dict[str, Any] | None
    ) -> dict[str, Any] | Any:
        if models is None:
            if base:
                return base
            models = {"industrial": {"use": "industrial"}, "product": {"use": "product"}}
        if not isinstance(models, dict):
            return models
        trees = {}
        for key, model in models.items():
            at = ("operating_models", str(key))
            trees[str(key)] = self._model(model, document, path, at, at, ())
        return trees

    def _model(
        self,
        model: Any,
        document: Document,
        path: Path,
        at: tuple[str, ...],
        within: tuple[str, ...],
        seen: tuple[Path, ...],
    ) -> Any:
        """Return an operating model with what it uses filled in; ``within`` is its place in the document."""
        if not isinstance(model, dict):
            self.origins[at] = _line(document, within)
            return model
        own = dict(model)
        used = own.pop("use", None)
        override = own.pop("override", None) or {}
        tree: dict[str, Any] = {}
        if used is not None:
            used_path = self._base(
                used, document, path, "scenarios/operating_models", (*within, "use")
            ).resolve()
            if used_path in seen:
                chain = " -> ".join(p.stem for p in (*seen, used_path))
                raise ScenarioError(
                    [Problem(_line(document, (*within, "use")), "use", f"goes round in a circle: {chain}")]
                )
            inner = read_yaml_file(used_path)
            tree = self._model(dict(inner.data), inner, used_path, at, (), (*seen, used_path))
        self._remember(document, own, at, within)
        tree = _merged(tree, own)
        within = (*within, "override")
        if not isinstance(override, dict):
            text = "must be a mapping of dotted paths to values"
            raise ScenarioError([Problem(_line(document, within), ".".join((*at, "override")), text)])
        problems: list[Problem] = []
        for dotted, value in override.items():
            written = (*within, dotted)
            try:
                places = apply_changes(tree, {dotted: value}, _line(document, written), self.origins, at)
            except ScenarioError as error:
                problems += error.problems
            else:
                self._remember(document, value, places[0], written)
        if problems:
            raise ScenarioError(problems)
        return tree

    def _base(self, name: Any, document: Document, path: Path, folder: str, at: tuple[str, ...]) -> Path:
        """Find a file by name, written at a place: beside the file that names it, then among the shipped."""
        key = ".".join(at)
        if not isinstance(name, str):
            raise ScenarioError([Problem(_line(document, at), key, "must be a name or a path")])
        beside = [
            path.parent / name,
            path.parent / f"{name}.yaml",
            path.parent / "operating_models" / f"{name}.yaml",
        ]
        known = sorted(file.stem for file in shipped(folder).glob("*.yaml"))
        if document is self.strange:
            beside = []
        for candidate in (*beside, *([shipped(folder) / f"{name}.yaml"] if name in known else [])):
            if os.path.isfile(candidate) and candidate.suffix in (".yaml", ".yml"):
                return candidate
        raise ScenarioError(
            [
                Problem(
                    _line(document, at),
                    key,
                    f"is {quote(name)}, which is neither shipped nor a file beside {document.name}; "
                    f"shipped are {', '.join(known)}.{nearest(name, known)}",
                )
            ]
        )

    def _remember(
        self, document: Document, tree: Any, at: tuple[str, ...], within: tuple[str | int, ...]
    ) -> None:
        """Note for every key below ``within`` of a document where it was written."""
        for written, line in document.lines.items():
            if written[: len(within)] == within:
                place = (*at, *(str(part) for part in written[len(within) :]))
                if at or place[:1] != ("operating_models",):
                    self.origins[place] = f"{document.name}, line {line}"


def _line(document: Document, at: tuple[str | int, ...]) -> str:
    for end in range(len(at), 0, -1):
        if at[:end] in document.lines:
            return f"{document.name}, line {document.lines[at[:end]]}"
    return document.name


def _at(tree: Any, *path: str) -> Any:
    for key in path:
        if not isinstance(tree, dict):
            return None
        tree = tree.get(key)
    return tree


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Return ``base`` with ``over`` laid on top: mappings are merged, anything else is replaced.

    A mapping of another ``kind`` replaces: what belonged to the old kind would not be allowed.
    """
    merged = copy.deepcopy(base)
    for key, value in over.items():
        old = merged.get(key)
        same_kind = (
            isinstance(old, dict)
            and isinstance(value, dict)
            and ("kind" not in value or value["kind"] == old.get("kind"))
        )
        merged[key] = _merged(old, value) if same_kind else copy.deepcopy(value)  # pyright: ignore[reportArgumentType]
    return merged
