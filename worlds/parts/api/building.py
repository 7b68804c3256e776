"""From settings to a service: its document, rules and code, and what it holds at first."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import orjson
from pydantic import ValidationError

from worlds.errors import UnknownName, WorldError
from worlds.part import Ground, Moment
from worlds.parts.api.document import Document
from worlds.parts.api.document.reading import parse_document, read_document
from worlds.parts.api.doubting import doubts_of
from worlds.parts.api.engine.definition import Definition
from worlds.parts.api.engine.invariants import broken_at_all
from worlds.parts.api.engine.misplaced import Misplaced
from worlds.parts.api.engine.overriding import kinds_of
from worlds.parts.api.engine.sense import judge_rules
from worlds.parts.api.first import first_rows, read_data
from worlds.parts.api.hooks import Service
from worlds.parts.api.inference.infer import collections_of
from worlds.parts.api.origin import address_of, remember, remembered, texts_of
from worlds.parts.api.part import ApiPart
from worlds.parts.api.rules import CollectionRules, Rules
from worlds.parts.api.samples import laid_over, own_data
from worlds.parts.api.settings import ApiSettings
from worlds.records import Records
from worlds.yamlfile import read_yaml

SERVICES = Path(__file__).parent / "services"


def build(settings: ApiSettings, ground: Ground) -> ApiPart:
    """The service in its first state. Raises WorldError."""
    folder, full = resolved(settings, ground)
    definition = define(full, folder, folder)
    rows = first_rows(definition, settings, full, ground, folder)
    part = ApiPart(definition, Records(definition.tables, rows))
    work = part.work(Moment(ground.now_ns, "server", ground.chance))
    broken = broken_at_all(work)
    if broken:
        raise WorldError(f"what the service holds at first breaks invariants: {', '.join(broken)}")
    ground.doubts.extend(doubts_of(work, settings, read_data(full.data, folder), folder))
    return part


def service_names() -> list[str]:
    """The built-in services."""
    return sorted(path.parent.name for path in SERVICES.glob("*/openapi.yaml"))


def resolved(settings: ApiSettings, ground: Ground) -> tuple[Path, ApiSettings]:
    """The settings with a built-in service's own files filled in, and the folder that they are relative to."""
    folder = ground.folder
    if settings.service is None:
        return folder, settings
    if settings.service not in service_names():
        raise UnknownName(f"service: {settings.service!r} is not one of: {', '.join(service_names())}")
    own = SERVICES / settings.service
    written = _rules(settings.rules, folder)
    base = _rules("rules.yaml", own)
    data = laid_over(own_data(own, ground, samples=settings.samples), read_data(settings.data, folder), base)
    changed: dict[str, Any] = {
        "spec": "openapi.yaml",
        "service": None,
        "rules": base.model_copy(update=_laid(base, written)),
        "data": data,
        "code": str(folder / settings.code)
        if settings.code
        else "service.py"
        if (own / "service.py").exists()
        else None,
    }
    return own, settings.model_copy(update=changed)


def _laid(base: Rules, written: Rules) -> dict[str, Any]:
    """What rules of one's own change in those of a service: collections and invariants by name, effects are added."""
    found = {name: getattr(written, name) for name in written.model_fields_set}
    if "collections" in found:
        found["collections"] = {**base.collections, **dict(_laid_collections(base, written))}
    if "invariants" in found:
        found["invariants"] = {**base.invariants, **found["invariants"]}
    if "effects" in found:
        found["effects"] = (*base.effects, *found["effects"])
    return found


def _laid_collections(base: Rules, written: Rules) -> Iterator[tuple[str, CollectionRules]]:
    """What is said anew of a collection; the rest of it stays."""
    for name, each in written.collections.items():
        said = {field: getattr(each, field) for field in each.model_fields_set}
        yield name, base.collections[name].model_copy(update=said) if name in base.collections else each


