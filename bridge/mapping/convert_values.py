"""Converters of texts, codes, dates and times (NOOTS 3.3, 5.1, 9.7)."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from typing import Any, Final

from bridge.finding import Severity
from bridge.mapping.account import Env, Unmappable
from bridge.mapping.converter import Converter
from bridge.mapping.payload_converters import (
    month_of_date,
    nace_from_wz,
    wz_from_nace,
    wz_remainder,
)

_URN_STATUS: Final = "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:"
_ANSWERED: Final = {"Success", "Unavailable"}
_UNKNOWN_COUNTRIES: Final = {"QU", "XK"}
_LEAST_TEXT: Final = 2
_BLANKS: Final = re.compile(" {2,}")
TRANSLITERATED: Final = "letters outside String.Latin were transliterated (NOOTS 3.3)"
"""The loss that a repertoire states by itself; no row needs to say it once more."""
_MOST_DETAIL: Final = 500


def _same(value: Any, _env: Env) -> Any:
    return value


def latin(value: str, env: Env) -> str:
    """Bring a text into String.Latin; what changes letters is told as a loss."""
    text, changed = env.latin.repair(value)
    if changed:  # letters that were left out leave blanks behind
        text = _BLANKS.sub(" ", text).strip()
    if not text:
        raise Unmappable("no character of the text belongs to String.Latin")
    if changed:
        env.lose(TRANSLITERATED)
    return text


def _original(value: str, env: Env) -> str | None:
    """The text as it is spelt, where it is not in String.Latin; nothing where it is."""
    _text, changed = env.latin.repair(value)
    return value if changed else None


def _nfc(value: str, _env: Env) -> str:
    return value if value.isascii() else unicodedata.normalize("NFC", value)


def _long_enough(value: str, env: Env) -> str:
    """EDM takes free text from two characters on (C092): shorter ones are left out."""
    if len(value.strip()) < _LEAST_TEXT:
        raise Unmappable("a text of one character breaks the length rule of the EDM (C092)")
    return _nfc(value, env)


def _lower(value: str, _env: Env) -> str:
    return value.lower()


def _upper(value: str, _env: Env) -> str:
    return value.upper()


def _language_to_national(value: str, env: Env) -> str:
    code = value.lower()
    known = env.code_list("LanguageCode")
    if known and code not in known:
        env.lose("the language is not in the list of XNachweis; 'en' was written")
        return "en"
    return code


def _language_to_eu(value: str, _env: Env) -> str:
    return value.upper()


def _country_to_national(value: str, _env: Env) -> str:
    return "GR" if value == "EL" else value


def _country_to_eu(value: str, env: Env) -> str:
    if value in _UNKNOWN_COUNTRIES and env.direction == "to-edm":
        raise Unmappable("the country code has no counterpart in the EDM (NOOTS 5.1)")
    return "EL" if value == "GR" else value


def _utc(value: str, _env: Env) -> str:
    """Any xs:dateTime to UTC with ``Z``; fractions of a second are kept as they were spelt."""
    match = re.fullmatch(r"([^.Z+]+?)(\.\d+)?(Z|[+-]\d\d:\d\d)?", value)
    if not match:
        raise Unmappable("the time cannot be read")
    body, fraction, zone = match.groups()
    offset = "+00:00" if zone in (None, "Z") else zone
    try:
        moment = datetime.fromisoformat(f"{body}{offset}").astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unmappable("the time lies outside the calendar") from None
    return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction or ''}Z"


def _date(value: str, _env: Env) -> str:
    return value[:10]


def _status_short(value: str, _env: Env) -> str:
    short = value.rsplit(":", 1)[-1]
    return "Success" if short == "PartialSuccess" else short


def _status_urn(value: str, env: Env) -> str:
    short = value.rsplit(":", 1)[-1]
    if short not in _ANSWERED:
        env.find(
            "RESPONSE-STATUS",
            Severity.FATAL,
            "an answer with evidence is a success or comes later; failures have their own message",
        )
    return _URN_STATUS + short


_GENDER_TO_NATIONAL: Final = {"1": "Male", "2": "Female"}
_GENDER_TO_EU: Final = {
    "m": "Male", "männlich": "Male", "male": "Male",
    "w": "Female", "weiblich": "Female", "female": "Female",
}  # fmt: skip


def _gender_to_national(value: str, env: Env) -> str:
    if value.isdigit():
        env.lose("the digit form of the gender was replaced by the word")
        return _GENDER_TO_NATIONAL.get(value, "Unspecified")
    return value


def _gender_to_eu(value: str, env: Env) -> str:
    known = _GENDER_TO_EU.get(value.strip().lower())
    if known is None and value != "Unspecified":
        env.lose("the gender was written as Unspecified")
    return known or "Unspecified"


def _loa(value: str, _env: Env) -> str:
    """Normalise on the last segment of an address, whatever the case (NOOTS 5.1)."""
    word = value.rsplit("/", 1)[-1].lower()
    known = {"niedrig": "Low", "substantiell": "Substantial", "hoch": "High"}
    level = known.get(word, word.capitalize())
    if level not in ("Low", "Substantial", "High"):
        raise Unmappable("the level of assurance is unknown")
    return level


def _media_to_eu(value: str, env: Env) -> str:
    return _known_media("image/jpeg" if value == "image/jpg" else value, env)


def _known_media(value: str, env: Env) -> str:
    """Both sides know a short list of formats; another one cannot be delivered (NOOTS 9.4)."""
    known = env.code_list("OOTSMediaTypes")
    if known and value not in known:
        env.find("MEDIA-TYPE", Severity.FATAL, "the other side does not know it (EDM:ERR:0007)")
    return value


def _detail_to_eu(value: str, env: Env) -> str | None:
    """National details do not leave: a neutral text stands for them (NOOTS 8.2)."""
    env.lose("national details are replaced by a neutral text (NOOTS 8.2)")
    return "The evidence could not be provided."


def _detail_to_national(value: str, env: Env) -> str:
    """The foreign message and detail, and who said it about what (NOOTS 9.6); 500 characters."""
    message = env.item.get("message")
    parts = [message, value] if message and message != value else [value]
    for reference in (
        env.message.fields.at("ErrorProvider/Name/value"),
        env.context.find("choice:Requirement[1]/Name[1]/value"),
    ):
        if reference:
            parts.append(str(reference))
    text, _changed = env.latin.repair("; ".join(parts))
    if len(text) > _MOST_DETAIL:
        env.lose(f"the detail was cut after {_MOST_DETAIL} characters")
        text = text[:_MOST_DETAIL]
    return text


def _wz_to_eu(value: str, env: Env) -> str:
    if wz_remainder(value):
        env.lose("the fifth digit of the WZ key has no place in NACE")
    return _checked(nace_from_wz, value)


def _wz_to_national(value: str, _env: Env) -> str:
    return _checked(wz_from_nace, value)


def _month(value: str, _env: Env) -> str:
    return _checked(month_of_date, value)


def _checked(function: Any, value: str) -> str:
    try:
        return str(function(value))
    except ValueError as error:
        raise Unmappable(str(error)) from None


_TIME: Final = r"\d{4}-\d{2}-\d{2}T.*"
_DAY: Final = r"\d{4}-\d{2}-\d{2}.*"
_LEVEL: Final = r"(.*/)?(?i:low|substantial|high|niedrig|substantiell|hoch)"
CONVERTERS: Final = (
    Converter("copy", "the value as it is", _same, _same, national_type=None, eu_type=None),
    Converter(
        "text", "String.Latin repair; towards the EU from two characters", latin, _long_enough
    ),
    Converter("name", "a person's or firm's name: NFC both ways", _nfc, _nfc),
    Converter("words", "any text; towards the EU from two characters", _nfc, _long_enough),
    Converter("latin", "String.Latin repair; towards the EU NFC", latin, _nfc),
    Converter("original", "a text outside String.Latin as it is spelt", _original, None),
    Converter("lower", "to lower case, back to upper case", _lower, _upper),
    Converter("upper", "to upper case, back to lower case", _upper, _lower),
    Converter(
        "language", "lower case, the EDM has upper case", _language_to_national, _language_to_eu,
        national_form=r"[A-Za-z]{2,3}", eu_form=r"[A-Za-z]{2,3}",
    ),
    Converter(
        "country", "GR, the EDM has EL", _country_to_national, _country_to_eu,
        national_form=r"[A-Za-z]{2,4}", eu_form=r"[A-Za-z]{2,4}",
        national_exact=r"(?!EL).*", eu_exact=r"(?!GR).*",
    ),
    Converter("utc", "any time to UTC", _utc, _utc, national_form=_TIME, eu_form=_TIME),
    Converter("date", "the date of a date or time", _date, _date, national_form=_DAY, eu_form=_DAY),
    Converter("status", "short code, the EDM has a URN", _status_short, _status_urn),
    Converter("gender", "words", _gender_to_national, _gender_to_eu),
    Converter(
        "loa", "Low, Substantial, High from any published form", _loa, _loa,
        national_form=_LEVEL, eu_form=_LEVEL,
    ),
    Converter("media-type", "image/jpg becomes image/jpeg", _known_media, _media_to_eu),
    Converter(
        "detail",
        "neutral towards the EU, at most 500 characters here",
        _detail_to_national,
        _detail_to_eu,
    ),
    Converter(
        "wz-nace", "WZ key and NACE code, four digits", _wz_to_national, _wz_to_eu,
        national_form=r"[0-9]{2,5}", eu_form=r"[0-9]{2}(\.[0-9]{1,2})?",
    ),
    Converter("year-month", "the month of a date", _month, None, eu_form=r"\d{4}-\d{2}-\d{2}"),
)  # fmt: skip
