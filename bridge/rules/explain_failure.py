"""One error of ``xmlschema`` to a failure in our phrases: by its component, never by its sentence.

``xmlschema`` quotes the value in its reason. Only the component that refused (a facet, a type, a
model group) and the element are taken from it; of the reason only the name of an attribute.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, Final

from lxml import etree

from bridge.names import XSI, clark, split_clark
from bridge.rules.explain_model import LISTED, Children, Failure, likely_name, listed, shown
from bridge.rules.explain_words import Phrase
from bridge.rules.shape import shape_of

TYPE: Final = clark(XSI, "type")
NIL: Final = clark(XSI, "nil")
_LONG_FORM: Final = 200
_POSITIONS: Final = 5

_ATTRIBUTE = re.compile(r"attribute ([^\s=]+)=")
_QUOTED = re.compile(r"'([^']*)'")

_BUILTINS: Final = {
    **dict.fromkeys(("string", "normalizedString", "token"), "type.string"),
    **dict.fromkeys(("decimal", "double", "float"), "type.number"),
    **dict.fromkeys(("integer", "int", "long", "short", "byte"), "type.integer"),
    **dict.fromkeys(
        ("nonNegativeInteger", "unsignedInt", "unsignedLong", "unsignedShort", "unsignedByte"),
        "type.natural",
    ),
    **dict.fromkeys(("NCName", "Name", "NMTOKEN", "QName", "IDREF"), "type.name"),
    "positiveInteger": "type.positive",
    **{
        name: f"type.{name}"
        for name in (
            "boolean", "date", "dateTime", "time", "gYear", "gYearMonth", "duration", "anyURI",
            "base64Binary", "language", "ID",
        )
    },
}  # fmt: skip

_NUMBERS: Final = {
    "XsdLengthFacet": ("what.length", "expected.length"),
    "XsdMinLengthFacet": ("what.short", "expected.least-length"),
    "XsdMaxLengthFacet": ("what.long", "expected.most-length"),
    "XsdMinInclusiveFacet": ("what.small", "expected.least"),
    "XsdMinExclusiveFacet": ("what.small", "expected.more-than"),
    "XsdMaxInclusiveFacet": ("what.great", "expected.most"),
    "XsdMaxExclusiveFacet": ("what.great", "expected.less-than"),
    "XsdTotalDigitsFacet": ("what.great", "expected.digits"),
    "XsdFractionDigitsFacet": ("what.type", "expected.fraction"),
}


def failure_of(error: Any, most: int | None = LISTED) -> Failure | None:
    """Give the failure that an ``XMLSchemaValidationError`` tells; ``None`` for unknown ones.

    ``most`` limits lists of names and values, ``None`` shows them whole.
    """
    kind = type(error.validator).__name__
    if kind in _NUMBERS:
        return _value(error, *_number(error.validator, kind))
    if error.elem is None:
        return None
    if hasattr(error, "particle"):
        children = Children(error.elem, error.validator, most)
        if error.index < len(children.children):
            return children.unexpected(error.index)
        return children.incomplete()
    read = _READERS.get(kind)
    return read(error, most) if read else None


def root_failure(root: etree._Element, allowed: Iterable[str], most: int | None) -> Failure:
    """Explain that no message begins with this element; ``allowed`` are Clark names."""
    allowed = sorted(set(allowed))
    names = listed([shown(name, root) for name in allowed], most)
    found = Phrase("found.element", name=shown(str(root.tag), root))
    return Failure(root, Phrase("what.root"), names, found, likely_name(root, allowed))


def type_failure(element: etree._Element, declared: Any, most: int | None) -> Failure | None:
    """Explain what is wrong with the ``xsi:type`` of an element; ``None`` if nothing is."""
    wanted, types = declared.type, declared.maps.types
    given, name = element.get(TYPE), type_named(element)
    if not wanted.abstract if given is None else name in types and _fits(types[name], wanted):
        return None
    fits = [each for each in list(types) if _fits(types[each], wanted)]
    expected = listed([shown(each, element) for each in sorted(fits)], most)
    remedy = Phrase("remedy.type", items=expected) if len(fits) == 1 else None
    what, attribute = "what.type-unknown", "xsi:type"
    if given is None:
        found, what, attribute = Phrase("found.no-type"), "what.abstract", ""
    elif name is None:
        found, remedy = Phrase("found.prefix"), Phrase("remedy.declare")
    elif name not in types:
        found = Phrase("found.type-unknown")
    else:
        found = Phrase("found.type", name=shown(name, element))
        abstract = types[name].abstract and types[name].is_derived(wanted)
        what = "what.abstract" if abstract else "what.type-unfit"
    return Failure(element, Phrase(what), expected, found, remedy, attribute, untyped=True)


def type_named(element: etree._Element) -> str | None:
    """Give the Clark name that an ``xsi:type`` means; ``None`` for an undeclared prefix."""
    prefix, _, local = (element.get(TYPE) or "").strip().rpartition(":")
    if prefix and prefix not in element.nsmap:
        return None
    return clark(element.nsmap.get(prefix or None, ""), local)


def _fits(kind: Any, wanted: Any) -> bool:
    return bool(not getattr(kind, "abstract", False) and kind.is_derived(wanted))


def _number(facet: Any, kind: str) -> tuple[str, Phrase]:
    what, expected = _NUMBERS[kind]
    return what, Phrase(expected, count=str(facet.value))


def _enumeration(error: Any, most: int | None) -> Failure | None:
    values = [str(value) for value in error.validator.enumeration]
    if len(values) == 1:
        return _value(error, "what.enumeration", Phrase("expected.fixed", value=values[0]))
    expected = Phrase("expected.one-of", items=listed(values, most))
    return _value(error, "what.enumeration", expected)


def _pattern(error: Any, _most: int | None) -> Failure | None:
    facet = error.validator
    forms = [str(form) for form in facet.regexps]
    if sum(map(len, forms)) > _LONG_FORM:
        name = getattr(facet.base_type, "local_name", None) or "string"
        owner = getattr(facet.parent, "local_name", None) or name
        expected = Phrase("expected.form-named", name=owner)
    elif len(forms) == 1:
        expected = Phrase("expected.form", form=forms[0])
    else:
        expected = Phrase("expected.forms", items=tuple(forms))
    return _value(error, "what.pattern", expected)


def _builtin(error: Any, _most: int | None) -> Failure | None:
    name = error.validator.local_name
    if name == "ID" and re.fullmatch(r"[^\W\d][\w.-]*", _text_of(error)):
        return _value(error, "what.twice", Phrase("expected.unique"))
    return _value(error, "what.type", type_phrase(error.validator))


def type_phrase(kind: Any) -> Phrase:
    """Say a simple type in words: that of XML Schema which it rests on."""
    base: Any = kind
    while base is not None:
        key = _BUILTINS.get(base.local_name or "")
        if key:
            return Phrase(key)
        base = base.base_type
    return Phrase("expected.type-named", name=kind.local_name or "?")


def _union(error: Any, _most: int | None) -> Failure | None:
    kinds = tuple({p.key: p for p in map(type_phrase, error.validator.member_types)}.values())
    expected = kinds[0] if len(kinds) == 1 else Phrase("expected.one-of", items=kinds)
    return _value(error, "what.type", expected)


def _value(error: Any, what: str, expected: Phrase) -> Failure | None:
    """A failure of a value: of an attribute where the reason begins with one, else of the text."""
    element = error.elem
    if element is None:
        return None
    attribute = _attribute_of(error)
    value = str(element.get(attribute)) if attribute else element.text or ""
    shape = shape_of(value)
    bare = value != value.strip() and _holds(error.validator, value.strip())
    remedy = Phrase("remedy.unpad") if bare else None
    if what == "what.pattern":
        shape = _with_signs(shape, value, error.validator)
    name = shown(attribute, element) if attribute else ""
    return Failure(element, Phrase(what), expected, shape, remedy, name)


def _with_signs(shape: Phrase, value: str, facet: Any) -> Phrase:
    """Add the positions of signs that no value of the form may hold, for forms of single signs."""
    alone = [number for number, sign in enumerate(value, 1) if not _holds(facet, sign)]
    if not alone or len(alone) > _POSITIONS or len(alone) == len(value):
        return shape
    return Phrase("found.signs", shape=shape, items=tuple(alone))


def _holds(facet: Any, text: str) -> bool:
    """Whether a facet allows a text; false for what is neither a form nor a list."""
    listed_values = getattr(facet, "enumeration", None) or ()
    forms = getattr(facet, "patterns", None) or ()
    return text in listed_values or any(form.match(text) for form in forms)


def _text_of(error: Any) -> str:
    attribute = _attribute_of(error)
    element = error.elem
    return str(element.get(attribute) if attribute else element.text or "").strip()


def _attribute_of(error: Any) -> str:
    if type(error.validator).__name__.endswith("Attribute"):
        return str(error.validator.name)
    match = _ATTRIBUTE.match(error.reason or "")
    if match is None:
        return ""
    name = match.group(1)
    if name in error.elem.attrib:
        return name
    local = name.rpartition(":")[2]
    fits = (key for key in map(str, error.elem.attrib) if key.endswith(f"}}{local}"))
    return next(fits, "")


def _attributes(error: Any, most: int | None) -> Failure | None:
    """A missing or an unknown attribute; which one is the name quoted in the reason."""
    element, group = error.elem, error.validator
    quoted = _QUOTED.search(error.reason or "")
    if quoted is None:
        return None
    name = quoted.group(1)
    spelled = shown(name, element)
    if name not in element.attrib:
        declared = group.get(name)
        expected = type_phrase(declared.type) if declared is not None else None
        found = Phrase("found.no-attribute", name=spelled)
        remedy = Phrase("remedy.add", name=spelled)
        return Failure(element, Phrase("what.attribute-missing"), expected, found, remedy, spelled)
    allowed = [str(key) for key in group if key]
    expected = (
        listed([shown(key, element) for key in allowed], most)
        if allowed
        else Phrase("expected.no-attribute")
    )
    found = Phrase("found.attribute", name=spelled)
    remedy = _likely_attribute(name, allowed, element)
    return Failure(element, Phrase("what.attribute-unknown"), expected, found, remedy, spelled)


def _likely_attribute(name: str, allowed: list[str], element: etree._Element) -> Phrase:
    from difflib import get_close_matches

    spelled = {split_clark(key)[1].lower(): key for key in allowed if key not in element.attrib}
    close = get_close_matches(split_clark(name)[1].lower(), spelled, n=1, cutoff=0.7)
    if close:
        return Phrase("remedy.nearest", name=shown(spelled[close[0]], element))
    return Phrase("remedy.remove")


def _element(error: Any, most: int | None) -> Failure | None:
    """What an element declaration refuses itself: content of the wrong kind, fixed value, nil."""
    element, declared = error.elem, error.validator
    if NIL in element.attrib:
        return Failure(element, Phrase("what.nil"))
    if len(element):
        names = [shown(str(child.tag), child) for child in element.iterchildren("*")]
        found = Phrase("found.elements", items=listed(list(dict.fromkeys(names)), most))
        expected = Phrase("expected.value")
        return Failure(element, Phrase("what.no-elements"), expected, found)
    if declared.fixed is not None:
        return _value(error, "what.fixed", Phrase("expected.fixed", value=declared.fixed))
    if declared.type.is_empty():
        found = shape_of(element.text or "")
        return Failure(element, Phrase("what.not-empty"), Phrase("expected.empty"), found)
    return None


def _attribute(error: Any, _most: int | None) -> Failure | None:
    declared = error.validator
    if declared.fixed is None:
        return None
    return _value(error, "what.fixed", Phrase("expected.fixed", value=declared.fixed))


def _group(error: Any, _most: int | None) -> Failure | None:
    """Text among elements: the only thing that a group refuses beside its children."""
    element = error.elem
    if not len(error.validator):
        return None
    texts = [element.text or "", *(child.tail or "" for child in element)]
    text = next((each for each in texts if each.strip()), "")
    if not text:
        return None
    stray = Phrase("what.stray")
    return Failure(element, stray, Phrase("expected.no-text"), shape_of(text.strip()))


_READERS: Final[dict[str, Callable[[Any, int | None], Failure | None]]] = {
    "XsdEnumerationFacets": _enumeration,
    "XsdPatternFacets": _pattern,
    "XsdAtomicBuiltin": _builtin,
    "XsdAtomicRestriction": _builtin,
    "XsdUnion": _union,
    "XsdAttributeGroup": _attributes,
    "XsdAttribute": _attribute,
    "Xsd10Attribute": _attribute,
    "XsdElement": _element,
    "XsdGroup": _group,
}
