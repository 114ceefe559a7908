"""The sentences that explain a failure of the schema, in English and German: data, no decisions.

A ``Phrase`` is a sentence of this table with its parts; parts may be phrases. Names of elements,
counts and what the schema says are parts; a value of a message never is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

Part: TypeAlias = "str | int | Phrase | tuple[Part, ...]"

LANGUAGES: Final = ("en", "de")
_NAME: Final = 80


class Phrase:
    """A sentence or a part of one, by its key in ``WORDS``, said in a language when needed."""

    __slots__ = ("key", "parts")

    def __init__(self, key: str, **parts: Part) -> None:
        self.key = key
        self.parts: Mapping[str, Part] = parts

    def said(self, language: str = "en") -> str:
        """Give the sentence in ``en`` or ``de``."""
        parts = {name: _said(part, language) for name, part in self.parts.items()}
        return WORDS[self.key][LANGUAGES.index(language)].format(**parts)


def short(name: str) -> str:
    """Cut a name that nobody could read: senders choose the names of unknown elements."""
    return name if len(name) <= _NAME else f"{name[:_NAME]}…"


def _said(part: Part, language: str) -> str:
    if isinstance(part, Phrase):
        return part.said(language)
    if isinstance(part, tuple):
        return ", ".join(_said(each, language) for each in part)
    return str(part)


WORDS: Final[Mapping[str, tuple[str, str]]] = {
    # --- the frame
    "frame.expected": ("expected: {this}", "erwartet: {this}"),
    "frame.found": ("found: {this}", "gefunden: {this}"),
    "frame.more": (
        "{count} more failures of the schema are not listed",
        "{count} weitere Verstöße gegen das Schema sind nicht aufgeführt",
    ),
    # --- what is wrong: children
    "what.unknown": (
        "no such element is allowed here",
        "dieses Element ist hier nicht erlaubt",
    ),
    "what.doubled": ("the element stands too often", "das Element steht zu oft"),
    "what.misplaced": ("the element is in the wrong place", "das Element steht an falscher Stelle"),
    "what.missing": ("an element is missing before this one", "davor fehlt ein Element"),
    "what.incomplete": ("the content is not complete", "der Inhalt ist nicht vollständig"),
    "what.root": (
        "no message begins with this element",
        "so beginnt keine Nachricht",
    ),
    "what.stray": (
        "text stands where only elements are allowed",
        "Text steht, wo nur Elemente erlaubt sind",
    ),
    "what.not-empty": ("the element must be empty", "das Element muss leer sein"),
    "what.no-elements": (
        "the element holds a value, not elements",
        "das Element enthält einen Wert, keine Elemente",
    ),
    "what.nil": ("xsi:nil is not allowed so", "xsi:nil ist so nicht erlaubt"),
    "what.children": (
        "an element is missing, doubled or in the wrong place",
        "ein Element fehlt, steht doppelt oder an falscher Stelle",
    ),
    "what.wildcard": (
        "an unknown element stands where the schema is open",
        "ein unbekanntes Element steht, wo das Schema offen ist",
    ),
    "what.other": ("the schema does not allow this", "das Schema erlaubt dies nicht"),
    # --- what is wrong: attributes and types
    "what.attribute-missing": ("a mandatory attribute is missing", "ein Pflichtattribut fehlt"),
    "what.attribute-unknown": (
        "the attribute is not allowed here",
        "das Attribut ist hier nicht erlaubt",
    ),
    "what.abstract": (
        "the type is abstract: xsi:type must say which one is meant",
        "der Typ ist abstrakt: xsi:type muss sagen, welcher gemeint ist",
    ),
    "what.type-unknown": ("xsi:type names an unknown type", "xsi:type nennt einen unbekannten Typ"),
    "what.type-unfit": (
        "xsi:type names a type that does not fit here",
        "xsi:type nennt einen Typ, der hier nicht passt",
    ),
    # --- what is wrong: values
    "what.enumeration": ("the value is none of those allowed", "der Wert ist keiner der erlaubten"),
    "what.pattern": (
        "the value does not have the required form",
        "der Wert hat nicht die verlangte Form",
    ),
    "what.type": ("the value is not of the required type", "der Wert hat nicht den verlangten Typ"),
    "what.short": ("the value is too short", "der Wert ist zu kurz"),
    "what.long": ("the value is too long", "der Wert ist zu lang"),
    "what.length": ("the value has the wrong length", "der Wert hat die falsche Länge"),
    "what.small": ("the value is too small", "der Wert ist zu klein"),
    "what.great": ("the value is too great", "der Wert ist zu groß"),
    "what.fixed": (
        "the value is fixed and another one stands here",
        "der Wert ist festgelegt, hier steht ein anderer",
    ),
    "what.twice": ("the ID stands twice in the document", "die ID steht zweimal im Dokument"),
    # --- what was expected
    "expected.nothing": ("nothing more", "nichts mehr"),
    "expected.no-attribute": ("no such attribute", "kein solches Attribut"),
    "expected.element": ("{name} ({times})", "{name} ({times})"),
    "expected.any": ("an element of another namespace", "ein Element eines anderen Namensraums"),
    "expected.list": ("{items}", "{items}"),
    "expected.list-cut": ("{items} and {more} more", "{items} und {more} weitere"),
    "expected.one-of": ("one of {items}", "einer von {items}"),
    "expected.form": ("the form {form}", "die Form {form}"),
    "expected.form-named": ("the form of {name}", "die Form von {name}"),
    "expected.forms": ("one of the forms {items}", "eine der Formen {items}"),
    "expected.length": ("exactly {count} characters", "genau {count} Zeichen"),
    "expected.least-length": ("at least {count} characters", "mindestens {count} Zeichen"),
    "expected.most-length": ("at most {count} characters", "höchstens {count} Zeichen"),
    "expected.least": ("at least {count}", "mindestens {count}"),
    "expected.most": ("at most {count}", "höchstens {count}"),
    "expected.more-than": ("more than {count}", "mehr als {count}"),
    "expected.less-than": ("less than {count}", "weniger als {count}"),
    "expected.digits": ("at most {count} digits", "höchstens {count} Ziffern"),
    "expected.fraction": (
        "at most {count} digits after the point",
        "höchstens {count} Nachkommastellen",
    ),
    "expected.fixed": ("exactly {value}", "genau {value}"),
    "expected.no-text": ("elements only", "nur Elemente"),
    "expected.empty": ("no content", "kein Inhalt"),
    "expected.value": ("a text without elements", "ein Text ohne Elemente"),
    "expected.unique": ("an ID that stands once", "eine ID, die einmal steht"),
    "expected.type-named": ("a value of type {name}", "ein Wert vom Typ {name}"),
    # --- how often
    "times.once": ("once", "einmal"),
    "times.at-most-once": ("at most once", "höchstens einmal"),
    "times.at-least-once": ("at least once", "mindestens einmal"),
    "times.any": ("any number", "beliebig oft"),
    "times.at-least": ("at least {least}", "mindestens {least}-mal"),
    "times.at-most": ("at most {most}", "höchstens {most}-mal"),
    "times.between": ("{least} to {most} times", "{least}- bis {most}-mal"),
    "times.exactly": ("exactly {least} times", "genau {least}-mal"),
    # --- what was found
    "found.element": ("{name}", "{name}"),
    "found.nothing-after": ("nothing after {name}", "nichts nach {name}"),
    "found.empty": ("no element", "kein Element"),
    "found.count": ("{name}, {count} times", "{name}, {count}-mal"),
    "found.elements": ("elements: {items}", "Elemente: {items}"),
    "found.no-attribute": ("no attribute {name}", "kein Attribut {name}"),
    "found.attribute": ("the attribute {name}", "das Attribut {name}"),
    "found.no-type": ("no xsi:type", "kein xsi:type"),
    "found.type": ("the type {name}", "der Typ {name}"),
    "found.type-unknown": (
        "a name that the schema does not know",
        "ein Name, den das Schema nicht kennt",
    ),
    "found.prefix": ("a prefix that is not declared", "ein Präfix, das nicht deklariert ist"),
    "found.signs": (
        "{shape}; not allowed at position {items}",
        "{shape}; nicht erlaubt an Stelle {items}",
    ),
    # --- what to do
    "remedy.add-after": ("Add {name} after {other}", "{name} nach {other} ergänzen"),
    "remedy.add-before": ("Add {name} before {other}", "{name} vor {other} ergänzen"),
    "remedy.add": ("Add {name}", "{name} ergänzen"),
    "remedy.put-before": ("Put {name} before {other}", "{name} vor {other} stellen"),
    "remedy.put-after": ("Put {name} after {other}", "{name} nach {other} stellen"),
    "remedy.keep": ("Keep at most {count}", "Höchstens {count} davon behalten"),
    "remedy.namespace": (
        "The namespace is {found}, expected {expected}",
        "Der Namensraum ist {found}, erwartet {expected}",
    ),
    "remedy.nearest": ("Nearest allowed name: {name}", "Nächster erlaubter Name: {name}"),
    "remedy.remove": ("Remove it", "Entfernen"),
    "remedy.type": ("Set xsi:type to {items}", "xsi:type auf {items} setzen"),
    "remedy.unpad": ("Remove the blanks around it", "Die Leerzeichen darum entfernen"),
    "remedy.declare": ("Declare the prefix", "Das Präfix deklarieren"),
    "name.no-namespace": ("none", "keiner"),
    # --- shapes of values
    "shape.empty": ("empty", "leer"),
    "shape.blanks": ("only blanks", "nur Leerzeichen"),
    "shape.padded": ("{inner}, with blanks around it", "{inner}, mit Leerzeichen darum"),
    "shape.no-day": (
        "{inner}, but no day of the calendar",
        "{inner}, aber kein Tag des Kalenders",
    ),
    "shape.truth": ("a truth value", "ein Wahrheitswert"),
    "shape.date": ("a date", "ein Datum"),
    "shape.date-zone": ("a date with a time zone", "ein Datum mit Zeitzone"),
    "shape.time": (
        "a date with a time, without time zone",
        "ein Datum mit Uhrzeit, ohne Zeitzone",
    ),
    "shape.time-zone": (
        "a date with a time and time zone",
        "ein Datum mit Uhrzeit und Zeitzone",
    ),
    "shape.date-dots": ("a date written with dots", "ein Datum mit Punkten"),
    "shape.date-slashes": ("a date written with slashes", "ein Datum mit Schrägstrichen"),
    "shape.uuid": ("a UUID", "eine UUID"),
    "shape.uuid-urn": ("a UUID with urn:uuid:", "eine UUID mit urn:uuid:"),
    "shape.url": ("a web address", "eine Webadresse"),
    "shape.urn": ("a URN", "eine URN"),
    "shape.mail": ("an e-mail address", "eine E-Mail-Adresse"),
    "shape.digits": ("{count} digits", "{count} Ziffern"),
    "shape.decimal": ("a number with decimal places", "eine Zahl mit Nachkommastellen"),
    "shape.upper": ("{count} capital letters", "{count} Großbuchstaben"),
    "shape.lower": ("{count} small letters", "{count} Kleinbuchstaben"),
    "shape.letters": ("{count} letters", "{count} Buchstaben"),
    "shape.alphanumeric": ("{count} digits and letters", "{count} Ziffern und Buchstaben"),
    "shape.text": ("a text of {count} characters", "ein Text von {count} Zeichen"),
    # --- types of XML Schema
    "type.string": ("a text", "ein Text"),
    "type.boolean": ("true or false", "true oder false"),
    "type.number": ("a number", "eine Zahl"),
    "type.integer": ("a whole number", "eine ganze Zahl"),
    "type.natural": ("a whole number, zero or more", "eine ganze Zahl ab null"),
    "type.positive": ("a whole number, one or more", "eine ganze Zahl ab eins"),
    "type.date": ("a date, YYYY-MM-DD", "ein Datum, JJJJ-MM-TT"),
    "type.dateTime": (
        "a date with a time, YYYY-MM-DDThh:mm:ss",
        "ein Datum mit Uhrzeit, JJJJ-MM-TTThh:mm:ss",
    ),
    "type.time": ("a time, hh:mm:ss", "eine Uhrzeit, hh:mm:ss"),
    "type.gYear": ("a year, YYYY", "ein Jahr, JJJJ"),
    "type.gYearMonth": ("a month of a year, YYYY-MM", "ein Monat eines Jahres, JJJJ-MM"),
    "type.duration": ("a duration, as P1Y2M3D", "eine Dauer, etwa P1Y2M3D"),
    "type.anyURI": ("an address (URI)", "eine Adresse (URI)"),
    "type.base64Binary": ("base64", "Base64"),
    "type.language": ("a language tag", "ein Sprachkennzeichen"),
    "type.ID": (
        "an ID: begins with a letter or _, no blanks, no colon",
        "eine ID: beginnt mit Buchstabe oder _, ohne Leerzeichen und Doppelpunkt",
    ),
    "type.name": ("an XML name", "ein XML-Name"),
}
