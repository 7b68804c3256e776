"""Parameters, bodies, answers and headers as a document writes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

from worlds.parts.api.document.library import Library, Spot, items_of
from worlds.parts.api.document.normalising import Normaliser
from worlds.parts.api.document.operation import Answered, Body, Media, Parameter, Schema, chosen
from worlds.parts.api.document.pointer import joined

_PLACES: Final = ("path", "query", "header", "cookie")
_STYLES: Final = {"path": "simple", "query": "form", "header": "simple", "cookie": "form"}
_KNOWN_STYLES: Final = ("form", "simple", "deepObject", "spaceDelimited", "pipeDelimited", "label", "matrix")
_RESERVED: Final = ("accept", "content-type", "authorization")
Method = Literal["path", "query", "header", "cookie"]


@dataclass(slots=True)
class MediaReader:
    """Reads what goes over the wire."""

    library: Library
    schemas: Normaliser

    def parameter(self, spot: Spot) -> Parameter | None:
        """One parameter; None, with a note where one is due, for what is none."""
        target = self.library.follow(spot)
        if target is None or not isinstance(target.value, dict):
            return None
        value = target.value
        place, name = value.get("in"), value.get("name")
        if place not in _PLACES or not isinstance(name, str):
            self.library.note(target.source, target.pointer, f"a parameter in {place!r} is not known; it is left out")
            return None
        if place == "header" and name.lower() in _RESERVED:
            return None
        return self._parameter(target, cast(Method, place), name)

    def _parameter(self, spot: Spot, place: Method, name: str) -> Parameter:
        value = spot.value
        style = value.get("style", _STYLES[place])
        if style not in _KNOWN_STYLES:
            self.library.note(spot.source, spot.pointer, f"the style {style!r} is not known; read as {_STYLES[place]}")
            style = _STYLES[place]
        content = self._content(spot)
        schema = chosen(content)[1].schema if content else self._schema(spot)
        if place == "path" and value.get("required") is not True:
            self.library.note(spot.source, spot.pointer, f"the path parameter {name!r} has to be required; it is")
        return Parameter(
            name=name,
            place=place,
            required=place == "path" or value.get("required") is True,
            schema=schema,
            description=text_of(value, "description"),
            style="json" if content else style,
            explode=value.get("explode", style == "form") is True,
            deprecated=value.get("deprecated") is True,
            examples=self._examples(spot),
            place_in_document=spot.pointer,
        )

    def body(self, spot: Spot) -> Body | None:
        """What a request carries."""
        target = self.library.follow(spot)
        if target is None or not isinstance(target.value, dict):
            return None
        content = self._content(target)
        if not content:
            return None
        return Body(target.value.get("required") is True, content, text_of(target.value, "description"))

    def answered(self, spot: Spot) -> Answered:
        """What is answered with one status."""
        target = self.library.follow(spot)
        if target is None or not isinstance(target.value, dict):
            return Answered("")
        headers: dict[str, Schema] = {}
        for name, header in items_of(
            self.library, target.below(joined(target.pointer, "headers"), target.value.get("headers")), "headers"
        ):
            meant = self.library.follow(header)
            if meant is not None and isinstance(meant.value, dict) and name.lower() != "content-type":
                headers[name] = self._schema(meant)
        return Answered(text_of(target.value, "description"), self._content(target), headers)

    def _schema(self, spot: Spot) -> Schema:
        return self.schemas.schema(spot.below(joined(spot.pointer, "schema"), spot.value.get("schema")))

    def _content(self, spot: Spot) -> Mapping[str, Media]:
        found: dict[str, Media] = {}
        at = joined(spot.pointer, "content")
        for name, media in items_of(self.library, spot.below(at, spot.value.get("content")), "content"):
            value = media.value if isinstance(media.value, dict) else {}
            encoding = value.get("encoding")
            plain = name.partition(";")[0].strip().lower()
            found.setdefault(
                plain,
                Media(
                    self._schema(media.below(media.pointer, value)),
                    self._examples(media.below(media.pointer, value)),
                    encoding if isinstance(encoding, dict) else {},
                ),
            )
        self._note_foreign(spot.below(at, found))
        return found

    def _note_foreign(self, spot: Spot) -> None:
        """Bodies that can only be had in a form that is not spoken here."""
        spoken = ("json", "form", "text/", "*/*", "octet-stream", "pdf", "image/", "audio/", "video/", "zip")
        if spot.value and not any(part in name for name in spot.value for part in spoken):
            names = ", ".join(spot.value)
            self.library.note(spot.source, spot.pointer, f"the media type {names} is not spoken; JSON is, in its place")

    def _examples(self, spot: Spot) -> tuple[Any, ...]:
        """Examples of values: `example` first, then those with names."""
        value = spot.value
        found: list[Any] = [value["example"]] if "example" in value else []
        named = value.get("examples")
        if isinstance(named, list):
            return (*found, *named)
        for name, example in (named or {}).items() if isinstance(named, dict) else ():
            target = self.library.follow(spot.below(joined(spot.pointer, "examples", name), example))
            if target is None or not isinstance(target.value, dict):
                continue
            if "value" in target.value:
                found.append(target.value["value"])
            elif "externalValue" in target.value:
                self.library.note(target.source, target.pointer, "an example elsewhere is not fetched")
        return tuple(found)


def text_of(value: Mapping[str, Any], key: str) -> str:
    """The text under a key; empty where there is none."""
    found = value.get(key)
    return found if isinstance(found, str) else ""