def define(settings: ApiSettings, folder: Path, code_folder: Path, code_at: Path | None = None) -> Definition:
    """The service that settings describe; the same one again where nothing changed.

    `code_at` is where its code lies, if that is not in the folder that it is known by. Raises WorldError.
    """
    written = {"spec": settings.spec, "code": settings.code, "keys": _plain(settings.keys)}
    rules = settings.rules if isinstance(settings.rules, Rules) else _rules(settings.rules, folder)
    full = {**written, "rules": rules.model_dump(mode="json", by_alias=True, exclude_unset=True)}
    texts = texts_of(folder / settings.spec, folder) if isinstance(settings.spec, str) else {}
    code = _code_bytes(settings.code and (code_at or code_folder / settings.code))
    address = address_of(full, texts, code)
    place = str(code_folder.resolve()) if code else ""
    known = remembered(address, place)
    if known is not None:
        return known
    origin = {"address": address, "settings": full, "texts": texts, "folder": place}
    document = _document(settings.spec, folder)
    return remember(address, place, _defined(document, settings, rules, folder, _run(settings.code, code), origin))


def _document(spec: str | Mapping[str, Any] | None, folder: Path) -> Document:
    if isinstance(spec, Mapping):
        return parse_document(orjson.dumps(spec), "spec", folder)
    return read_document(folder / str(spec))


def _plain(keys: Mapping[str, Any]) -> dict[str, Any]:
    return {text: key.model_dump(mode="json", exclude_unset=True) for text, key in keys.items()}


def _defined(
    document: Document, settings: ApiSettings, rules: Rules, folder: Path, code: Service, origin: Mapping[str, Any]
) -> Definition:
    keys = {**rules.auth.keys, **settings.keys}
    try:
        kinds = kinds_of(document, collections_of(document), rules)
        definition = Definition(document, kinds, rules, keys, code, origin)
        judge_rules(definition)
    except Misplaced as error:
        if isinstance(settings.rules, str):
            raise read_yaml(folder / settings.rules).problem(error.path, error.message, error.hint) from None
        raise Misplaced(("rules", *error.path), error.message, error.hint) from None
    _judge_code(definition, code)
    return definition


def _rules(rules: Rules | str, folder: Path) -> Rules:
    """The rules, read from their file where one is named. Raises FileProblem."""
    if isinstance(rules, Rules):
        return rules
    document = read_yaml(folder / rules)
    try:
        return Rules.model_validate({} if document.data is None else document.data)
    except ValidationError as error:
        raise document.refuse(error, (), Rules) from None


def _code_bytes(code: Path | str | None) -> bytes:
    if not code:
        return b""
    try:
        return Path(code).read_bytes()
    except OSError as error:
        raise WorldError(f"code: cannot read {code}: {error}", hint="name a Python file beside the world") from None


def _run(name: str | None, code: bytes) -> Service:
    """What a service's own file says. Raises WorldError with the line where it fails."""
    if name is None:
        return Service()
    module = ModuleType("service_code")
    try:
        exec(compile(code, name, "exec"), module.__dict__)
    except Exception as error:
        line = getattr(error, "lineno", None) or _line(error, name)
        raise WorldError(f"code: {name}:{line}: {error!r}") from None
    service = module.__dict__.get("service")
    if not isinstance(service, Service):
        raise WorldError(f"code: {name} has no `service`", hint="service = Service(), from worlds.parts.api.hooks")
    return service


def _line(error: Exception, name: str) -> int:
    trace, line = error.__traceback__, 1
    while trace is not None:
        line = trace.tb_lineno if trace.tb_frame.f_code.co_filename == name else line
        trace = trace.tb_next
    return line


def _judge_code(definition: Definition, code: Service) -> None:
    operations = {each.id for each in definition.document.operations}
    verbs = {f"{name}.{verb}" for name in definition.kinds for verb in ("create", "update", "delete")}
    for name in sorted(code.names):
        known = operations if name in code.instead else operations | verbs
        if name not in known:
            raise WorldError(
                f"code: there is no {name!r} to take part in", hint=f"known: {', '.join(sorted(known))[:2000]}"
            )
